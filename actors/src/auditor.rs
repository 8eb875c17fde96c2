//! The auditor: finds what the ledger owes and nobody will bring, and has it read from the ledger.
//!
//! Promises: whatever the queue lost is delivered within `audit.grace` and one round; what a feeder's death lost,
//! at once. Leaves out: telling why it was lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::id::{EndpointId, Shard};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::chaos::OnPurpose;
use crate::feeder::Feeders;
use crate::metrics;
use crate::ports::{LedgerError, Ports};
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
    /// Looks without grace that are still to be taken.
    pub takeovers: Takeovers,
    /// What is owed for less than this is the queue's business.
    pub grace: Duration,
    pub interval: Duration,
}

impl Actor for Auditor {
    type Msg = Message;
    type State = Arguments;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<Arguments, ActorProcessingErr> {
        myself.send_interval(arguments.interval, || Message::Round);
        let _ = myself.cast(Message::Round);
        Ok(arguments)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Message>,
        message: Message,
        arguments: &mut Arguments,
    ) -> Result<(), ActorProcessingErr> {
        let looked = match message {
            Message::Round => arguments.round().await,
            Message::TakeOver => arguments.take_over().await,
            Message::Panic(order) => order.carry_out("auditor"),
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "auditor waits for the ledger");
        }
        Ok(())
    }
}

impl Arguments {
    async fn round(&self) -> Result<(), LedgerError> {
        let Self { ports, registry, feeders, grace, .. } = self;
        metrics::actors(registry.actors());
        self.take_over().await?;
        let mut missing = ports.ledger.overdue(ports.clock.now() - *grace).await?;
        missing.retain(|&(endpoint, position)| !registry.reaches(endpoint, position));
        if !missing.is_empty() {
            tracing::warn!(endpoints = missing.len(), "queue lost deliveries: reading them from the ledger");
            metrics::requeued(missing.len());
            registry.count_requeued(missing.len());
            feeders.spill(missing);
        }
        Ok(())
    }

    /// Takes over what a former owner or a dead feeder left: without grace, and nothing of it is amiss.
    async fn take_over(&self) -> Result<(), LedgerError> {
        let looks = self.takeovers.open();
        if looks.is_empty() {
            return Ok(());
        }
        let spilling = self.ports.ledger.spilling().await?;
        let overdue = self.ports.ledger.overdue(self.ports.clock.now()).await?;
        let shards: HashSet<Shard> = looks.iter().map(|&(shard, _): &Takeover| shard).collect();
        let ours = |endpoint: EndpointId| shards.contains(&self.feeders.shard_of(endpoint));
        // Noted anew, all of it: an end of spilling that was asked for and not heard is asked for again, and what
        // a dead actor held is read again.
        let durable: HashSet<_> = spilling.iter().map(|(endpoint, _)| *endpoint).collect();
        let spilling = spilling.into_iter().map(|(endpoint, from)| (endpoint, Some(from)));
        self.feeders.spill(spilling.filter(|(endpoint, _)| ours(*endpoint)));
        let noted = self.registry.spilling().into_iter();
        self.feeders.spill(noted.filter(|(endpoint, _)| ours(*endpoint) && !durable.contains(endpoint)));
        let missing = overdue
            .into_iter()
            .filter(|&(endpoint, position)| ours(endpoint) && !self.registry.reaches(endpoint, position));
        self.feeders.spill(missing);
        self.takeovers.done(&looks);
        Ok(())
    }
}
