//! What the ledger says of references that may be out of date, and what becomes of each.

use std::collections::{HashMap, HashSet};

use domain::id::DeliveryId;

use crate::metrics::Dropped;
use crate::ports::{Pulled, Standing};

/// A reference of which the ledger cannot tell where its delivery stands is dropped when it was handed out so often. What
/// is owed, the auditor has read from there.
const TRIES_MAX: u64 = 20;

/// Where deliveries stand, as far as the ledger can tell.
#[derive(Default)]
pub struct Standings {
    pub known: HashMap<DeliveryId, Standing>,
    pub refused: HashSet<DeliveryId>,
}

/// What becomes of a reference.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    Due(Standing),
    /// It comes again, and is looked up then.
    Again,
    /// There is nothing to do; and why that is amiss, if it is.
    Done(Option<Dropped>),
}

impl Standings {
    pub fn add(&mut self, other: Self) {
        self.known.extend(other.known);
        self.refused.extend(other.refused);
    }

    pub fn of(&self, pulled: &Pulled) -> Fate {
        let delivery = &pulled.reference.delivery;
        match self.known.get(delivery) {
            Some(standing) if is_due(standing, pulled) => Fate::Due(*standing),
            // Delivered, dead, or a copy of an older attempt.
            Some(_) => Fate::Done(None),
            None if !self.refused.contains(delivery) => Fate::Done(Some(Dropped::Unknown)),
            None if pulled.tries < TRIES_MAX => Fate::Again,
            None => Fate::Done(Some(Dropped::Refused)),
        }
    }
}

/// A copy of an older attempt is not due; neither is what is finished.
fn is_due(standing: &Standing, pulled: &Pulled) -> bool {
    standing.status.is_owed() && standing.progress.next_number() == pulled.reference.number
}

#[cfg(test)]
mod tests {
    use domain::delivery::{Progress, Status};
    use domain::id::{EndpointId, EventId};
    use uuid::Uuid;

    use super::*;
    use crate::ports::{Receipt, Reference};

    fn pulled(delivery: DeliveryId, number: u32, tries: u64) -> Pulled {
        let reference = Reference { delivery, position: 1, number };
        let receipt = Receipt::of("1", 1).next().unwrap();
        Pulled { reference, receipt, first: false, tries }
    }

    #[test]
    fn what_cannot_be_told_comes_again_so_often_and_no_more() {
        let ids = [1, 2, 3].map(Uuid::from_u128);
        let [known, refused, unknown] =
            ids.map(|id| DeliveryId { event: EventId(id), endpoint: EndpointId(id) });
        let progress = Progress { attempts: 1, base: 0 };
        let standing = Standing { status: Status::Retrying, position: 1, progress };
        let standings =
            Standings { known: HashMap::from([(known, standing)]), refused: HashSet::from([refused]) };
        assert_eq!(standings.of(&pulled(known, 2, 50)), Fate::Due(standing));
        assert_eq!(standings.of(&pulled(known, 1, 1)), Fate::Done(None));
        assert_eq!(standings.of(&pulled(unknown, 1, 1)), Fate::Done(Some(Dropped::Unknown)));
        assert_eq!(standings.of(&pulled(refused, 1, TRIES_MAX - 1)), Fate::Again);
        assert_eq!(standings.of(&pulled(refused, 1, TRIES_MAX)), Fate::Done(Some(Dropped::Refused)));
    }
}
