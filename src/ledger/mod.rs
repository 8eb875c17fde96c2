//! The ledger: Postgres, the record of what is owed.
//!
//! Promises: an event and its deliveries are one transaction; what is recorded is checked against the shard's
//! epoch; every step may run twice. Leaves out: deciding anything.

pub mod admin;
pub mod close;
mod condition;
mod directory;
mod error;
mod overdue;
mod owed;
pub mod ownership;
pub mod partitions;
mod payloads;
mod post;
mod record;
mod spill;
mod standing;
pub mod unroutable;

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

use actors::ports;
use async_trait::async_trait;
use domain::delivery::Reason;
use domain::endpoint::Condition;
use domain::id::{DeliveryId, EndpointId, Shard};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::OffsetDateTime;

pub use self::error::Error;
pub use self::partitions::Retention;
pub use self::payloads::{Payload, Payloads};

/// How to reach Postgres.
#[derive(Debug, Clone)]
pub struct Options {
    pub url: String,
    pub max_connections: u32,
    /// Of any one statement.
    pub statement_timeout: Duration,
    /// How long an event id is remembered.
    pub dedupe_window: Duration,
}

/// The ledger, for everyone: one pool for all, and one connection for outcomes that may be lost and repeated.
#[derive(Clone)]
pub struct Ledger {
    pub pool: PgPool,
    /// `synchronous_commit` is off: a delivered outcome that is lost is a repeat under the same id.
    relaxed: PgPool,
    dedupe_window: Duration,
    payloads: Payloads,
}

impl Ledger {
    /// Opens the pools without connecting yet.
    pub fn open(options: &Options) -> Result<Self, Error> {
        let connect = PgConnectOptions::from_str(&options.url)?
            .application_name("hookyard")
            .options([("statement_timeout", options.statement_timeout.as_millis().to_string())]);
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(connect.clone());
        let relaxed = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(connect.options([("synchronous_commit", "off")]));
        let payloads = Payloads::new(pool.clone());
        Ok(Self { pool, relaxed, dedupe_window: options.dedupe_window, payloads })
    }

    /// Brings the schema up to date, once, whoever else starts at the same time.
    pub async fn migrate(&self) -> Result<(), Error> {
        sqlx::migrate!().run(&self.pool).await.map_err(Error::Migrate)
    }

    pub fn payloads(&self) -> &Payloads {
        &self.payloads
    }

    /// The version that the directory is compared with.
    pub async fn version(&self) -> Result<i64, Error> {
        Ok(sqlx::query_scalar!("select version from subscriptions_version").fetch_one(&self.pool).await?)
    }

    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query_scalar!("select 1").fetch_one(&self.pool).await?;
        Ok(())
    }
}

#[async_trait]
impl ports::Ledger for Ledger {
    async fn post(
        &self,
        postings: &[ports::Posting],
        ordered: &[EndpointId],
        version: i64,
    ) -> Result<ports::Posted, ports::LedgerError> {
        let posted = post::post(&self.pool, postings, ordered, version, self.dedupe_window).await?;
        if let ports::Posted::Committed { fresh, .. } = &posted {
            self.payloads
                .keep(postings.iter().zip(fresh).filter(|(_, fresh)| **fresh).map(|(posting, _)| posting));
        }
        Ok(posted)
    }

    async fn record(
        &self,
        records: &[ports::Record],
        epochs: &HashMap<Shard, i64>,
    ) -> Result<(), ports::LedgerError> {
        // What is only delivered may be lost and repeated; all else is on disk before the queue forgets it.
        let pool = if records.iter().all(record::may_repeat) { &self.relaxed } else { &self.pool };
        Ok(record::record(pool, records, epochs).await?)
    }

    async fn standing(
        &self,
        deliveries: &[DeliveryId],
    ) -> Result<HashMap<DeliveryId, ports::Standing>, ports::LedgerError> {
        Ok(standing::standing(&self.pool, deliveries).await?)
    }

    async fn owed(
        &self,
        endpoint: EndpointId,
        from: i64,
        now: OffsetDateTime,
        limit: u32,
    ) -> Result<ports::OwedPage, ports::LedgerError> {
        Ok(owed::owed(&self.pool, endpoint, from, now, limit).await?)
    }

    async fn owed_in_order(
        &self,
        endpoint: EndpointId,
        from: i64,
        limit: u32,
    ) -> Result<ports::OwedPage, ports::LedgerError> {
        Ok(owed::owed_in_order(&self.pool, endpoint, from, limit).await?)
    }

    async fn count_owed(
        &self,
        from: &[(EndpointId, i64)],
        now: OffsetDateTime,
    ) -> Result<HashMap<EndpointId, u64>, ports::LedgerError> {
        Ok(owed::count_owed(&self.pool, from, now).await?)
    }

    async fn lowest_pending(
        &self,
        endpoints: &[EndpointId],
    ) -> Result<HashMap<EndpointId, i64>, ports::LedgerError> {
        Ok(owed::lowest_pending(&self.pool, endpoints).await?)
    }

    async fn spill(
        &self,
        from: &[(EndpointId, i64)],
        shard: Shard,
        epoch: i64,
    ) -> Result<(), ports::LedgerError> {
        Ok(spill::spill(&self.pool, from, shard, epoch).await?)
    }

    async fn unspill(
        &self,
        endpoint: EndpointId,
        shard: Shard,
        epoch: i64,
    ) -> Result<(), ports::LedgerError> {
        Ok(spill::unspill(&self.pool, endpoint, shard, epoch).await?)
    }

    async fn spilling(&self) -> Result<Vec<(EndpointId, i64)>, ports::LedgerError> {
        Ok(spill::spilling(&self.pool).await?)
    }

    async fn overdue(
        &self,
        made: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<Vec<ports::Overdue>, ports::LedgerError> {
        Ok(overdue::overdue(&self.pool, made, due).await?)
    }

    async fn close(&self, endpoint: EndpointId, reason: Reason) -> Result<u64, ports::LedgerError> {
        Ok(close::close_in_pieces(&self.pool, endpoint, reason).await?)
    }

    async fn condition(&self, endpoint: EndpointId) -> Result<Condition, ports::LedgerError> {
        Ok(condition::condition(&self.pool, endpoint).await?)
    }

    async fn changes_since(&self, version: i64) -> Result<ports::Changes, ports::LedgerError> {
        Ok(directory::changes_since(&self.pool, version).await?)
    }
}
