//! How much waits in the ledger alone, over all endpoints: counted along, and by the ledger where nobody else can.

use domain::id::EndpointId;

use super::Registry;

/// An endpoint of which nobody knows how many deliveries wait in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncounted {
    pub endpoint: EndpointId,
    /// What was never tried is counted from this position on.
    pub from: i64,
    in_hand: usize,
}

impl Registry {
    /// Deliveries that wait in the ledger alone, as far as they are counted.
    pub fn spilled(&self) -> u64 {
        self.each(|_, inner| Some(inner.spill.tally.number()).filter(|&number| number > 0)).into_iter().sum()
    }

    /// The endpoints whose waiting deliveries the ledger has to count, from where, and how many of those it finds are
    /// in hand.
    pub fn uncounted(&self) -> Vec<Uncounted> {
        self.each(|endpoint, inner| {
            if !(inner.spill.spilling && inner.spill.tally.ask()) {
                return None;
            }
            let from = inner.spill.cursor;
            let in_hand = inner.held.values().filter(|hold| hold.number > 1 || hold.position >= from).count();
            Some(Uncounted { endpoint, from, in_hand })
        })
    }

    /// The ledger counted them; `None` where it did not answer.
    pub fn counted(&self, uncounted: &Uncounted, owed: Option<u64>) {
        let waiting = owed.map(|owed| owed as i64 - uncounted.in_hand as i64);
        self.entry(uncounted.endpoint).lock().spill.tally.told(waiting);
    }
}
