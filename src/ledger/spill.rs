//! From where a spilling endpoint reads, written before the queue forgets what waits there.

use domain::id::EndpointId;
use domain::lease::Lease;
use sqlx::PgPool;
use uuid::Uuid;

use super::Error;

/// Lowers `spill_from` of each endpoint to a position.
pub async fn spill(pool: &PgPool, from: &[(EndpointId, i64)], lease: Lease) -> Result<(), Error> {
    let mut sorted = from.to_vec();
    sorted.sort_unstable();
    let (endpoints, positions): (Vec<Uuid>, Vec<i64>) =
        sorted.into_iter().map(|(endpoint, position)| (endpoint.0, position)).unzip();
    let owned = sqlx::query_scalar!(
        r#"
        with owned as materialized (
            select shard from shards where shard = $3 and epoch = $4 for share
        ), written as (
            insert into endpoint_state as s (endpoint_id, spill_from)
            -- An endpoint deleted from the table meanwhile has nothing to read.
            select f.endpoint_id, f.position from unnest($1::uuid[], $2::bigint[]) as f (endpoint_id, position)
                join endpoints e on e.id = f.endpoint_id
            where exists (select from owned)
            on conflict (endpoint_id) do update set spill_from = least(s.spill_from, excluded.spill_from)
        )
        select exists (select from owned) as "owned!"
        "#,
        &endpoints,
        &positions,
        lease.shard.0 as i16,
        lease.epoch,
    )
    .fetch_one(pool)
    .await?;
    if owned { Ok(()) } else { Err(Error::Fenced) }
}

/// Ends an endpoint's spilling. The auditor looks again from where it began: what a batch committed late may
/// lie there.
pub async fn unspill(pool: &PgPool, endpoint: EndpointId, lease: Lease) -> Result<(), Error> {
    let owned = sqlx::query_scalar!(
        r#"
        with owned as materialized (
            -- Locked first and as it will be written: whoever waits here holds nothing that the recorder wants.
            select shard from shards where shard = $2 and epoch = $3 for no key update
        ), former as materialized (
            select spill_from from endpoint_state where endpoint_id = $1 and exists (select from owned)
        ), first as materialized (
            -- A value and no join: only so it is where the index is entered, and not a filter over all of it.
            select event_id from deliveries
            where endpoint_id = $1 and position >= (select spill_from from former) order by position limit 1
        ), lowered as (
            update shards set watermark = least(watermark, made_at(first.event_id) - interval '1 minute'),
                lowered = lowered + 1
            from first where shards.shard = $2
        ), cleared as (
            update endpoint_state set spill_from = null where endpoint_id = $1 and exists (select from owned)
        )
        select exists (select from owned) as "owned!"
        "#,
        endpoint.0,
        lease.shard.0 as i16,
        lease.epoch,
    )
    .fetch_one(pool)
    .await?;
    if owned { Ok(()) } else { Err(Error::Fenced) }
}

pub async fn spilling(pool: &PgPool) -> Result<Vec<(EndpointId, i64)>, Error> {
    let rows = sqlx::query!(
        r#"select endpoint_id, spill_from as "from!" from endpoint_state where spill_from is not null"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (EndpointId(row.endpoint_id), row.from)).collect())
}
