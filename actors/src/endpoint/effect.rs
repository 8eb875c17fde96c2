//! What an endpoint's state asks to be done.

use std::time::Duration;

use time::OffsetDateTime;

use crate::ports::{Order, Owed, Receipt};
use crate::recorder::Outcome;

/// A delivery in an actor's hand.
#[derive(Debug, Clone)]
pub struct Held {
    pub owed: Owed,
    /// Acknowledges it to the queue; what was read back from the ledger has none.
    pub receipt: Option<Receipt>,
}

#[derive(Debug)]
pub enum Effect {
    Attempt(Order, Held),
    Record(Box<Outcome>),
    /// Ask the ledger for what the endpoint is owed.
    Read {
        from: i64,
        now: OffsetDateTime,
        limit: u32,
        /// Every retry too, due or not, each in its place.
        ordered: bool,
    },
    /// These wait in the ledger from now on: the lowest position of what was never tried.
    PutDown {
        lowest: Option<i64>,
        receipts: Vec<Receipt>,
    },
    /// Nothing is left in the ledger: let the feeder end the spilling, if the count still holds.
    Unspill {
        count: u64,
    },
    WakeAfter {
        wait: Duration,
        /// On the clock that only goes forward.
        at: Duration,
    },
    /// Without work: stop, unless something came meanwhile.
    Retire,
}
