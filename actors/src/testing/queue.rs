//! A queue in memory, with the habits of the real one: references share messages, what is not acknowledged comes again,
//! schedules fire late, acknowledgements and publishes get lost.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::id::{DeliveryId, Shard};
use domain::lease::Lease;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Dice, MemoryLedger, lock};
use crate::ports::{Clock, Depth, Line, Look, Pulled, Queue, QueueError, Receipt, Reference};

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
    shard: Shard,
    line: Line,
    references: Vec<Reference>,
    delivered: u32,
    not_before: Instant,
}

/// References that share a message.
const SHARING: usize = 3;
const ACK_WAIT: Duration = Duration::from_secs(30);
/// What is stored or due is handed out so late at most.
const LATENESS: Duration = Duration::from_millis(200);

impl Message {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        self.references.iter().map(|reference| reference.delivery)
    }
}

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
            if message.shard == shard {
                message.delivered = 0;
                message.not_before = Instant::now();
            }
        }
    }

    /// Messages that nobody acknowledged.
    pub fn waiting(&self) -> usize {
        lock(&self.0.stored).messages.len()
    }

    fn place_of(&self, reference: &Reference) -> (Shard, Line) {
        (Shard::of(reference.delivery.endpoint, self.0.shards), Line::of(reference))
    }

    fn store(stored: &mut Stored, (shard, line): (Shard, Line), references: Vec<Reference>) {
        stored.last += 1;
        let message = Message { shard, line, references, delivered: 0, not_before: Instant::now() };
        stored.messages.insert(stored.last, message);
    }

    fn take(&self, shard: Shard, line: Line, limit: usize) -> Vec<Pulled> {
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
                Self::store(&mut stored, self.place_of(&reference), vec![reference]);
            }
        }
        let now = Instant::now();
        let (mut pulled, mut messages) = (Vec::new(), 0);
        let fresh_above = stored.fresh_above.get(&shard).copied().unwrap_or_default();
        for (&sequence, message) in &mut stored.messages {
            let is_asked_for = (message.shard, message.line) == (shard, line);
            if messages < limit && message.not_before <= now && is_asked_for {
                messages += 1;
                message.delivered += 1;
                // Now and then it is handed out again although somebody has it.
                let lost = self.0.dice.percent(self.0.losing);
                let again = if lost { Duration::from_millis(self.0.dice.below(1000)) } else { ACK_WAIT };
                message.not_before = now + again;
                let first = message.delivered == 1 && sequence > fresh_above;
                let tries = message.delivered.into();
                let receipts = Receipt::of(&sequence.to_string(), message.references.len());
                let one = |(&reference, receipt)| Pulled { reference, receipt, first, tries };
                pulled.extend(message.references.iter().zip(receipts).map(one));
            }
        }
        pulled
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn enqueue(&self, references: &[Reference]) -> Vec<Reference> {
        self.0.dice.pause(20).await;
        let mut by_place: BTreeMap<(Shard, Line), Vec<Reference>> = BTreeMap::new();
        for reference in references {
            by_place.entry(self.place_of(reference)).or_default().push(*reference);
        }
        let mut untaken = Vec::new();
        for (place, references) in by_place {
            for group in references.chunks(SHARING) {
                let lost = self.0.dice.percent(self.0.losing);
                // Told or not: the acknowledgement of a publish may be what got lost.
                if !lost || self.0.dice.percent(50) {
                    Self::store(&mut lock(&self.0.stored), place, group.to_vec());
                }
                if lost {
                    untaken.extend_from_slice(group);
                }
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
        let messages = receipts.iter().filter_map(Receipt::done);
        for sequence in messages.filter_map(|message| message.parse().ok()) {
            let mut stored = lock(&self.0.stored);
            let Some(message) = stored.messages.get(&sequence) else { continue };
            for delivery in message.deliveries() {
                let is_copy = |(other, message): (&u64, &Message)| {
                    *other != sequence && message.deliveries().any(|other| other == delivery)
                };
                // Of two copies one is enough.
                if !stored.messages.iter().any(is_copy) {
                    self.0.ledger.acknowledged(delivery);
                }
            }
            if !self.0.dice.percent(self.0.losing) {
                stored.messages.remove(&sequence);
            }
        }
    }

    async fn postpone(&self, receipts: &[Receipt], wait: Duration) {
        let mut stored = lock(&self.0.stored);
        let messages: BTreeSet<&str> = receipts.iter().map(Receipt::message).collect();
        for sequence in messages.into_iter().filter_map(|message| message.parse().ok()) {
            if let Some(message) = stored.messages.get_mut(&sequence) {
                message.not_before = Instant::now() + wait;
            }
        }
    }

    async fn pull(&self, lease: Lease, line: Line, limit: usize) -> Result<Vec<Pulled>, QueueError> {
        for _ in 0..5 {
            let pulled = self.take(lease.shard, line, limit);
            if !pulled.is_empty() {
                return Ok(pulled);
            }
            tokio::time::sleep(LATENESS).await;
        }
        Ok(Vec::new())
    }

    async fn check(&self, lease: Lease) -> Result<Look, QueueError> {
        self.0.dice.pause(20).await;
        let mut stored = lock(&self.0.stored);
        let wiped = stored.wiped.remove(&lease.shard);
        let place = (lease.shard, Line::Retries);
        let retries_wait =
            stored.messages.values().any(|one| (one.shard, one.line) == place && one.delivered == 0);
        let broken = wiped.then(|| "queue was wiped".to_owned());
        Ok(Look { broken, depth: Depth::default(), retries_wait })
    }
}
