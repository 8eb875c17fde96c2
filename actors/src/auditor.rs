//! The auditor: finds what the ledger owes and nobody will bring, and has it read from the ledger.
//!
//! Promises: whatever the queue lost is delivered within `audit.grace` and one round; where a part of the queue
//! is gone, or gone back, within one round; what a feeder's death lost, at once. Leaves out: making the queue good
//! again (the bus does).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{EndpointId, Shard};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::chaos::OnPurpose;
use crate::feeder::Feeders;
use crate::metrics;
use crate::ports::{Continuity, LedgerError, Overdue, Ports, QueueError};
use crate::registry::Registry;
use crate::takeovers::{Takeover, Takeovers};

pub enum Message {
    Round,
    /// A shard has a new feeder: what its last one was told may be lost.
    TakeOver,
    Panic(OnPurpose),
}

pub struct Auditor;

#[derive(Clone)]
pub struct Arguments {
    pub ports: Ports,
    pub registry: Arc<Registry>,
    pub feeders: Feeders,
    /// The shards of this node.
    pub shards: Vec<Shard>,
    /// Looks without grace that are still to be taken.
    pub takeovers: Takeovers,
    /// What is owed for less than this is the queue's business.
    pub grace: Duration,
    pub interval: Duration,
}

pub struct Running {
    arguments: Arguments,
    /// Shards whose part of the queue broke, until what they owe is left to the ledger: why.
    broken: HashMap<Shard, String>,
    /// The queue answered when it was last looked at.
    answers: bool,
}

/// A schedule that is later counts as missing.
const RETRY_GRACE: Duration = Duration::from_secs(10);

impl Actor for Auditor {
    type Msg = Message;
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        let _ = myself.cast(Message::Round);
        Ok(Running { arguments, broken: HashMap::new(), answers: true })
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        let looked = match message {
            Message::Round => {
                let looked = running.round().await;
                // After the round, not beside it: a slow one is not followed by those it held up.
                myself.send_after(running.arguments.interval, || Message::Round);
                looked
            }
            Message::TakeOver => running.arguments.take_over().await,
            Message::Panic(order) => order.carry_out("auditor"),
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "auditor waits for the ledger");
        }
        Ok(())
    }
}

impl Running {
    async fn round(&mut self) -> Result<(), LedgerError> {
        metrics::shards_owned(self.arguments.shards.len());
        let registry = &self.arguments.registry;
        metrics::actors(registry.actors(), registry.breakers_open());
        let of_ledger = async {
            self.arguments.take_over().await?;
            self.arguments.overdue().await
        };
        // Side by side: a queue that does not answer delays nothing.
        let ((broken, looked), overdue) = tokio::join!(look(&self.arguments), of_ledger);
        self.note(broken, looked);
        self.arguments.requeue(&overdue?, "queue lost deliveries: reading them from the ledger");
        self.mend().await
    }

    fn note(&mut self, broken: HashMap<Shard, String>, looked: Result<(), QueueError>) {
        self.broken.extend(broken);
        let answers = looked.is_ok();
        match looked {
            Err(error) if self.answers => {
                tracing::warn!(%error, "queue cannot be looked at: deliveries go on from the ledger");
            }
            Ok(()) if !self.answers => tracing::info!("queue can be looked at again"),
            Ok(()) | Err(_) => {}
        }
        self.answers = answers;
    }

    /// Leaves to the ledger whatever the broken shards owe, without grace.
    async fn mend(&mut self) -> Result<(), LedgerError> {
        if self.broken.is_empty() {
            return Ok(());
        }
        let Arguments { ports, feeders, .. } = &self.arguments;
        let now = ports.clock.now();
        let mut owed = ports.ledger.overdue(now, now).await?;
        owed.retain(|owed| self.broken.contains_key(&feeders.shard_of(owed.endpoint)));
        for (shard, why) in self.broken.drain() {
            tracing::warn!(%shard, why, "queue broke: what it owes is read from the ledger");
        }
        self.arguments.requeue(&owed, "queue may have lost deliveries: reading them from the ledger");
        Ok(())
    }
}

/// Looks at every shard's part of the queue: what broke, and why; and what kept it from looking at them all.
async fn look(arguments: &Arguments) -> (HashMap<Shard, String>, Result<(), QueueError>) {
    let mut broken = HashMap::new();
    for &shard in &arguments.shards {
        match arguments.ports.queue.check(shard).await {
            Ok(Continuity::Whole) => {}
            Ok(Continuity::Broken(why)) => drop(broken.insert(shard, why)),
            // They are one server's: the others would not answer either.
            Err(error) => return (broken, Err(error)),
        }
    }
    (broken, Ok(()))
}

impl Arguments {
    /// Takes over what a former owner or a dead feeder left: without grace, and nothing of it is amiss.
    async fn take_over(&self) -> Result<(), LedgerError> {
        let looks = self.takeovers.open();
        if looks.is_empty() {
            return Ok(());
        }
        let spilling = self.ports.ledger.spilling().await?;
        let now = self.ports.clock.now();
        let overdue = self.ports.ledger.overdue(now, now).await?;
        let shards: HashSet<Shard> = looks.iter().map(|&(shard, _): &Takeover| shard).collect();
        let ours = |endpoint: EndpointId| shards.contains(&self.feeders.shard_of(endpoint));
        // Noted anew, all of it: an end of spilling that was asked for and not heard is asked for again, and what
        // a dead actor held is read again.
        let durable: HashSet<_> = spilling.iter().map(|(endpoint, _)| *endpoint).collect();
        let spilling = spilling.into_iter().map(|(endpoint, from)| (endpoint, Some(from)));
        self.feeders.spill(spilling.filter(|(endpoint, _)| ours(*endpoint)));
        let noted = self.registry.spilling().into_iter();
        self.feeders.spill(noted.filter(|(endpoint, _)| ours(*endpoint) && !durable.contains(endpoint)));
        let missing = overdue.iter().filter(|overdue| ours(overdue.endpoint));
        self.feeders.spill(missing.filter_map(|overdue| self.registry.missing(overdue)));
        self.takeovers.done(&looks);
        Ok(())
    }

    async fn overdue(&self) -> Result<Vec<Overdue>, LedgerError> {
        let now = self.ports.clock.now();
        self.ports.ledger.overdue(now - self.grace, now - self.grace.min(RETRY_GRACE)).await
    }

    /// Has the ledger read for what is neither in hand nor to be reached.
    fn requeue(&self, overdue: &[Overdue], why: &'static str) {
        let mut missing: HashMap<EndpointId, Option<i64>> = HashMap::new();
        for (endpoint, position) in overdue.iter().filter_map(|overdue| self.registry.missing(overdue)) {
            let lowest = missing.entry(endpoint).or_default();
            *lowest = [*lowest, position].into_iter().flatten().min();
        }
        if missing.is_empty() {
            return;
        }
        tracing::warn!(endpoints = missing.len(), "{why}");
        metrics::requeued(missing.len());
        self.registry.count_requeued(missing.len());
        self.feeders.spill(missing);
    }
}
