//! Days: partitions made ahead, and dropped when their time is over.

use std::time::Duration;

use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// A finished day is dropped after so long.
    pub finished: Duration,
    /// What is unfinished then is dead-lettered after so long.
    pub unfinished: Duration,
}

/// Days made ahead: what the service can be left alone for.
const AHEAD: Duration = Duration::from_hours(7 * 24);

/// Makes the partitions of the days to come.
pub async fn make_ahead(pool: &PgPool, now: OffsetDateTime) -> Result<i32, Error> {
    let (first, last) = (now.date(), (now + AHEAD).date());
    let made = sqlx::query_scalar!(r#"select make_partitions($1, $2) as "made!""#, first, last)
        .fetch_one(pool)
        .await?;
    Ok(made)
}

/// Drops each day that is older than `finished` and has nothing unfinished; past `unfinished`, what is left
/// of a day is dead-lettered first. Answers with the days dropped.
pub async fn drop_old(
    pool: &PgPool,
    now: OffsetDateTime,
    retention: Retention,
) -> Result<Vec<String>, Error> {
    let days = sqlx::query_scalar!(
        r#"
        select substring(c.relname from '[0-9]{8}$') as "day!" from pg_inherits i
            join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
        where p.relname = 'events' order by 1
        "#
    )
    .fetch_all(pool)
    .await?;
    let day_of = |at: OffsetDateTime| at.date().to_string().replace('-', "");
    let (oldest_kept, oldest_unfinished) =
        (day_of(now - retention.finished), day_of(now - retention.unfinished));
    let mut dropped = Vec::new();
    for day in days.into_iter().filter(|day| *day < oldest_kept) {
        if day < oldest_unfinished {
            end(pool, &day).await?;
        }
        if is_finished(pool, &day).await? {
            drop_day(pool, &day, now).await?;
            dropped.push(day);
        }
    }
    Ok(dropped)
}

async fn is_finished(pool: &PgPool, day: &str) -> Result<bool, Error> {
    let (from, to) = bounds(day)?;
    let open = sqlx::query_scalar!(
        r#"
        select exists (select from deliveries
            where event_id >= uuid_at($1) and event_id < uuid_at($2) and status in (0, 1)) as "open!"
        "#,
        from,
        to,
    )
    .fetch_one(pool)
    .await?;
    Ok(!open)
}

/// Dead-letters what a day still owes (reason 5: retention).
async fn end(pool: &PgPool, day: &str) -> Result<(), Error> {
    let (from, to) = bounds(day)?;
    sqlx::query!(
        r#"
        update deliveries set status = 3, reason = 5, updated_at = now()
        where event_id >= uuid_at($1) and event_id < uuid_at($2) and status in (0, 1)
        "#,
        from,
        to,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes a day out of each table, and what points into it.
async fn drop_day(pool: &PgPool, day: &str, now: OffsetDateTime) -> Result<(), Error> {
    let (from, to) = bounds(day)?;
    sqlx::query!("delete from troubled where event_id >= uuid_at($1) and event_id < uuid_at($2)", from, to)
        .execute(pool)
        .await?;
    sqlx::query!("delete from dedupe where expires_at < $2 and event_id < uuid_at($1)", to, now)
        .execute(pool)
        .await?;
    for parent in ["attempts", "deliveries", "events"] {
        // Names of tables cannot be arguments. `day` is eight digits, by the pattern it was found with.
        let detach = format!("alter table {parent} detach partition {parent}_{day} concurrently");
        sqlx::query(sqlx::AssertSqlSafe(detach)).execute(pool).await?;
        let drop = format!("drop table {parent}_{day}");
        sqlx::query(sqlx::AssertSqlSafe(drop)).execute(pool).await?;
    }
    Ok(())
}

fn bounds(day: &str) -> Result<(OffsetDateTime, OffsetDateTime), Error> {
    let format = time::macros::format_description!("[year][month][day]");
    let date = time::Date::parse(day, &format).map_err(|_| Error::Unreadable("partition name"))?;
    let from = date.midnight().assume_utc();
    Ok((from, from + Duration::from_hours(24)))
}
