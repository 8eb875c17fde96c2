//! Rows that are forgotten one by one: what no partition of a day holds.
//!
//! Leaves out: when, which [`super::partitions`] knows.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::Error;

/// Rows changed or deleted in one statement: each is done, and its locks are gone, long before the timeout.
pub const CHUNK_ROWS: i64 = 5_000;

/// Deletes by a statement whose last parameter is how many rows at most, until it finds fewer: then there is no other.
macro_rules! in_chunks {
    ($conn:expr, $statement:literal, $($given:expr),+) => {
        loop {
            let deleted = sqlx::query!($statement, $($given,)+ CHUNK_ROWS).execute(&mut *$conn).await?;
            if deleted.rows_affected() < CHUNK_ROWS.unsigned_abs() {
                break Ok(());
            }
        }
    };
}

pub(super) use in_chunks;

/// Deletes keys that have expired and whose event was made before `before`.
///
/// They expire in the order their events were made, so the first chunk that is not all old is the last to look at:
/// a window may be far shorter than retention, and most of what has expired is not old. Where the window was
/// changed, some wait for their elders.
pub async fn keys(conn: &mut PgConnection, before: OffsetDateTime, now: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from dedupe where expires_at < $2 and event_id < uuid_at($1) and hash in (select hash from dedupe
         where expires_at < $2 order by expires_at limit $3)",
        before,
        now
    )
}

pub async fn unroutable(conn: &mut PgConnection, before: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from unroutable
         where id in (select id from unroutable where id < uuid_at($1) order by id limit $2)",
        before
    )
}

/// Deletes statistics of hours before `before`.
pub async fn hours(conn: &mut PgConnection, before: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from endpoint_hours where (endpoint_id, hour) in (select endpoint_id, hour from endpoint_hours
         where hour < $1 order by hour limit $2)",
        before
    )
}

/// The same of tenants.
pub async fn tenant_hours(conn: &mut PgConnection, before: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from tenant_hours where (tenant, hour) in (select tenant, hour from tenant_hours
         where hour < $1 order by hour limit $2)",
        before
    )
}

/// Deletes replays that ended before `before`. None of them can have been asked for later, which the key knows.
pub async fn replays(conn: &mut PgConnection, before: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from replays where id in (select id from replays
         where id < uuid_at($1) and finished_at < $1 order by id limit $2)",
        before
    )
}

pub async fn audit_log(conn: &mut PgConnection, before: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from audit_log
         where id in (select id from audit_log where id < uuid_at($1) order by id limit $2)",
        before
    )
}

/// Deletes what was cancelled before `before`.
pub async fn cancelled(conn: &mut PgConnection, before: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from scheduled_events where id in (select id from scheduled_events
         where state = 2 and cancelled_at < $1 limit $2)",
        before
    )
}

/// Deletes answers whose keys are remembered no longer.
pub async fn answers(conn: &mut PgConnection, now: OffsetDateTime) -> Result<(), Error> {
    in_chunks!(
        conn,
        "delete from idempotency where expires_at <= $1 and hash in (select hash from idempotency
         where expires_at <= $1 order by expires_at limit $2)",
        now
    )
}
