//! What acknowledges references to the queue. Several may come in one message: it is acknowledged when the last of them
//! is done.
//!
//! Promises: what is done twice is done once. A message that is handed out again is another, of which nothing is done.
//! Leaves out: telling the queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::retrying::Slot;

/// What acknowledges a reference: the message that brought it, and its place there.
#[derive(Debug, Clone)]
pub struct Receipt {
    brought: Arc<Brought>,
    place: usize,
    /// Let go with the last copy of this.
    _slot: Option<Arc<Slot>>,
}

/// A message, handed out once.
#[derive(Debug)]
struct Brought {
    message: Box<str>,
    /// A bit for each place that is not done.
    open: AtomicU64,
}

impl Receipt {
    /// Places of a message.
    pub const PLACES: usize = u64::BITS as usize;

    /// One for each of its places, for as many references as a message brought: from 1 to `PLACES`.
    pub fn of(message: &str, places: usize) -> impl Iterator<Item = Self> + use<> {
        let open = AtomicU64::new(u64::MAX >> (Self::PLACES - places.clamp(1, Self::PLACES)));
        let brought = Arc::new(Brought { message: message.into(), open });
        (0..places.min(Self::PLACES)).map(move |place| Self {
            brought: Arc::clone(&brought),
            place,
            _slot: None,
        })
    }

    /// The slot is taken for as long as this is kept.
    #[must_use]
    pub fn with(self, slot: Slot) -> Self {
        Self { _slot: Some(Arc::new(slot)), ..self }
    }

    pub fn message(&self) -> &str {
        &self.brought.message
    }

    /// Its reference is done. Answers with the message to be acknowledged, if it was the last one there that was not.
    pub fn done(&self) -> Option<&str> {
        let place = 1 << self.place;
        let before = self.brought.open.fetch_and(!place, Ordering::AcqRel);
        (before == place).then_some(self.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_is_done_acknowledges_the_message() {
        for places in [1, 2, 3, Receipt::PLACES] {
            let receipts: Vec<_> = Receipt::of("m", places).collect();
            assert_eq!(receipts.len(), places);
            let (first, others) = receipts.split_first().unwrap();
            assert!(others.iter().rev().all(|receipt| receipt.done().is_none()));
            assert_eq!(first.done(), Some("m"));
        }
    }

    #[test]
    fn what_is_done_twice_is_done_once() {
        let receipts: Vec<_> = Receipt::of("m", 2).collect();
        assert_eq!([receipts[1].done(), receipts[1].clone().done()], [None, None]);
        assert_eq!([receipts[0].done(), receipts[0].done()], [Some("m"), None]);
    }

    #[test]
    fn a_message_that_comes_again_is_another() {
        let [first, again] = [(); 2].map(|()| Receipt::of("m", 2).collect::<Vec<_>>());
        assert_eq!([first[0].done(), again[1].done()], [None, None]);
        assert_eq!([first[1].done(), again[0].done()], [Some("m"), Some("m")]);
    }
}
