//! Days: partitions made ahead, and dropped when their time is over, with the rows elsewhere that go with them.
//!
//! Promises: a round that was cut short anywhere is finished by the next one, which looks at what is there instead
//! of remembering how far it came; a day that cannot go holds up no other. Leaves out: keeping a day for later. A
//! table that bears the name of an old day is dropped, attached or not: rename what is to be kept.

use std::time::Duration;

use domain::delivery::Reason;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::forgotten::{CHUNK_ROWS, in_chunks};
use super::{Error, expired_payloads, forgotten};
use crate::metrics;

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// A finished day is dropped after so long.
    pub finished: Duration,
    /// What is unfinished then is dead-lettered after so long.
    pub unfinished: Duration,
    /// Payloads go after so long, if that is before their events.
    pub payloads: Duration,
    /// The same of what is recorded of attempts after the first.
    pub attempts: Duration,
    pub audit_log: Duration,
    pub statistics: Duration,
    pub unroutable: Duration,
}

/// Days made ahead: what the service can be left alone for.
const AHEAD: Duration = Duration::from_hours(7 * 24);

/// Whoever wants a table for itself holds up all that come behind it: for so long at most.
pub(super) const LOCK_WAIT: &str = "set local lock_timeout = '250ms'";

/// An advisory lock: one round at a time. A killed process leaves its last statement running for a while.
/// `hookdays` in ASCII.
const ROUND_LOCK: i64 = 0x686f_6f6b_6461_7973;
/// Nodes that start together would make the same days: `hookmake` in ASCII.
const MAKING_LOCK: i64 = 0x686f_6f6b_6d61_6b65;

/// Makes the partitions of the days to come, one node after the other; and of those gone by that a scheduled event waits
/// for still.
pub async fn make_ahead(pool: &PgPool, now: OffsetDateTime) -> Result<i32, Error> {
    let (first, last) = (now.date(), (now + AHEAD).date());
    let mut transaction = pool.begin().await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", MAKING_LOCK).execute(&mut *transaction).await?;
    let late = sqlx::query_scalar!("select min(deliver_at) from scheduled_events where state < 2")
        .fetch_one(&mut *transaction)
        .await?;
    let first = late.map_or(first, |late| late.date().min(first));
    let made = sqlx::query_scalar!(r#"select make_partitions($1, $2) as "made!""#, first, last)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(made)
}

/// Drops each day that is older than `finished` and has nothing unfinished; past `unfinished`, what is left
/// of a day is dead-lettered first. Then takes out of the others what goes before them, and deletes what is old and not
/// kept by days. Answers with the days dropped; one that could not be is logged, and left to the next round.
pub async fn drop_old(
    pool: &PgPool,
    now: OffsetDateTime,
    retention: Retention,
) -> Result<Vec<String>, Error> {
    let mut conn = pool.acquire().await?;
    // Given up halfway, it must not go back to the pool with the lock, nor with this timeout.
    conn.close_on_drop();
    // Detaching waits for every transaction that may still see the day; looking through a day takes its time too.
    sqlx::query!("set statement_timeout = '10min'").execute(&mut *conn).await?;
    let alone = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "alone!""#, ROUND_LOCK)
        .fetch_one(&mut *conn)
        .await?;
    if !alone {
        tracing::info!("another round of retention is still at work");
        return Ok(Vec::new());
    }
    let dropped = round(&mut conn, now, retention).await?;
    // Closing gives it back as well, but later: a round that follows at once would find it taken.
    sqlx::query_scalar!(r#"select pg_advisory_unlock($1) as "unlocked!""#, ROUND_LOCK)
        .fetch_one(&mut *conn)
        .await?;
    Ok(dropped)
}

async fn round(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    retention: Retention,
) -> Result<Vec<String>, Error> {
    let day_of = |at: OffsetDateTime| at.date().to_string().replace('-', "");
    let (finished, unfinished) = (now - retention.finished, now - retention.unfinished);
    let (oldest_kept, oldest_unfinished) = (day_of(finished), day_of(unfinished));
    let mut dropped = Vec::new();
    let mut oldest_left = oldest_kept.clone();
    let mut old = days(conn).await?;
    old.retain(|day| *day < oldest_kept);
    // A table has at most one detach pending: whatever its day still owes, it is in the way of all others.
    for day in &old {
        if let Err(error) = finalize(conn, day).await {
            go_on(conn, error, day).await?;
        }
    }
    for day in old {
        match drop_if_finished(conn, &day, day < oldest_unfinished, now).await {
            Ok(true) => dropped.push(day),
            Ok(false) => oldest_left = oldest_left.min(day),
            Err(error) => {
                go_on(conn, error, &day).await?;
                oldest_left = oldest_left.min(day);
            }
        }
    }
    for day in days(conn).await? {
        if let Err(error) = thin(conn, &day, now, retention).await {
            go_on(conn, error, &day).await?;
        }
    }
    // A day that is still there keeps its keys; one that cannot be dropped does not keep them for ever.
    let (keys_from, _) = bounds(oldest_left.max(oldest_unfinished).as_str())?;
    if let Err(error) = forgotten::keys(conn, keys_from, now).await {
        go_on(conn, error, "dedupe").await?;
    }
    if let Err(error) = forgotten::unroutable(conn, now - retention.unroutable).await {
        go_on(conn, error, "unroutable").await?;
    }
    if let Err(error) = forgotten::hours(conn, now - retention.statistics).await {
        go_on(conn, error, "endpoint_hours").await?;
    }
    if let Err(error) = forgotten::tenant_hours(conn, now - retention.statistics).await {
        go_on(conn, error, "tenant_hours").await?;
    }
    if let Err(error) = forgotten::replays(conn, finished).await {
        go_on(conn, error, "replays").await?;
    }
    if let Err(error) = forgotten::cancelled(conn, finished).await {
        go_on(conn, error, "cancelled events").await?;
    }
    if let Err(error) = forgotten::answers(conn, now).await {
        go_on(conn, error, "idempotency").await?;
    }
    if let Err(error) = forgotten::audit_log(conn, now - retention.audit_log).await {
        go_on(conn, error, "audit log").await?;
    }
    Ok(dropped)
}

/// Logs what went wrong with one part of a round, unless it went wrong with all of it: then it is the error.
async fn go_on(conn: &mut PgConnection, error: Error, part: &str) -> Result<(), Error> {
    if conn.ping().await.is_err() {
        return Err(error);
    }
    tracing::warn!(part, %error, "retention leaves a part to its next round");
    Ok(())
}

/// Every day of which any table is there, oldest first: of one half dropped, any of the three may be left.
pub(super) async fn days(conn: &mut PgConnection) -> Result<Vec<String>, Error> {
    let days = sqlx::query_scalar!(
        r#"
        select distinct right(relname::text, 8) as "day!" from pg_class
        where relname ~ '^(attempts|deliveries|events)_[0-9]{8}$' and relkind = 'r' and pg_table_is_visible(oid)
        order by 1
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(days)
}

/// Takes out of a finished day what is not kept for as long.
async fn thin(
    conn: &mut PgConnection,
    day: &str,
    now: OffsetDateTime,
    retention: Retention,
) -> Result<(), Error> {
    let (_, end) = bounds(day)?;
    let payloads = end <= now - retention.payloads && expired_payloads::are_there(conn, day).await?;
    let attempts = end <= now - retention.attempts && has_attempts(conn, day).await?;
    if !(payloads || attempts) || !is_finished(conn, day).await? {
        return Ok(());
    }
    if attempts {
        truncate_attempts(conn, day).await?;
        tracing::info!(day, "attempts after the first are past their retention: gone");
    }
    if payloads {
        let events = expired_payloads::expire(conn, day).await?;
        if events > 0 {
            tracing::info!(day, events, "payloads are past their retention: gone");
        }
    }
    Ok(())
}

async fn has_attempts(conn: &mut PgConnection, day: &str) -> Result<bool, Error> {
    let has = sqlx::query_scalar!(
        r#"select coalesce(pg_relation_size(to_regclass('attempts_' || $1)) > 0, false) as "has!""#,
        day
    );
    Ok(has.fetch_one(conn).await?)
}

/// The table stays: a dead letter that is owed again has attempts again. (The name: as in `finalize`.)
async fn truncate_attempts(conn: &mut PgConnection, day: &str) -> Result<(), Error> {
    let mut tx = conn.begin().await?;
    sqlx::query(LOCK_WAIT).execute(&mut *tx).await?;
    sqlx::query(AssertSqlSafe(format!("truncate attempts_{day}"))).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Answers whether the day is gone.
async fn drop_if_finished(
    conn: &mut PgConnection,
    day: &str,
    give_up: bool,
    now: OffsetDateTime,
) -> Result<bool, Error> {
    if give_up {
        let given_up = end(conn, day, now).await?;
        if given_up > 0 {
            tracing::warn!(day, given_up, "retention gave up deliveries that were owed still");
            metrics::closed(Reason::Retention, given_up);
        }
    }
    if !is_finished(conn, day).await? {
        return Ok(false);
    }
    forget_trouble(conn, day).await?;
    drop_tables(conn, day).await?;
    Ok(true)
}

async fn is_finished(conn: &mut PgConnection, day: &str) -> Result<bool, Error> {
    let (from, to) = bounds(day)?;
    let open = sqlx::query_scalar!(
        r#"
        select exists (select from deliveries
            where event_id >= uuid_at($1) and event_id < uuid_at($2) and status in (0, 1)) as "open!"
        "#,
        from,
        to,
    )
    .fetch_one(conn)
    .await?;
    Ok(!open)
}

/// Dead-letters what a day still owes (reason 5: retention), along the primary key. Answers with how much that was.
async fn end(conn: &mut PgConnection, day: &str, now: OffsetDateTime) -> Result<u64, Error> {
    let mut given_up = 0;
    let (from, to) = bounds(day)?;
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        // `after` alone would do, but not to choose the partition by.
        let last = sqlx::query!(
            r#"
            with chunk as (
                select event_id, endpoint_id from deliveries
                where event_id >= greatest(uuid_at($1), $3) and event_id < uuid_at($2)
                    and (event_id, endpoint_id) > ($3, $4) and status in (0, 1)
                order by event_id, endpoint_id limit $5
            ), ended as (
                update deliveries d set status = 3, reason = 5, updated_at = $6 from chunk c
                where d.event_id = c.event_id and d.endpoint_id = c.endpoint_id
                    and d.event_id >= uuid_at($1) and d.event_id < uuid_at($2) and d.status in (0, 1)
                returning d.event_id
            )
            select event_id, endpoint_id, (select count(*) from ended) as "ended!"
            from chunk order by event_id desc, endpoint_id desc limit 1
            "#,
            from,
            to,
            after.0,
            after.1,
            CHUNK_ROWS,
            now,
        )
        .fetch_optional(&mut *conn)
        .await?;
        let Some(last) = last else { return Ok(given_up) };
        given_up += last.ended as u64;
        after = (last.event_id, last.endpoint_id);
    }
}

/// Takes out what points into a day, before the day goes.
async fn forget_trouble(conn: &mut PgConnection, day: &str) -> Result<(), Error> {
    let (from, to) = bounds(day)?;
    in_chunks!(
        conn,
        "delete from troubled where (event_id, endpoint_id) in (select event_id, endpoint_id from troubled
         where event_id >= uuid_at($1) and event_id < uuid_at($2) order by event_id, endpoint_id limit $3)",
        from,
        to
    )
}

/// A table of one day, as a round may find it. One that is gone is not found.
struct Table {
    parent: String,
    attached: bool,
    /// Detaching it was cut short: nobody sees it any more, but it cannot be dropped.
    pending: bool,
}

/// In the order they are dropped in: an event outlives what is told of it.
async fn tables(conn: &mut PgConnection, day: &str) -> Result<Vec<Table>, Error> {
    let tables = sqlx::query_as!(
        Table,
        r#"
        select p.name as "parent!", i.inhrelid is not null as "attached!",
            coalesce(i.inhdetachpending, false) as "pending!"
        from unnest(array['attempts', 'deliveries', 'events']) with ordinality as p (name, place)
            join pg_class c on c.oid = to_regclass(p.name || '_' || $1)
            left join pg_inherits i on i.inhrelid = c.oid and i.inhparent = to_regclass(p.name)
        order by p.place
        "#,
        day,
    )
    .fetch_all(conn)
    .await?;
    Ok(tables)
}

/// Ends what an earlier round began. (Names of tables cannot be arguments. A day is eight digits, by the pattern it
/// was found with.)
async fn finalize(conn: &mut PgConnection, day: &str) -> Result<(), Error> {
    for Table { parent, .. } in tables(conn, day).await?.into_iter().filter(|table| table.pending) {
        let finalize = format!("alter table {parent} detach partition {parent}_{day} finalize");
        sqlx::query(AssertSqlSafe(finalize)).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn drop_tables(conn: &mut PgConnection, day: &str) -> Result<(), Error> {
    for Table { parent, attached, .. } in tables(conn, day).await? {
        if attached {
            let detach = format!("alter table {parent} detach partition {parent}_{day} concurrently");
            sqlx::query(AssertSqlSafe(detach)).execute(&mut *conn).await?;
        }
        let drop = format!("drop table {parent}_{day}");
        sqlx::query(AssertSqlSafe(drop)).execute(&mut *conn).await?;
    }
    Ok(())
}

pub(super) fn bounds(day: &str) -> Result<(OffsetDateTime, OffsetDateTime), Error> {
    let format = time::macros::format_description!("[year][month][day]");
    let date = time::Date::parse(day, &format).map_err(|_| Error::Unreadable("partition name"))?;
    let from = date.midnight().assume_utc();
    Ok((from, from + Duration::from_hours(24)))
}
