//! The ledger: Postgres, the record of what is owed.
//!
//! Promises: an event and its deliveries are one transaction; what is recorded is checked against the lease
//! of its shard; every step may run twice. Leaves out: deciding anything.

pub mod accepted;
pub mod account;
pub mod admin;
pub mod ahead;
pub mod checkup;
pub mod close;
mod columns;
mod condition;
mod directory;
mod error;
pub mod event_types;
mod expired_payloads;
mod forgotten;
pub mod hours;
pub mod inbound;
mod lane;
pub mod notices;
mod overdue;
mod owed;
pub mod ownership;
pub mod partitions;
mod patience;
mod payloads;
mod post;
pub mod purge;
mod record;
pub mod scheduled;
pub mod sealed;
pub mod size;
mod spill;
mod standing;
mod turns;
pub mod unroutable;
pub mod vitals;

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

use actors::ports;
use async_trait::async_trait;
use domain::delivery::Reason;
use domain::endpoint::Condition;
use domain::id::{DeliveryId, EndpointId};
use domain::lease::Lease;
use domain::tenant::TenantId;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::OffsetDateTime;

pub use self::error::Error;
use self::lane::Lane;
use self::ownership::{Node, Ownership};
pub use self::partitions::Retention;
use self::patience::Patience;
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

/// A connection is waited for so long: what is published while Postgres is away is refused after this.
const ACQUIRE: Duration = Duration::from_secs(3);
/// A look that reads one row.
const ANSWER: Duration = Duration::from_secs(5);
/// The recorder commits one batch at a time.
const RELAXED_CONNECTIONS: u32 = 2;
/// Of a node, beside its pool: those, and one for its shards.
pub const NODE_CONNECTIONS: u32 = RELAXED_CONNECTIONS + 1;

fn pool_options(connections: u32, patience: &Patience) -> PgPoolOptions {
    let patience = patience.clone();
    PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE).after_release(
        move |connection, _| {
            let patience = patience.clone();
            Box::pin(async move { patience.allows(connection).await })
        },
    )
}

/// The ledger, for everyone: one pool for all, and connections of their own for what goes on all the time.
#[derive(Clone)]
pub struct Ledger {
    pub pool: PgPool,
    /// Intake's.
    posting: Lane,
    /// The recorder's.
    recording: Lane,
    /// Also the recorder's. `synchronous_commit` is off: a delivered outcome that is lost is a repeat under the same id.
    relaxed: Lane,
    /// One connection that nobody else keeps busy: a lease that is not renewed in time is lost.
    leasing: PgPool,
    /// Without limits of statements: for migrations.
    connect: PgConnectOptions,
    patience: Patience,
    dedupe_window: Duration,
    payloads: Payloads,
}

impl Ledger {
    /// Opens the pools without connecting yet.
    pub fn open(options: &Options) -> Result<Self, Error> {
        let connect = PgConnectOptions::from_str(&options.url)?.application_name("hookyard");
        let patience = Patience::new(options.statement_timeout);
        let timeout = options.statement_timeout.as_millis().to_string();
        let bounded = connect.clone().options([("statement_timeout", timeout)]);
        let pool = pool_options(options.max_connections, &patience).connect_lazy_with(bounded.clone());
        let leasing = pool_options(1, &patience).connect_lazy_with(bounded.clone());
        let relaxed = bounded.options([("synchronous_commit", "off")]);
        let relaxed = pool_options(RELAXED_CONNECTIONS, &patience).connect_lazy_with(relaxed);
        let payloads = Payloads::new(pool.clone(), patience.clone());
        Ok(Self {
            posting: Lane::of(pool.clone()),
            recording: Lane::of(pool.clone()),
            relaxed: Lane::of(relaxed),
            pool,
            leasing,
            connect,
            patience,
            dedupe_window: options.dedupe_window,
            payloads,
        })
    }

    /// Brings the schema up to date, once, whoever else starts at the same time.
    pub async fn migrate(&self) -> Result<(), Error> {
        // On a connection of its own: a change of a large table may take its time.
        let unbounded = self.connect.clone().options([("statement_timeout", "0")]);
        let own =
            PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE).connect_with(unbounded).await?;
        let mut migrator = sqlx::migrate!();
        // A newer node was here: migrations take nothing away that this version needs.
        migrator.set_ignore_missing(true);
        let migrated = migrator.run(&own).await.map_err(Error::Migrate);
        own.close().await;
        migrated
    }

    /// Ends its connections, when those that use one are done with it.
    pub async fn disconnect(&self) {
        for lane in [&self.posting, &self.recording, &self.relaxed] {
            lane.let_go();
        }
        self.pool.close().await;
    }

    pub fn payloads(&self) -> &Payloads {
        &self.payloads
    }

    /// A node's part in the sharing of shards.
    pub fn ownership(&self, node: Node) -> Ownership {
        Ownership { pool: self.leasing.clone(), patience: self.patience.clone(), node }
    }

    /// The version that the directory is compared with.
    pub async fn version(&self) -> Result<i64, Error> {
        let version = async {
            Ok(sqlx::query_scalar!("select version from subscriptions_version").fetch_one(&self.pool).await?)
        };
        self.patience.within(ANSWER, version).await
    }

    pub async fn ping(&self) -> Result<(), Error> {
        let ping = async {
            sqlx::query_scalar!("select 1").fetch_one(&self.pool).await?;
            Ok(())
        };
        self.patience.within(ANSWER, ping).await
    }

    /// Awaits a call of the administrative half as every other is awaited.
    pub fn await_call<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        self.patience.with(call)
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
        let posted = post::post(&self.posting, postings, ordered, version, self.dedupe_window);
        let posted = self.patience.with(posted).await?;
        if let ports::Posted::Committed { fresh, .. } = &posted {
            self.payloads
                .keep(postings.iter().zip(fresh).filter(|(_, fresh)| **fresh).map(|(posting, _)| posting));
        }
        Ok(posted)
    }

    async fn record(&self, records: &[ports::Record], leases: &[Lease]) -> Result<(), ports::LedgerError> {
        // What is only delivered may be lost and repeated; all else is on disk before the queue forgets it.
        let lane = if records.iter().all(record::may_repeat) { &self.relaxed } else { &self.recording };
        Ok(self.patience.with(record::record(&self.pool, lane, records, leases)).await?)
    }

    async fn standing(
        &self,
        deliveries: &[DeliveryId],
    ) -> Result<HashMap<DeliveryId, ports::Standing>, ports::LedgerError> {
        Ok(self.patience.with(standing::standing(&self.pool, deliveries)).await?)
    }

    async fn owed(
        &self,
        endpoint: EndpointId,
        from: i64,
        now: OffsetDateTime,
        limit: u32,
    ) -> Result<ports::OwedPage, ports::LedgerError> {
        Ok(self.patience.with(owed::owed(&self.pool, endpoint, from, now, limit)).await?)
    }

    async fn owed_in_order(
        &self,
        endpoint: EndpointId,
        from: i64,
        limit: u32,
    ) -> Result<ports::OwedPage, ports::LedgerError> {
        Ok(self.patience.with(owed::owed_in_order(&self.pool, endpoint, from, limit)).await?)
    }

    async fn count_owed(
        &self,
        from: &[(EndpointId, i64)],
        now: OffsetDateTime,
    ) -> Result<HashMap<EndpointId, u64>, ports::LedgerError> {
        Ok(self.patience.with(owed::count_owed(&self.pool, from, now)).await?)
    }

    async fn lowest_pending(
        &self,
        endpoints: &[EndpointId],
    ) -> Result<HashMap<EndpointId, i64>, ports::LedgerError> {
        Ok(self.patience.with(owed::lowest_pending(&self.pool, endpoints)).await?)
    }

    async fn spill(&self, from: &[(EndpointId, i64)], lease: Lease) -> Result<(), ports::LedgerError> {
        Ok(self.patience.with(spill::spill(&self.pool, from, lease)).await?)
    }

    async fn unspill(&self, endpoint: EndpointId, lease: Lease) -> Result<(), ports::LedgerError> {
        Ok(self.patience.with(spill::unspill(&self.pool, endpoint, lease)).await?)
    }

    async fn spilling(&self) -> Result<Vec<(EndpointId, i64)>, ports::LedgerError> {
        Ok(self.patience.with(spill::spilling(&self.pool)).await?)
    }

    async fn overdue(
        &self,
        made: OffsetDateTime,
        due: OffsetDateTime,
        leases: &[Lease],
    ) -> Result<Vec<ports::Overdue>, ports::LedgerError> {
        Ok(overdue::overdue(&self.pool, &self.patience, made, due, leases).await?)
    }

    async fn close(&self, endpoint: EndpointId, reason: Reason) -> Result<u64, ports::LedgerError> {
        Ok(close::close_in_pieces(&self.pool, endpoint, reason).await?.deliveries)
    }

    async fn conditions(&self) -> Result<Vec<(EndpointId, Condition)>, ports::LedgerError> {
        Ok(self.patience.with(condition::conditions(&self.pool)).await?)
    }

    async fn changes_since(&self, version: i64) -> Result<ports::Changes, ports::LedgerError> {
        Ok(self.patience.with(directory::changes_since(&self.pool, version)).await?)
    }

    async fn take_turns(
        &self,
        stretches: &[(TenantId, Duration)],
    ) -> Result<HashMap<TenantId, Duration>, ports::LedgerError> {
        Ok(self.patience.within(ANSWER, turns::take(&self.pool, stretches)).await?)
    }
}
