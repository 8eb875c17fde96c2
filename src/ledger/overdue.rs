//! What is owed for too long: the auditor's look at the ledger.

use domain::id::EndpointId;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

/// Endpoints owed something by events made before `before` that never was tried (the lowest position), or a
/// retry due before then (`None`). Endpoints that read from the ledger anyhow are left out of the first.
///
/// Costs a look at what was posted since the watermark, which moves up to the oldest of what was found.
pub async fn overdue(pool: &PgPool, before: OffsetDateTime) -> Result<Vec<(EndpointId, Option<i64>)>, Error> {
    let untried = sqlx::query!(
        r#"
        select d.endpoint_id, min(d.position) as "position!", min(made_at(d.event_id)) as "oldest!"
        from deliveries d left join endpoint_state s on s.endpoint_id = d.endpoint_id
        where d.event_id >= uuid_at((select min(watermark) from shards)) and d.event_id < uuid_at($1)
            and d.status = 0 and s.spill_from is null
        group by d.endpoint_id
        "#,
        before,
    )
    .fetch_all(pool)
    .await?;
    let settled = untried.iter().map(|row| row.oldest).min().unwrap_or(before);
    sqlx::query!("update shards set watermark = $1 where watermark < $1", settled).execute(pool).await?;
    let retries = sqlx::query_scalar!(
        "select distinct endpoint_id from troubled where status = 1 and next_attempt_at < $1",
        before,
    )
    .fetch_all(pool)
    .await?;
    let untried = untried.into_iter().map(|row| (EndpointId(row.endpoint_id), Some(row.position)));
    Ok(untried.chain(retries.into_iter().map(|endpoint| (EndpointId(endpoint), None))).collect())
}
