//! What is owed for too long: the auditor's look at the ledger.

use std::time::Duration;

use domain::id::EndpointId;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

/// What a batch may take from the time in its events' ids to its commit.
const COMMIT: Duration = Duration::from_secs(60);
/// The time that one statement looks over.
const SLICE: Duration = Duration::from_hours(1);

/// Endpoints owed something by events made before `before` that never was tried (the lowest position), or a
/// retry due before then (`None`). What a spilling endpoint reads by itself is left out.
///
/// Costs a look at what was posted since the watermark, which moves up to the oldest of what was found.
pub async fn overdue(pool: &PgPool, before: OffsetDateTime) -> Result<Vec<(EndpointId, Option<i64>)>, Error> {
    let retries = sqlx::query_scalar!(
        "select distinct endpoint_id from troubled where status = 1 and next_attempt_at < $1",
        before,
    )
    .fetch_all(pool)
    .await?;
    let mut found: Vec<_> = retries.into_iter().map(|endpoint| (EndpointId(endpoint), None)).collect();
    let seen = sqlx::query!(
        r#"select min(watermark) as "watermark!", sum(lowered)::bigint as "lowered!" from shards"#
    )
    .fetch_one(pool)
    .await?;
    let mut settled = before - COMMIT;
    let mut from = seen.watermark;
    while from < before {
        let to = before.min(from + SLICE);
        let rows = sqlx::query!(
            r#"
            select d.endpoint_id, min(d.position) as "position!", min(made_at(d.event_id)) as "oldest!"
            from deliveries d left join endpoint_state s on s.endpoint_id = d.endpoint_id
            where d.event_id >= uuid_at($1) and d.event_id < uuid_at($2)
                and d.status = 0 and (s.spill_from is null or d.position < s.spill_from)
            group by d.endpoint_id
            "#,
            from,
            to,
        )
        .fetch_all(pool)
        .await?;
        for row in rows {
            settled = settled.min(row.oldest);
            found.push((EndpointId(row.endpoint_id), Some(row.position)));
        }
        from = to;
    }
    sqlx::query!(
        "update shards set watermark = $1
         where watermark < $1 and (select sum(lowered)::bigint from shards) = $2",
        settled,
        seen.lowered,
    )
    .execute(pool)
    .await?;
    Ok(found)
}
