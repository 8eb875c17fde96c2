//! Intake: the one way into the ledger. Whatever came by HTTP, from a stream or inbound waits here for the
//! running commit to end, and goes in with the next: a batch is what arrived meanwhile, there is no timer.
//!
//! Promises: an event answered `Accepted` is committed with everything it owes; a batch that the ledger
//! refuses is split, so that one bad event harms no other. Leaves out: parsing, authorising.


use std::sync::Arc;
use std::time::Duration;

use domain::event::Event;
use ractor::ActorRef;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};




/// An event on its way in.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub event: Event,
    /// Of (tenant, event id), where a repeat must be noticed.
    pub dedupe: Option<u128>,
}

/// The ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The producer's own id, or ours.
    pub event_id: String,
    pub duplicate: bool,
}

/// Nothing of the request was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("more events are waiting than may wait")]
    Overloaded,
    #[error("ledger is unavailable: {0}")]
    Unavailable(String),
    #[error("events match {matched} endpoints, more than {max}")]
    FanOut { matched: usize, max: usize },
    #[error("ledger refused: {0}")]
    Refused(String),
}

/// How the rest of the service speaks to intake.
#[derive(Clone)]
pub struct Handle {
    actor: ActorRef<Message>,
    /// One permit an event that waits: the bound of the mailbox.
    room: Arc<Semaphore>,
    timeout: Duration,
}

impl Handle {
    pub fn new(actor: ActorRef<Message>, pending_max: usize, timeout: Duration) -> Self {
        Self { actor, room: Arc::new(Semaphore::new(pending_max)), timeout }
    }

    /// Takes all of these events or none, in one transaction.
    pub async fn publish(&self, events: Vec<Incoming>) -> Result<Vec<Accepted>, Refusal> {
        let permits = u32::try_from(events.len()).map_err(|_| Refusal::Overloaded)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(permits).map_err(|_| Refusal::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        self.actor
            .cast(Message::Publish(Group { events, reply, _room: room }))
            .map_err(|_| Refusal::Unavailable("intake is down".to_owned()))?;
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Refusal::Unavailable("intake was restarted".to_owned())),
            Err(_) => Err(Refusal::Unavailable("ledger did not commit in time".to_owned())),
        }
    }
}

/// What one request brings: in whole or not at all.
pub struct Group {
    events: Vec<Incoming>,
    reply: oneshot::Sender<Result<Vec<Accepted>, Refusal>>,
    _room: OwnedSemaphorePermit,
}

pub enum Message {
    Publish(Group),
}
