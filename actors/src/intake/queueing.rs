//! The way from a commit to the queue: how much may be on it, and whether the queue takes anything.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::feeder::{Feeders, Waiting};
use crate::ports::{Ports, Reference};

/// The way from a commit to the queue.
#[derive(Clone)]
pub struct Queueing {
    /// One permit a batch on its way. Past it what is owed is read from the ledger.
    room: Arc<Semaphore>,
    /// When the queue did not take something, until it took all for a while.
    refused_at: Arc<Mutex<Option<Duration>>>,
}

/// The queue takes again when it has refused nothing for so long: some of its streams may, and others not.
const QUIET: Duration = Duration::from_secs(10);

impl Queueing {
    pub fn new(batches: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(batches)), refused_at: Arc::default() }
    }

    /// Puts into the queue what is owed. What the queue does not take, the endpoints read from the ledger.
    pub(super) fn enqueue(&self, owed: Vec<Reference>, ports: &Ports, feeders: &Feeders) {
        if owed.is_empty() {
            return;
        }
        let feeders = feeders.clone();
        let leave = move |references: Vec<Reference>| {
            let one = |owed: Reference| Waiting::one(owed.delivery.endpoint, Some(owed.position));
            feeders.spill(references.into_iter().map(one));
        };
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            self.say(false, ports.clock.uptime());
            return leave(owed);
        };
        let (ports, queueing) = (ports.clone(), self.clone());
        tokio::spawn(async move {
            let untaken = ports.queue.enqueue(&owed).await;
            queueing.say(untaken.is_empty(), ports.clock.uptime());
            if !untaken.is_empty() {
                leave(untaken);
            }
            drop(permit);
        });
    }

    /// One line when the queue stops taking, and one when it takes again.
    fn say(&self, takes: bool, uptime: Duration) {
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
