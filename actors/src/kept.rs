//! The outcomes of one endpoint that the recorder has not confirmed, whoever may have died meanwhile.
//!
//! Promises: they come out in the order in which they went in, each until it is let go. Leaves out: writing them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::id::DeliveryId;

use crate::recorder::Outcome;

#[derive(Default)]
pub struct Kept {
    last: u64,
    /// In the order of judging: an outcome says how its endpoint stood, and the last that is written stays.
    outcomes: BTreeMap<u64, Arc<Outcome>>,
    places: HashMap<DeliveryId, u64>,
}

impl Kept {
    pub fn keep(&mut self, outcome: Outcome) {
        self.last += 1;
        if let Some(former) = self.places.insert(outcome.record.delivery, self.last) {
            self.outcomes.remove(&former);
        }
        self.outcomes.insert(self.last, Arc::new(outcome));
    }

    pub fn has(&self, delivery: &DeliveryId) -> bool {
        self.places.contains_key(delivery)
    }

    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// The first of them, at most so many.
    pub fn first(&self, limit: usize) -> Vec<Arc<Outcome>> {
        self.outcomes.values().take(limit).cloned().collect()
    }

    /// Lets an outcome go, if it is of this attempt: whether it was.
    pub fn let_go(&mut self, delivery: DeliveryId, number: u32) -> bool {
        let Some(place) = self.places.get(&delivery) else { return false };
        if self.outcomes.get(place).is_none_or(|outcome| outcome.record.number != number) {
            return false;
        }
        self.outcomes.remove(place);
        self.places.remove(&delivery);
        true
    }
}

#[cfg(test)]
mod tests {
    use domain::delivery::Reason;
    use domain::endpoint::Condition;
    use domain::id::{EndpointId, EventId, Shard};
    use domain::lease::Lease;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::ports::{Close, Record};

    fn delivery(event: u128) -> DeliveryId {
        DeliveryId { event: EventId(Uuid::from_u128(event)), endpoint: EndpointId(Uuid::from_u128(1)) }
    }

    fn outcome(event: u128, number: u32) -> Outcome {
        let record = Record {
            delivery: delivery(event),
            position: event as i64,
            number,
            report: None,
            close: Close::Ended(Reason::Cancelled),
            condition: Condition::default(),
            disable: None,
            at: OffsetDateTime::UNIX_EPOCH,
        };
        let lease = Lease { shard: Shard(0), epoch: 1 };
        Outcome { record, receipt: None, lease, in_order: false }
    }

    fn shown(kept: &Kept) -> Vec<(i64, u32)> {
        kept.first(10).iter().map(|outcome| (outcome.record.position, outcome.record.number)).collect()
    }

    #[test]
    fn they_come_out_in_order_until_let_go() {
        let mut kept = Kept::default();
        for event in [3, 1, 2] {
            kept.keep(outcome(event, 1));
        }
        assert_eq!(shown(&kept), [(3, 1), (1, 1), (2, 1)]);
        assert_eq!(kept.first(2).len(), 2);
        assert!(kept.let_go(delivery(1), 1) && !kept.let_go(delivery(1), 1));
        assert_eq!(shown(&kept), [(3, 1), (2, 1)]);
        assert!(!kept.has(&delivery(1)) && kept.has(&delivery(2)));
    }

    #[test]
    fn a_late_confirmation_lets_no_newer_attempt_go() {
        let mut kept = Kept::default();
        kept.keep(outcome(1, 1));
        kept.keep(outcome(1, 2));
        assert!(!kept.let_go(delivery(1), 1));
        assert_eq!(shown(&kept), [(1, 2)]);
        assert!(kept.let_go(delivery(1), 2) && kept.is_empty());
    }
}
