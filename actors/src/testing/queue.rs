//! A queue in memory, with the habits of the real one: what is not acknowledged comes again, schedules fire late,
//! acknowledgements and publishes get lost.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::id::{DeliveryId, Shard};
use domain::lease::Lease;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Dice, MemoryLedger, lock};
use crate::ports::{Clock, Depth, Look, Pulled, Queue, QueueError, Receipt, Reference};

#[derive(Clone)]
pub struct MemoryQueue(Arc<Inner>);

struct Inner {
    dice: Dice,
    clock: Arc<dyn Clock>,
    /// Told of acknowledgements, to say which of them came too early.
    ledger: MemoryLedger,
    shards: u16,
    /// Publishes and acknowledgements that get lost, out of a hundred.
    losing: u64,
    stored: Mutex<Stored>,
}

#[derive(Default)]
struct Stored {
    last: u64,
    /// What is stored up to here may have been handed out by a former consumer of the shard.
    fresh_above: HashMap<Shard, u64>,
    messages: BTreeMap<u64, Message>,
    schedules: HashMap<DeliveryId, (Reference, OffsetDateTime)>,
    /// Wiped, and not yet told.
    wiped: HashSet<Shard>,
}

struct Message {
    reference: Reference,
    delivered: u32,
    not_before: Instant,
}

const ACK_WAIT: Duration = Duration::from_secs(30);
/// What is stored or due is handed out so late at most.
const LATENESS: Duration = Duration::from_millis(200);

impl MemoryQueue {
    pub fn new(dice: Dice, ledger: MemoryLedger, clock: Arc<dyn Clock>, shards: u16, losing: u64) -> Self {
        Self(Arc::new(Inner { dice, clock, ledger, shards, losing, stored: Mutex::default() }))
    }

    /// Everything is gone, as after a wiped store.
    pub fn wipe(&self) {
        let mut stored = lock(&self.0.stored);
        stored.messages.clear();
        stored.schedules.clear();
        stored.wiped.extend((0..self.0.shards).map(Shard));
    }

    /// As for a consumer made anew: what nobody acknowledged comes again, at once and in order.
    pub fn hand_out_again(&self, shard: Shard) {
        let mut stored = lock(&self.0.stored);
        let last = stored.last;
        stored.fresh_above.insert(shard, last);
        for message in stored.messages.values_mut() {
            if Shard::of(message.reference.delivery.endpoint, self.0.shards) == shard {
                message.delivered = 0;
                message.not_before = Instant::now();
            }
        }
    }

    /// Messages that nobody acknowledged.
    pub fn waiting(&self) -> usize {
        lock(&self.0.stored).messages.len()
    }

    fn store(stored: &mut Stored, reference: Reference) {
        stored.last += 1;
        let message = Message { reference, delivered: 0, not_before: Instant::now() };
        stored.messages.insert(stored.last, message);
    }

    fn take(&self, shard: Shard, limit: usize) -> Vec<Pulled> {
        let mut stored = lock(&self.0.stored);
        let now = self.0.clock.now();
        let due: Vec<DeliveryId> = stored
            .schedules
            .iter()
            .filter(|(_, (_, at))| *at <= now)
            .map(|(delivery, _)| *delivery)
            .collect();
        for delivery in due {
            if let Some((reference, _)) = stored.schedules.remove(&delivery) {
                Self::store(&mut stored, reference);
            }
        }
        let now = Instant::now();
        let mut pulled = Vec::new();
        let fresh_above = stored.fresh_above.get(&shard).copied().unwrap_or_default();
        for (&sequence, message) in &mut stored.messages {
            let endpoint = message.reference.delivery.endpoint;
            if pulled.len() < limit
                && message.not_before <= now
                && Shard::of(endpoint, self.0.shards) == shard
            {
                message.delivered += 1;
                // Now and then it is handed out again although somebody has it.
                let lost = self.0.dice.percent(self.0.losing);
                let again = if lost { Duration::from_millis(self.0.dice.below(1000)) } else { ACK_WAIT };
                message.not_before = now + again;
                let receipt = Receipt(sequence.to_string().into());
                let first = message.delivered == 1 && sequence > fresh_above;
                let tries = message.delivered.into();
                pulled.push(Pulled { reference: message.reference, receipt, first, tries });
            }
        }
        pulled
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn enqueue(&self, references: &[Reference]) -> Vec<Reference> {
        self.0.dice.pause(20).await;
        let mut untaken = Vec::new();
        for reference in references {
            if self.0.dice.percent(self.0.losing) {
                // Told or not: the acknowledgement of a publish may be what got lost.
                if self.0.dice.percent(50) {
                    Self::store(&mut lock(&self.0.stored), *reference);
                }
                untaken.push(*reference);
            } else {
                Self::store(&mut lock(&self.0.stored), *reference);
            }
        }
        untaken
    }

    async fn schedule(&self, retries: &[(Reference, OffsetDateTime)]) -> Vec<(Reference, QueueError)> {
        self.0.dice.pause(20).await;
        let mut untaken = Vec::new();
        for (reference, at) in retries {
            if self.0.dice.percent(self.0.losing) {
                untaken.push((*reference, QueueError("lost".to_owned())));
            } else {
                lock(&self.0.stored).schedules.insert(reference.delivery, (*reference, *at));
            }
        }
        untaken
    }

    async fn ack(&self, receipts: &[Receipt]) {
        for receipt in receipts {
            let Ok(sequence) = receipt.0.parse() else { continue };
            let mut stored = lock(&self.0.stored);
            let delivery = stored.messages.get(&sequence).map(|message| message.reference.delivery);
            let is_copy = |(other, message): (&u64, &Message)| {
                *other != sequence && Some(message.reference.delivery) == delivery
            };
            // Of two copies one is enough.
            let copied = stored.messages.iter().any(is_copy);
            if let Some(delivery) = delivery.filter(|_| !copied) {
                self.0.ledger.acknowledged(delivery);
            }
            if !self.0.dice.percent(self.0.losing) {
                stored.messages.remove(&sequence);
            }
        }
    }

    async fn postpone(&self, receipts: &[Receipt], wait: Duration) {
        let mut stored = lock(&self.0.stored);
        for receipt in receipts {
            if let Some(message) =
                receipt.0.parse().ok().and_then(|sequence| stored.messages.get_mut(&sequence))
            {
                message.not_before = Instant::now() + wait;
            }
        }
    }

    async fn pull(&self, lease: Lease, limit: usize) -> Result<Vec<Pulled>, QueueError> {
        for _ in 0..5 {
            let pulled = self.take(lease.shard, limit);
            if !pulled.is_empty() {
                return Ok(pulled);
            }
            tokio::time::sleep(LATENESS).await;
        }
        Ok(Vec::new())
    }

    async fn check(&self, lease: Lease) -> Result<Look, QueueError> {
        self.0.dice.pause(20).await;
        let wiped = lock(&self.0.stored).wiped.remove(&lease.shard);
        Ok(Look { broken: wiped.then(|| "queue was wiped".to_owned()), depth: Depth::default() })
    }
}
