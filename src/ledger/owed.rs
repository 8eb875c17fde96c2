//! What an endpoint is owed, page by page, for one that reads it from the ledger.

use std::collections::HashMap;

use actors::ports::{Owed, OwedPage};
use domain::delivery::Progress;
use domain::id::{DeliveryId, EndpointId, EventId};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;

/// Retries due at `now`, oldest first, then what was never tried from `from` on, by position.
pub async fn owed(
    pool: &PgPool,
    endpoint: EndpointId,
    from: i64,
    now: OffsetDateTime,
    limit: u32,
) -> Result<OwedPage, Error> {
    let limit = i64::from(limit);
    let due = sqlx::query!(
        r#"
        select t.event_id, d.position, d.attempts, d.base
        from troubled t join deliveries d on d.event_id = t.event_id and d.endpoint_id = t.endpoint_id
        where t.endpoint_id = $1 and t.status = 1 and t.next_attempt_at <= $2 and d.status = 1
        order by t.next_attempt_at limit $3
        "#,
        endpoint.0,
        now,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let mut page = OwedPage::default();
    let mut push = |event, position, attempts: i32, base: i32| {
        let delivery = DeliveryId { event: EventId(event), endpoint };
        let progress = Progress { attempts: attempts as u32, base: base as u32 };
        page.owed.push(Owed { delivery, position, progress, due: None });
    };
    let full_of_retries = due.len() as i64 == limit;
    for row in due {
        push(row.event_id, row.position, row.attempts, row.base);
    }
    if full_of_retries {
        page.next = Some(from);
        return Ok(page);
    }
    let waiting = sqlx::query!(
        r#"
        select event_id, position, attempts, base from deliveries
        where endpoint_id = $1 and position >= $2 and status = 0 order by position limit $3
        "#,
        endpoint.0,
        from,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let last = waiting.last().map(|row| row.position);
    let is_short = (waiting.len() as i64) < limit;
    for row in waiting {
        push(row.event_id, row.position, row.attempts, row.base);
    }
    page.next = last.filter(|_| !is_short).map(|last| last + 1);
    Ok(page)
}

/// By position, at most `limit`: what was never tried from `from` on, and every retry, due or not. In one statement,
/// so that what is tried for the first time meanwhile is there as the one or the other.
pub async fn owed_in_order(
    pool: &PgPool,
    endpoint: EndpointId,
    from: i64,
    limit: u32,
) -> Result<OwedPage, Error> {
    let rows = sqlx::query!(
        r#"
        with retries as materialized (
            select event_id, endpoint_id, next_attempt_at from troubled
            where endpoint_id = $1 and status = 1 order by position limit $3
        ), waiting as (
            select event_id, position, attempts, base from deliveries
            where endpoint_id = $1 and position >= $2 and status = 0 order by position limit $3
        )
        select event_id as "event_id!", position as "position!", attempts as "attempts!", base as "base!", due
        from (
            select d.event_id, d.position, d.attempts, d.base, r.next_attempt_at as due
            from retries r join deliveries d on d.event_id = r.event_id and d.endpoint_id = r.endpoint_id
            where d.status = 1
            union all select event_id, position, attempts, base, null from waiting
        ) owed
        order by position limit $3
        "#,
        endpoint.0,
        from,
        i64::from(limit),
    )
    .fetch_all(pool)
    .await?;
    let last = rows.last().map(|row| row.position).filter(|_| rows.len() as u64 >= u64::from(limit));
    let owed = rows.into_iter().map(|row| Owed {
        delivery: DeliveryId { event: EventId(row.event_id), endpoint },
        position: row.position,
        progress: Progress { attempts: row.attempts as u32, base: row.base as u32 },
        due: row.due,
    });
    Ok(OwedPage { owed: owed.collect(), next: last.map(|last| from.max(last + 1)) })
}

/// Of each of these endpoints the lowest position of what was never tried, or its `spill_from` where that is lower.
/// Looks at what was posted since the auditor's watermark: before it, only a spilling endpoint has such.
pub async fn lowest_pending(
    pool: &PgPool,
    endpoints: &[EndpointId],
) -> Result<HashMap<EndpointId, i64>, Error> {
    // Asked for first, so that the planner knows how little lies above it.
    let watermark =
        sqlx::query_scalar!(r#"select min(watermark) as "watermark!" from shards"#).fetch_one(pool).await?;
    let endpoints: Vec<Uuid> = endpoints.iter().map(|endpoint| endpoint.0).collect();
    let rows = sqlx::query!(
        r#"
        select endpoint_id as "endpoint_id!", min(position) as "position!" from (
            select endpoint_id, position from deliveries
            where event_id >= uuid_at($2) and endpoint_id = any($1) and status = 0
            union all select endpoint_id, spill_from from endpoint_state
            where endpoint_id = any($1) and spill_from is not null
        ) untried group by endpoint_id
        "#,
        &endpoints,
        watermark,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (EndpointId(row.endpoint_id), row.position)).collect())
}

/// How much each of these endpoints is owed: what was never tried from its position on, and retries due at `now`.
pub async fn count_owed(
    pool: &PgPool,
    from: &[(EndpointId, i64)],
    now: OffsetDateTime,
) -> Result<HashMap<EndpointId, u64>, Error> {
    let (endpoints, positions): (Vec<Uuid>, Vec<i64>) =
        from.iter().map(|&(endpoint, position)| (endpoint.0, position)).unzip();
    let rows = sqlx::query!(
        r#"
        select f.endpoint_id as "endpoint_id!",
            (select count(*) from deliveries d
                where d.endpoint_id = f.endpoint_id and d.position >= f.position and d.status = 0)
            + (select count(*) from troubled t
                where t.endpoint_id = f.endpoint_id and t.status = 1 and t.next_attempt_at <= $3) as "owed!"
        from unnest($1::uuid[], $2::bigint[]) as f (endpoint_id, position)
        "#,
        &endpoints,
        &positions,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (EndpointId(row.endpoint_id), row.owed as u64)).collect())
}
