//! How many deliveries of a spilling endpoint wait in the ledger alone, in nobody's hand and not in the queue: for a
//! metric, so that nobody has to count rows for it every few seconds.

/// Counted along with what spills and what is read back. Where a spill stood for nobody knows how many, the ledger is
/// asked once, and what happens meanwhile is counted along.
#[derive(Debug, Default)]
pub struct Tally {
    number: i64,
    ledger: Ledger,
}

/// Whether the ledger has to count.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Ledger {
    #[default]
    NotNeeded,
    Needed,
    Asked,
}

impl Tally {
    /// So many more wait, or, with `None`, some.
    pub fn add(&mut self, deliveries: Option<usize>) {
        match deliveries {
            Some(deliveries) => self.number += deliveries as i64,
            None => self.ledger = Ledger::Needed,
        }
    }

    /// So many were read back.
    pub fn take(&mut self, deliveries: usize) {
        self.number -= deliveries as i64;
    }

    /// Nothing waits: all was read.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the ledger is to be asked now. From here on, only what happens meanwhile is counted.
    pub fn ask(&mut self) -> bool {
        let needed = self.ledger == Ledger::Needed;
        if needed {
            *self = Self { number: 0, ledger: Ledger::Asked };
        }
        needed
    }

    /// The ledger's count of the moment it was asked; `None` where it did not answer.
    pub fn told(&mut self, deliveries: Option<i64>) {
        if self.ledger != Ledger::Asked {
            return;
        }
        match deliveries {
            Some(deliveries) => *self = Self { number: self.number + deliveries, ledger: Ledger::NotNeeded },
            None => self.ledger = Ledger::Needed,
        }
    }

    /// As far as it is known.
    pub fn number(&self) -> u64 {
        self.number.max(0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_while_the_ledger_counts_is_counted_along() {
        let mut tally = Tally::default();
        tally.add(Some(3));
        assert!(!tally.ask());
        tally.add(None);
        assert!(tally.ask() && !tally.ask());
        tally.add(Some(2));
        tally.take(7);
        tally.told(Some(100));
        assert_eq!(tally.number(), 95);
        assert!(!tally.ask());
    }

    #[test]
    fn a_count_that_failed_is_asked_for_again_and_a_late_one_is_not_believed() {
        let mut tally = Tally::default();
        tally.add(None);
        assert!(tally.ask());
        tally.told(None);
        assert!(tally.ask());
        tally.clear();
        tally.told(Some(9));
        assert_eq!(tally.number(), 0);
        // Some more came while it was counted: the count is of no use.
        tally.add(None);
        assert!(tally.ask());
        tally.add(None);
        tally.told(Some(9));
        assert_eq!(tally.number(), 0);
        assert!(tally.ask());
    }
}
