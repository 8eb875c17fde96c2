//! The ledger's administrative half: what the API reads and changes. One file a noun.
//!
//! Every change of a tenant, an endpoint or a key is one transaction that raises `subscriptions_version` first: its row
//! lock lets such changes in one by one, so limits are exact and versions become visible in order. Not found is
//! `None`; whose thing it is, is part of every `where`.
//!
//! What is made or changed is part of an [`act`]: most functions are given one, which their caller commits, with whatever
//! else belongs to it, alone or [`together`] with those of others. Where there is something to do before or after the transaction, they begin one of their own.

pub mod act;
pub mod audit;
pub mod deliveries;
pub mod endpoints;
pub mod event_types;
pub mod events;
pub mod idempotency;
pub mod keys;
pub mod overview;
pub mod replays;
mod scan;
pub mod scheduled;
pub mod sources;
mod standing;
pub mod statistics;
pub mod tenants;
pub mod together;
pub mod unroutable;

pub use scan::SCAN_ROWS_MAX;
use sqlx::PgConnection;
pub use standing::{Standing, standing};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;

/// Raises the version of tenants, endpoints and subscriptions; the others wait until this transaction ends.
async fn next_version(conn: &mut PgConnection) -> Result<i64, Error> {
    let version =
        sqlx::query_scalar!("update subscriptions_version set version = version + 1 returning version")
            .fetch_one(conn)
            .await?;
    Ok(version)
}

/// The names of the fields that differ.
fn differing(fields: impl IntoIterator<Item = (&'static str, bool)>) -> Vec<&'static str> {
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// The lowest UUIDv7 of an instant, as `uuid_at` of the schema: the bound of "made since".
pub(in crate::ledger) fn lowest_id(at: OffsetDateTime) -> Uuid {
    let millis = (at.unix_timestamp_nanos() / 1_000_000).clamp(0, (1 << 48) - 1) as u128;
    Uuid::from_u128(millis << 80)
}

/// The instants between which something was made: `since` included, `until` not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Made {
    pub since: Option<OffsetDateTime>,
    pub until: Option<OffsetDateTime>,
}

impl Made {
    /// The lowest id that belongs to it.
    fn from(self) -> Uuid {
        self.since.map_or(Uuid::nil(), lowest_id)
    }

    /// The id below which all of it lies.
    fn below(self) -> Uuid {
        self.until.map_or(Uuid::max(), lowest_id)
    }

    fn holds(self, id: Uuid) -> bool {
        self.from() <= id && id < self.below()
    }
}

/// An event type out of the ledger; what no longer reads as one matches nothing.
pub(in crate::ledger) fn event_type(text: &str) -> Option<domain::matching::EventType> {
    text.parse().ok()
}
