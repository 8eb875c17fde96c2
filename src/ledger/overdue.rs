//! What is owed for too long: the auditor's look at the ledger.

use std::time::Duration;

use actors::ports::Overdue;
use domain::id::{EndpointId, EventId};
use domain::lease::Lease;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::{Error, Patience};

/// What a batch may take from the time in its events' ids to its commit.
const COMMIT: Duration = Duration::from_mins(1);
/// The time that one statement looks over.
const SLICE: Duration = Duration::from_hours(1);

/// What events made before `made` owe and was never tried, but for what a spilling endpoint reads by itself; and
/// the retries due before `due`.
///
/// Costs a look at what was posted since the lowest watermark of these leases' shards, which moves up to the oldest of
/// what was found; and down, where the clock was set back: what is made from then on lies below it.
pub async fn overdue(
    pool: &PgPool,
    patience: &Patience,
    made: OffsetDateTime,
    due: OffsetDateTime,
    leases: &[Lease],
) -> Result<Vec<Overdue>, Error> {
    let mut found = patience.with(retries(pool, due)).await?;
    let seen = patience.with(watermarks(pool, leases)).await?;
    let watermark = seen.iter().map(|row| row.watermark).min().unwrap_or(made);
    let mut settled = made - COMMIT;
    let mut from = watermark;
    while from < made {
        let to = made.min(from + SLICE);
        for row in patience.with(untried(pool, from, to)).await? {
            settled = settled.min(row.oldest);
            let endpoint = EndpointId(row.endpoint_id);
            found.push(Overdue { endpoint, untried: row.positions, retries: Vec::new() });
        }
        from = to;
    }
    patience.with(settle(pool, settled, &seen)).await?;
    Ok(found)
}

/// A shard, and how far it was looked through.
struct Looked {
    shard: i16,
    epoch: i64,
    watermark: OffsetDateTime,
    lowered: i64,
}

async fn watermarks(pool: &PgPool, leases: &[Lease]) -> Result<Vec<Looked>, Error> {
    let (shards, epochs): (Vec<i16>, Vec<i64>) =
        leases.iter().map(|lease| (lease.shard.0 as i16, lease.epoch)).unzip();
    let rows = sqlx::query_as!(
        Looked,
        r#"
        select s.shard, s.epoch, s.watermark, s.lowered
        from shards s join unnest($1::smallint[], $2::bigint[]) as f (shard, epoch)
            on s.shard = f.shard and s.epoch = f.epoch
        "#,
        &shards,
        &epochs,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

async fn retries(pool: &PgPool, due: OffsetDateTime) -> Result<Vec<Overdue>, Error> {
    let rows = sqlx::query!(
        r#"
        select late.endpoint_id, array(
            select event_id from troubled t
            where t.endpoint_id = late.endpoint_id and t.status = 1 and t.next_attempt_at < $1
            order by t.next_attempt_at limit $2
        ) as "retries!"
        from (select distinct endpoint_id from troubled where status = 1 and next_attempt_at < $1) late
        "#,
        due,
        Overdue::SHOWN as i64,
    )
    .fetch_all(pool)
    .await?;
    let overdue = rows.into_iter().map(|row| Overdue {
        endpoint: EndpointId(row.endpoint_id),
        untried: Vec::new(),
        retries: row.retries.into_iter().map(EventId).collect(),
    });
    Ok(overdue.collect())
}

struct Untried {
    endpoint_id: uuid::Uuid,
    positions: Vec<i64>,
    oldest: OffsetDateTime,
}

/// What events made in a slice of time owe and was never tried.
async fn untried(pool: &PgPool, from: OffsetDateTime, to: OffsetDateTime) -> Result<Vec<Untried>, Error> {
    let rows = sqlx::query_as!(
        Untried,
        r#"
        select d.endpoint_id, (array_agg(d.position order by d.position))[:$3] as "positions!",
            min(made_at(d.event_id)) as "oldest!"
        from deliveries d left join endpoint_state s on s.endpoint_id = d.endpoint_id
        where d.event_id >= uuid_at($1) and d.event_id < uuid_at($2)
            and d.status = 0 and (s.spill_from is null or d.position < s.spill_from)
        group by d.endpoint_id
        "#,
        from,
        to,
        Overdue::SHOWN as i32,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Moves the watermarks, of what this node still owns, and notes what it has looked for.
async fn settle(pool: &PgPool, settled: OffsetDateTime, seen: &[Looked]) -> Result<(), Error> {
    let shards: Vec<i16> = seen.iter().map(|row| row.shard).collect();
    let (epochs, lowered): (Vec<i64>, Vec<i64>) = seen.iter().map(|row| (row.epoch, row.lowered)).unzip();
    sqlx::query!(
        r#"
        with locked as materialized (
            -- In the order in which everybody locks them.
            select shard from shards where shard = any($2) order by shard for no key update
        )
        update shards s set
            -- One that was lowered meanwhile stays: what it was lowered for is looked at by the next.
            watermark = case when s.lowered = seen.lowered then $1 else s.watermark end,
            looked = greatest(s.looked, seen.lowered)
        from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as seen (shard, epoch, lowered)
        where s.shard = seen.shard and s.epoch = seen.epoch and s.shard in (select shard from locked)
            and ((s.lowered = seen.lowered and s.watermark <> $1) or s.looked < seen.lowered)
        "#,
        settled,
        &shards,
        &epochs,
        &lowered,
    )
    .execute(pool)
    .await?;
    Ok(())
}
