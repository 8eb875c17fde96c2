//! The auditor: finds what the ledger owes and nobody will bring, and has it read from the ledger.
//!
//! Promises: whatever the queue lost is delivered within `audit.grace` and one round. Leaves out: telling why
//! it was lost.

use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::feeder::Feeders;
use crate::metrics;
use crate::ports::{LedgerError, Ports};
use crate::registry::Registry;

pub enum Message {
    Round,
}

pub struct Auditor;

pub struct Arguments {
    pub ports: Ports,
    pub registry: Arc<Registry>,
    pub feeders: Feeders,
    /// What is owed for less than this is the queue's business.
    pub grace: Duration,
    pub interval: Duration,
}

pub struct Running {
    arguments: Arguments,
    /// The first round takes over what a former owner left: it has no grace, and finds nothing amiss.
    taken_over: bool,
}

impl Actor for Auditor {
    type Msg = Message;
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        myself.send_interval(arguments.interval, || Message::Round);
        let _ = myself.cast(Message::Round);
        Ok(Running { arguments, taken_over: false })
    }

    async fn handle(
        &self,
        _myself: ActorRef<Message>,
        message: Message,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Round => {
                if let Err(error) = running.round().await {
                    tracing::warn!(%error, "auditor waits for the ledger");
                }
            }
        }
        Ok(())
    }
}

impl Running {
    async fn round(&mut self) -> Result<(), LedgerError> {
        let Arguments { ports, registry, feeders, grace, .. } = &self.arguments;
        metrics::actors(registry.actors());
        let now = ports.clock.now();
        if !self.taken_over {
            let spilling = ports.ledger.spilling().await?;
            feeders.spill(spilling.into_iter().map(|(endpoint, from)| (endpoint, Some(from))));
            feeders.spill(ports.ledger.overdue(now).await?);
            self.taken_over = true;
            return Ok(());
        }
        let mut missing = ports.ledger.overdue(now - *grace).await?;
        missing.retain(|&(endpoint, position)| !registry.reaches(endpoint, position));
        if !missing.is_empty() {
            tracing::warn!(endpoints = missing.len(), "queue lost deliveries: reading them from the ledger");
            metrics::requeued(missing.len());
            registry.count_requeued(missing.len());
            feeders.spill(missing);
        }
        Ok(())
    }
}
