//! The way from a commit to the queue: how much may be on it, and whether the queue takes anything.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

/// The way from a commit to the queue.
#[derive(Clone)]
pub struct Queueing {
    /// One permit a batch on its way. Past it what is owed is read from the ledger.
    pub(super) room: Arc<Semaphore>,
    /// When the queue did not take something, until it took all for a while.
    refused_at: Arc<Mutex<Option<Duration>>>,
}

/// The queue takes again when it has refused nothing for so long: some of its streams may, and others not.
const QUIET: Duration = Duration::from_secs(10);

impl Queueing {
    pub fn new(batches: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(batches)), refused_at: Arc::default() }
    }

    /// One line when the queue stops taking, and one when it takes again.
    pub(super) fn say(&self, takes: bool, uptime: Duration) {
        let mut refused_at = self.refused_at.lock().unwrap_or_else(PoisonError::into_inner);
        match *refused_at {
            _ if !takes => {
                if refused_at.replace(uptime).is_none() {
                    tracing::warn!("queue does not take deliveries: they wait in the ledger");
                }
            }
            Some(at) if uptime.saturating_sub(at) > QUIET => {
                *refused_at = None;
                tracing::info!("queue takes deliveries again");
            }
            Some(_) | None => {}
        }
    }
}
