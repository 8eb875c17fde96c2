//! How many retries from the queue are under way at a time, of all endpoints together: a storm of them leaves room for
//! what is new.
//!
//! Promises: a slot is free again when its retry is done, and after `SLOT_MAX` at the latest, so that endpoints that hang
//! keep no other's retry waiting for long. Leaves out: what endpoints read from the ledger; their own slots bound that.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

/// An attempt that takes longer counts no more.
const SLOT_MAX: Duration = Duration::from_millis(250);

#[derive(Clone)]
pub struct Retrying {
    slots: Arc<Semaphore>,
    /// Taken together at most: a part of all, so that they begin one after the other, yet few at a time cost no look each.
    together: usize,
}

/// Free again when it is dropped.
#[derive(Debug)]
pub struct Slot {
    _taken: oneshot::Sender<()>,
}

impl Retrying {
    pub fn new(at_once: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(at_once)), together: at_once.div_ceil(4) }
    }

    /// Waits for slots, for as many as are wanted or somewhat fewer. Whoever asked first has them first.
    pub async fn slots(&self, wanted: usize) -> Vec<Slot> {
        let count = u32::try_from(wanted.min(self.together)).unwrap_or(u32::MAX);
        // Never closed: there is always a permit to come.
        let Ok(mut permits) = Arc::clone(&self.slots).acquire_many_owned(count).await else {
            return Vec::new();
        };
        let mut slots = Vec::new();
        while let Some(permit) = permits.split(1) {
            let (taken, over) = oneshot::channel();
            tokio::spawn(async move {
                let _ = tokio::time::timeout(SLOT_MAX, over).await;
                drop(permit);
            });
            slots.push(Slot { _taken: taken });
        }
        slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn there_are_so_many_and_each_is_free_when_it_is_dropped() {
        let retrying = Retrying::new(8);
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(retrying.slots(100).await);
        }
        assert!(taken.iter().all(|slots| slots.len() == 2));
        let soon = tokio::time::timeout(SLOT_MAX / 2, retrying.slots(1));
        assert!(soon.await.is_err());
        taken.pop();
        assert_eq!(retrying.slots(1).await.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_held_for_long_counts_no_more() {
        let retrying = Retrying::new(1);
        let began = tokio::time::Instant::now();
        let hanging = retrying.slots(1).await;
        let _next = retrying.slots(1).await;
        assert_eq!(began.elapsed().as_millis(), SLOT_MAX.as_millis());
        drop(hanging);
    }
}
