//! The auditor: finds what the ledger owes and nobody will bring, and has it read from the ledger.
//!
//! Promises: whatever the queue lost is looked after within `audit.grace` and one round; where a part of the queue
//! is gone, or gone back, within one round; what a feeder's death lost, at once. So many endpoints a round and no more:
//! the others come with the next. Leaves out: making the queue good again (the bus does).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{EndpointId, Shard};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use time::OffsetDateTime;

use crate::answering::Answering;
use crate::chaos::OnPurpose;
use crate::feeder::{Feeders, Waiting};
use crate::leases::Leases;
use crate::metrics;
use crate::ports::{Depth, LedgerError, Overdue, Ports, QueueError};
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
    pub leases: Leases,
    /// Looks without grace that are still to be taken.
    pub takeovers: Takeovers,
    /// What is owed for less than this is the queue's business.
    pub grace: Duration,
    pub interval: Duration,
    /// Endpoints that are sent to the ledger in one round.
    pub endpoints_max: usize,
}

pub struct Running {
    arguments: Arguments,
    /// Shards whose part of the queue broke, until what they owe is left to the ledger: why.
    broken: HashMap<Shard, String>,
    /// Shards that were taken over with more than could be left to the ledger so far.
    taking_over: HashSet<Shard>,
    queue: Answering,
    /// Since when each look has found retries in line, where the last one did.
    in_line_since: Option<OffsetDateTime>,
    /// Endpoints that may be sent to the ledger before the next round.
    room: usize,
}

/// A schedule that is later counts as missing …
const RETRY_GRACE: Duration = Duration::from_secs(10);
/// … and what may stand in line behind other retries does when it is later than this.
const LINE_GRACE: Duration = Duration::from_mins(5);

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
        let room = arguments.endpoints_max;
        let (broken, taking_over) = (HashMap::new(), HashSet::new());
        let (queue, in_line_since) = (Answering::default(), None);
        Ok(Running { arguments, broken, taking_over, queue, in_line_since, room })
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
            Message::TakeOver => running.take_over().await,
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
        let registry = &self.arguments.registry;
        metrics::actors(registry.actors(), registry.breakers_open());
        self.room = self.arguments.endpoints_max;
        let arguments = self.arguments.clone();
        let began = arguments.ports.clock.now();
        let of_ledger = async {
            self.take_over().await?;
            self.arguments.lost(self.in_line_since).await
        };
        // Side by side: a queue that does not answer delays nothing.
        let (looked, lost) = tokio::join!(look(&arguments), of_ledger);
        self.note(looked, began);
        self.requeue(lost?, "queue lost deliveries: reading them from the ledger");
        self.mend().await?;
        self.arguments.count().await
    }

    fn note(&mut self, looked: Looked, began: OffsetDateTime) {
        let Looked { broken, retries_wait, depth } = looked;
        self.broken.extend(broken);
        self.in_line_since = retries_wait.then(|| self.in_line_since.unwrap_or(began));
        self.arguments.registry.note_depth(depth.as_ref().ok().copied());
        match self.queue.news(&depth) {
            Some(Err(error)) => {
                tracing::warn!(%error, "queue cannot be looked at: deliveries go on from the ledger");
            }
            Some(Ok(())) => tracing::info!("queue can be looked at again"),
            None => {}
        }
        if let Ok(depth) = depth {
            metrics::queue(depth);
        }
    }

    /// Leaves to the ledger whatever the broken shards owe, without grace.
    async fn mend(&mut self) -> Result<(), LedgerError> {
        if self.broken.is_empty() {
            return Ok(());
        }
        let Arguments { ports, feeders, .. } = &self.arguments;
        let now = ports.clock.now();
        let mut owed = self.arguments.owed(now, now).await?;
        owed.retain(|owed| self.broken.contains_key(&feeders.shard_of(owed.endpoint)));
        for (shard, why) in &self.broken {
            tracing::warn!(%shard, why, "queue broke: what it owes is read from the ledger");
        }
        let missing = self.arguments.missing(&owed);
        let why = "queue may have lost deliveries: reading them from the ledger";
        let later = self.requeue(missing, why);
        self.broken.retain(|shard, _| later.contains(shard));
        Ok(())
    }

    /// Takes over what a former owner or a dead feeder left: without grace, and nothing of it is amiss.
    async fn take_over(&mut self) -> Result<(), LedgerError> {
        let Arguments { ports, registry, feeders, takeovers, .. } = &self.arguments;
        let looks = takeovers.open();
        if looks.is_empty() && self.taking_over.is_empty() {
            return Ok(());
        }
        let spilling = ports.ledger.spilling().await?;
        let now = ports.clock.now();
        let mut overdue = self.arguments.owed(now, now).await?;
        let shards: HashSet<Shard> = looks.iter().map(|&(shard, _): &Takeover| shard).collect();
        let ours = |endpoint: EndpointId| shards.contains(&feeders.shard_of(endpoint));
        // Noted anew, all of it: an end of spilling that was asked for and not heard is asked for again, and what
        // a dead actor held is read again.
        let durable: HashSet<_> = spilling.iter().map(|(endpoint, _)| *endpoint).collect();
        let spilling = spilling.into_iter().map(|(endpoint, from)| (endpoint, Some(from)));
        let noted = registry.spilling().into_iter().filter(|(endpoint, _)| !durable.contains(endpoint));
        let spilling = spilling.chain(noted).filter(|(endpoint, _)| ours(*endpoint));
        feeders.spill(spilling.map(|(endpoint, from)| Waiting::uncounted(endpoint, from)));
        self.taking_over.extend(shards);
        overdue.retain(|overdue| self.taking_over.contains(&feeders.shard_of(overdue.endpoint)));
        let missing = self.arguments.missing(&overdue);
        takeovers.done(&looks);
        self.taking_over = self.hand_over(missing);
        Ok(())
    }

    /// Has the ledger read for what is missing. Answers with the shards of what there is no room for.
    fn hand_over(&mut self, missing: HashMap<EndpointId, Option<i64>>) -> HashSet<Shard> {
        let feeders = &self.arguments.feeders;
        let mut missing = missing.into_iter().map(|(endpoint, lowest)| Waiting::uncounted(endpoint, lowest));
        let now: Vec<_> = missing.by_ref().take(self.room).collect();
        self.room -= now.len();
        feeders.spill(now);
        missing.map(|later| feeders.shard_of(later.endpoint)).collect()
    }

    /// The same, of what is amiss, and with words.
    fn requeue(&mut self, missing: HashMap<EndpointId, Option<i64>>, why: &'static str) -> HashSet<Shard> {
        let endpoints = missing.len().min(self.room);
        let later = missing.len() - endpoints;
        if !missing.is_empty() {
            tracing::warn!(endpoints, later, "{why}");
            metrics::requeued(endpoints);
            self.arguments.registry.count_requeued(endpoints);
        }
        self.hand_over(missing)
    }
}

/// What was found at every shard's part of the queue.
struct Looked {
    /// What broke, and why.
    broken: HashMap<Shard, String>,
    retries_wait: bool,
    /// How much there is in all of them, or what kept it from looking at them all.
    depth: Result<Depth, QueueError>,
}

async fn look(arguments: &Arguments) -> Looked {
    let (mut broken, mut retries_wait, mut depth) = (HashMap::new(), false, Depth::default());
    let Arguments { ports, leases, .. } = arguments;
    for lease in leases.held() {
        match ports.queue.check(lease).await {
            Ok(look) => {
                depth += look.depth;
                retries_wait |= look.retries_wait;
                broken.extend(look.broken.map(|why| (lease.shard, why)));
            }
            // What is another's by now is not looked at.
            Err(_) if !leases.is_good(lease, ports.clock.uptime()) => {}
            // They are one server's: the others would not answer either.
            Err(error) => return Looked { broken, retries_wait: false, depth: Err(error) },
        }
    }
    Looked { broken, retries_wait, depth: Ok(depth) }
}

impl Arguments {
    /// What is missing at two looks in a row: at one, what was recorded and let go just after the ledger's answer would be too.
    async fn lost(
        &self,
        in_line_since: Option<OffsetDateTime>,
    ) -> Result<HashMap<EndpointId, Option<i64>>, LedgerError> {
        let mut missing = self.missing(&self.overdue(in_line_since).await?);
        if !missing.is_empty() {
            let again = self.missing(&self.overdue(in_line_since).await?);
            missing.retain(|endpoint, _| again.contains_key(endpoint));
        }
        Ok(missing)
    }

    /// Retries that fell due since there are some in line may stand there too: the queue brings them, one after the other.
    async fn overdue(&self, in_line_since: Option<OffsetDateTime>) -> Result<Vec<Overdue>, LedgerError> {
        let now = self.ports.clock.now();
        let fired = in_line_since.map_or(now, |since| since.clamp(now - LINE_GRACE, now));
        self.owed(now - self.grace, fired - self.grace.min(RETRY_GRACE)).await
    }

    /// What the endpoints of this node's shards are owed.
    async fn owed(&self, made: OffsetDateTime, due: OffsetDateTime) -> Result<Vec<Overdue>, LedgerError> {
        let leases = self.leases.held();
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let mut owed = self.ports.ledger.overdue(made, due, &leases).await?;
        owed.retain(|owed| self.leases.of(self.feeders.shard_of(owed.endpoint)).is_some());
        Ok(owed)
    }

    /// Tells how much waits in the ledger, and has the ledger count it where nobody else can.
    async fn count(&self) -> Result<(), LedgerError> {
        let uncounted = self.registry.uncounted();
        if !uncounted.is_empty() {
            let from: Vec<_> =
                uncounted.iter().map(|uncounted| (uncounted.endpoint, uncounted.from)).collect();
            let counted = self.ports.ledger.count_owed(&from, self.ports.clock.now()).await;
            for uncounted in &uncounted {
                let owed = counted.as_ref().ok().map(|counted| counted.get(&uncounted.endpoint).copied());
                self.registry.counted(uncounted, owed.map(Option::unwrap_or_default));
            }
            counted?;
        }
        metrics::spilled(self.registry.spilled());
        Ok(())
    }

    /// What of this is neither in hand nor to be reached, once for each endpoint.
    fn missing(&self, overdue: &[Overdue]) -> HashMap<EndpointId, Option<i64>> {
        let mut missing: HashMap<EndpointId, Option<i64>> = HashMap::new();
        for waiting in overdue.iter().filter_map(|overdue| self.registry.missing(overdue)) {
            let lowest = missing.entry(waiting.endpoint).or_default();
            *lowest = [*lowest, waiting.lowest].into_iter().flatten().min();
        }
        missing
    }
}
