//! The feeders of this node: whose an endpoint is, and how it is told.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::id::{EndpointId, Shard};
use ractor::ActorRef;

use super::{Message, Waiting};

/// The feeders of this node, by shard.
#[derive(Clone, Default)]
pub struct Feeders {
    shards: u16,
    running: Arc<RwLock<HashMap<Shard, ActorRef<Message>>>>,
}

impl Feeders {
    pub fn new(shards: u16) -> Self {
        Self { shards, running: Arc::default() }
    }

    /// How many shards all nodes share.
    pub fn shards(&self) -> u16 {
        self.shards
    }

    pub fn shard_of(&self, endpoint: EndpointId) -> Shard {
        Shard::of(endpoint, self.shards)
    }

    pub fn assign(&self, shard: Shard, feeder: ActorRef<Message>) {
        self.running.write().unwrap_or_else(PoisonError::into_inner).insert(shard, feeder);
    }

    /// The shard is another node's.
    pub fn remove(&self, shard: Shard) {
        self.running.write().unwrap_or_else(PoisonError::into_inner).remove(&shard);
    }

    pub fn cast(&self, endpoint: EndpointId, message: Message) {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(feeder) = running.get(&self.shard_of(endpoint)) {
            // A feeder that is gone is started anew by the supervisor, and the auditor finds what was missed. What is
            // for a shard of another node's is found by that one's.
            let _ = feeder.cast(message);
        }
    }

    /// Marks what these endpoints are owed as waiting in the ledger, each with the shard's feeder.
    pub fn spill(&self, waiting: impl IntoIterator<Item = Waiting>) {
        let mut by_shard: HashMap<Shard, Vec<Waiting>> = HashMap::new();
        for waiting in waiting {
            by_shard.entry(self.shard_of(waiting.endpoint)).or_default().push(waiting);
        }
        for waiting in by_shard.into_values() {
            if let Some(&Waiting { endpoint, .. }) = waiting.first() {
                self.cast(endpoint, Message::Spill(waiting));
            }
        }
    }
}
