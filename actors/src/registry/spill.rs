//! What an endpoint's waiting in the ledger looks like from memory.

use super::tally::Tally;

/// Lives in the registry, so that it outlives the actor. The durable half of it is the feeder's to write.
#[derive(Debug)]
pub struct Spill {
    pub spilling: bool,
    /// The actor has read to the end: the feeder hands over again, checked, until the hand has drained.
    pub catching_up: bool,
    /// Raised by every spill: whoever saw an older count has not seen everything.
    pub count: u64,
    /// Where the actor reads on.
    pub cursor: i64,
    read_from: i64,
    /// The lowest position spilled since the running read began.
    lowest_since_read: i64,
    /// Something was put back since then: it may lie below what that read looks at.
    put_back_since_read: bool,
    /// The highest position read back: what lies at or below it may have been sent already.
    pub read_to: i64,
    /// `endpoint_state.spill_from` as last written.
    pub durable: Option<i64>,
    /// Of an ordered endpoint, where it is known: nothing below this position is still to be tried for the first
    /// time but what the endpoint reads.
    pub settled: Option<i64>,
    /// How many deliveries wait so. Nothing is decided by it.
    pub tally: Tally,
}

impl Default for Spill {
    fn default() -> Self {
        Self {
            spilling: false,
            catching_up: false,
            count: 0,
            cursor: i64::MAX,
            read_from: i64::MAX,
            lowest_since_read: i64::MAX,
            put_back_since_read: false,
            read_to: 0,
            durable: None,
            settled: None,
            tally: Tally::default(),
        }
    }
}

impl Spill {
    /// Takes note of a delivery that stays in the ledger. A retry stands in `troubled`, which is read first,
    /// and lowers nothing. Answers with the position to write, where `spill_from` must come down first.
    pub fn note(&mut self, position: Option<i64>) -> Option<i64> {
        self.begin();
        let position = position.unwrap_or(i64::MAX);
        self.lower(position);
        self.durable.is_none_or(|durable| position < durable).then_some(position)
    }

    /// The same for an ordered endpoint: its cursor is the lowest position that is not finished, never the
    /// delivery's own. What is still on its way in the queue may come before it.
    pub fn note_in_order(&mut self, position: Option<i64>) -> Option<i64> {
        // Told to keep order a moment ago: nothing is read before it is known where its order begins.
        let Some(settled) = self.settled else { return self.note(position) };
        let begins = !self.spilling;
        self.begin();
        let position = position.unwrap_or(i64::MAX);
        let settled = settled.min(position);
        self.settled = Some(settled);
        // What is below what was read, and is owed all the same, was posted before it was told to keep order.
        self.lower(if begins { settled } else { position });
        self.durable.is_none_or(|durable| settled < durable).then_some(settled)
    }

    fn begin(&mut self) {
        if !self.spilling {
            self.cursor = i64::MAX;
        }
        self.spilling = true;
        self.catching_up = false;
        self.count += 1;
    }

    /// What was read is put back: it is read again.
    pub fn put_back(&mut self, position: Option<i64>) {
        self.catching_up = false;
        self.put_back_since_read = true;
        self.lower(position.unwrap_or(i64::MAX));
    }

    fn lower(&mut self, position: i64) {
        self.cursor = self.cursor.min(position);
        self.lowest_since_read = self.lowest_since_read.min(position);
    }

    /// The ledger told the lowest position of what was never tried, `None` where there is nothing: then what comes is
    /// above all that was read, and whichever of it is heard of first need not be the first.
    pub fn settle(&mut self, lowest: Option<i64>) {
        let lowest = lowest.unwrap_or(self.read_to + 1).min(self.durable.unwrap_or(i64::MAX));
        self.settled = Some(lowest);
        self.lower(lowest);
    }

    /// A read begins: from where, and at which count.
    pub fn begin_read(&mut self) -> (i64, u64) {
        self.lowest_since_read = i64::MAX;
        self.put_back_since_read = false;
        self.read_from = self.cursor;
        (self.cursor, self.count)
    }

    /// A read ended, that brought positions up to `read_to`. `next` is where the following page begins, `None`
    /// when nothing is left: then, if nothing spilled or was put back meanwhile, the endpoint has caught up.
    pub fn end_read(&mut self, next: Option<i64>, count: u64, read_to: i64, whole: bool) {
        self.read_to = self.read_to.max(read_to);
        // In order, what comes next is above what was read, whichever of it is heard of first.
        let end = if self.settled.is_some() { self.read_from.max(read_to + 1) } else { i64::MAX };
        // The end of a batch never raises the cursor above a spill that came during the read.
        self.cursor = next.unwrap_or(end).min(self.lowest_since_read);
        self.catching_up = next.is_none() && count == self.count && whole && !self.put_back_since_read;
        if self.catching_up {
            self.tally.clear();
        }
    }

    pub fn end(&mut self) {
        self.spilling = false;
        self.catching_up = false;
        self.durable = None;
        self.tally.clear();
        // Positions of an ordered endpoint become visible in order: below what was read nothing comes any more.
        self.settled = self.settled.map(|settled| settled.max(self.read_to + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_an_order_begins_is_not_known_before_it_was_asked() {
        let mut spill = Spill::default();
        assert_eq!(spill.note(Some(9)), Some(9));
        spill.durable = Some(9);
        // It was told to keep order: 7 may be on its way in the queue, or in its actor's hand.
        assert_eq!(spill.note_in_order(Some(8)), Some(8));
        assert_eq!((spill.settled, spill.cursor), (None, 8));
        spill.settle(Some(7));
        assert_eq!((spill.settled, spill.cursor), (Some(7), 7));
    }

    #[test]
    fn where_nothing_was_owed_what_is_heard_of_first_need_not_come_first() {
        let mut spill = Spill::default();
        spill.settle(None);
        // 8 is in the ledger, and the queue lost it or brings it later.
        assert_eq!(spill.note_in_order(Some(9)), Some(1));
        let (from, count) = spill.begin_read();
        assert!(from <= 8, "8 would be overtaken");
        spill.end_read(None, count, 9, true);
        spill.end();
        assert_eq!((spill.settled, spill.note_in_order(Some(11))), (Some(10), Some(10)));
    }

    #[test]
    fn what_is_put_back_during_a_read_is_read_again() {
        let mut spill = Spill::default();
        spill.note(Some(3));
        let (_, count) = spill.begin_read();
        spill.end_read(Some(4), count, 3, true);
        // The last page runs, from above it, while 3 is put back unsent.
        let (from, count) = spill.begin_read();
        assert_eq!(from, 4);
        spill.put_back(Some(3));
        spill.end_read(None, count, 9, true);
        assert!(!spill.catching_up, "nobody would read it");
        let (from, count) = spill.begin_read();
        assert_eq!(from, 3);
        spill.end_read(None, count, 3, true);
        assert!(spill.catching_up);
    }
}
