//! What goes on beside deliveries: days made and dropped, the directory kept fresh, replays worked off,
//! what was deleted removed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::directory::Directory;
use actors::feeder::{Feeders, Waiting};
use actors::leases::Leases;
use actors::ports::{Clock, LedgerError, Queue as _, Reference};
use domain::lease::NodeId;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::bus::Bus;
use crate::ledger::purge::{self, Purged};
use crate::ledger::{Error, Ledger, Retention, partitions};
use crate::tally::Tally;

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
/// A crash loses the statistics of so long.
const STATISTICS: Duration = Duration::from_secs(3);

#[derive(Clone)]
pub struct House {
    /// This one.
    pub node: NodeId,
    pub ledger: Ledger,
    pub directory: Arc<Directory>,
    pub feeders: Feeders,
    pub leases: Leases,
    pub bus: Bus,
    pub clock: Arc<dyn Clock>,
    pub retention: Retention,
    pub metrics: PrometheusHandle,
    /// As the last look at the ledger found it.
    pub ledger_answers: Arc<AtomicBool>,
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

    /// Adds to the ledger's statistics what was counted, until it is told to stop. What is recorded after that is added
    /// at the very end.
    pub async fn add_up(self, tally: Arc<Tally>, stopping: CancellationToken) {
        while stopping.run_until_cancelled(tokio::time::sleep(STATISTICS)).await.is_some() {
            if let Err(error) = tally.flush(&self.ledger).await {
                tracing::warn!(%error, "statistics wait for the ledger");
            }
        }
    }

    /// Looks for changes that were made elsewhere, and keeps the metrics' books.
    pub async fn keep_fresh(self) {
        let mut rounds = 0_u32;
        loop {
            tokio::time::sleep(FRESH).await;
            let refreshed = self.refresh().await;
            let answers = refreshed.is_ok();
            self.say(refreshed.err());
            crate::metrics::stores(answers, self.bus.is_connected(), self.bus.lines_refusing());
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(UPKEEP_EVERY) {
                actors::metrics::endpoints(&self.directory);
                crate::metrics::tasks();
                self.metrics.run_upkeep();
            }
        }
    }

    /// One line when the ledger stops answering, and one when it answers again.
    fn say(&self, error: Option<LedgerError>) {
        let answered = self.ledger_answers.swap(error.is_none(), Ordering::Relaxed);
        match error {
            Some(error) if answered => {
                tracing::warn!(%error, "ledger does not answer: changes wait to be seen");
            }
            None if !answered => tracing::info!("ledger answers again"),
            Some(_) | None => {}
        }
    }

    /// Brings the directory up to the ledger, where the ledger has moved.
    pub async fn refresh(&self) -> Result<(), LedgerError> {
        if self.ledger.version().await.map_err(LedgerError::from)? != self.directory.version() {
            self.directory.refresh(&self.ledger).await?;
        }
        Ok(())
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
