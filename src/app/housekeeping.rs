//! What goes on beside deliveries: days made and dropped, the directory kept fresh, replays worked off,
//! what was deleted removed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::directory::Directory;
use actors::feeder::{Feeders, Waiting};
use actors::ports::{Clock, LedgerError, Queue as _, Reference};
use async_trait::async_trait;
use domain::id::{ReplayId, UnroutableId};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::bus::{Bus, Unmapped};
use crate::ledger::admin::replays;
use crate::ledger::purge::{self, Purged};
use crate::ledger::{Error, Ledger, Retention, partitions, unroutable};

/// A change made elsewhere is known within this.
const FRESH: Duration = Duration::from_millis(500);
const UPKEEP_EVERY: u32 = 10;
const DAYS: Duration = Duration::from_hours(1);
const AGAIN: Duration = Duration::from_secs(5);
/// Every node has heard of a deletion by then.
const PURGE_AFTER: Duration = Duration::from_mins(10);
const PURGE: Duration = Duration::from_mins(1);
/// So that others get their turn at the ledger.
const BETWEEN_PIECES: Duration = Duration::from_millis(50);
const REPLAYS: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub struct House {
    pub ledger: Ledger,
    pub directory: Arc<Directory>,
    pub feeders: Feeders,
    pub bus: Bus,
    pub clock: Arc<dyn Clock>,
    pub retention: Retention,
    pub metrics: PrometheusHandle,
    /// As the last look at the ledger found it.
    pub ledger_answers: Arc<AtomicBool>,
}

/// One type for tasks of different kinds.
pub fn boxed(task: impl Future<Output = ()> + Send + 'static) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(task)
}

impl House {
    /// Makes days ahead and drops old ones, every hour.
    pub async fn keep_days(self) {
        loop {
            let wait = match self.days().await {
                Ok(()) => DAYS,
                Err(error) => {
                    tracing::warn!(%error, "partitions wait for the ledger");
                    AGAIN
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn days(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let made = partitions::make_ahead(&self.ledger.pool, now).await?;
        if made > 0 {
            tracing::info!(made, "made partitions ahead");
        }
        for day in partitions::drop_old(&self.ledger.pool, now, self.retention).await? {
            tracing::info!(day, "dropped a day past retention");
        }
        Ok(())
    }

    /// Removes what is left of deleted tenants and endpoints.
    pub async fn purge(self) {
        loop {
            let wait = match self.purge_a_piece().await {
                Ok(Purged::More) => BETWEEN_PIECES,
                Ok(Purged::Nothing) => PURGE,
                Err(error) => {
                    tracing::warn!(%error, "deleted tenants and endpoints wait for the ledger");
                    PURGE
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn purge_a_piece(&self) -> Result<Purged, Error> {
        let now = self.clock.now();
        let purged = purge::tenants(&self.ledger.pool, now - PURGE_AFTER).await?;
        if purged == Purged::Nothing {
            let kept = self.retention.finished.max(self.retention.unfinished);
            purge::endpoints(&self.ledger.pool, now - kept).await?;
        }
        Ok(purged)
    }

    /// Looks for changes that were made elsewhere, and keeps the metrics' books.
    pub async fn keep_fresh(self) {
        let mut rounds = 0_u32;
        loop {
            tokio::time::sleep(FRESH).await;
            let answers = self.refresh().await.is_ok();
            self.ledger_answers.store(answers, Ordering::Relaxed);
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(UPKEEP_EVERY) {
                actors::metrics::endpoints(&self.directory);
                self.metrics.run_upkeep();
            }
        }
    }

    /// Brings the directory up to the ledger, where the ledger has moved.
    pub async fn refresh(&self) -> Result<(), LedgerError> {
        if self.ledger.version().await.map_err(LedgerError::from)? != self.directory.version() {
            self.directory.refresh(&self.ledger).await?;
        }
        Ok(())
    }

    /// Works off what was asked to be delivered again, chunk by chunk; a restart goes on where it was.
    pub async fn work_off_replays(self) {
        loop {
            if let Err(error) = self.replays().await {
                tracing::warn!(%error, "replays wait for the ledger");
            }
            tokio::time::sleep(REPLAYS).await;
        }
    }

    async fn replays(&self) -> Result<(), Error> {
        for id in replays::open(&self.ledger.pool).await? {
            if let Err(error) = self.replay(id).await {
                tracing::warn!(replay = %id, %error, "replay waits");
            }
        }
        Ok(())
    }

    async fn replay(&self, id: ReplayId) -> Result<(), Error> {
        loop {
            let step = replays::step(&self.ledger.pool, id, self.clock.now()).await?;
            self.queue(step.owed).await;
            if step.finished {
                tracing::info!(replay = %id, "replay is through");
                return Ok(());
            }
        }
    }

    /// Queues what was made owed again; what the queue does not take is read from the ledger.
    pub async fn queue(&self, owed: Vec<Reference>) {
        if owed.is_empty() {
            return;
        }
        let untaken = self.bus.enqueue(&owed).await;
        self.feeders
            .spill(untaken.into_iter().map(|reference| Waiting::one(reference.delivery.endpoint, None)));
    }
}

/// Keeps what came from NATS and could not be mapped.
pub struct Unroutable(pub House);

#[async_trait]
impl Unmapped for Unroutable {
    async fn keep(
        &self,
        subject: &str,
        tenant: Option<&str>,
        reason: &str,
        payload: &[u8],
    ) -> Result<(), LedgerError> {
        let id = UnroutableId::new(self.0.clock.now(), crate::chance::bytes());
        Ok(unroutable::keep(&self.0.ledger.pool, id, "nats", subject, tenant, reason, payload).await?)
    }
}
