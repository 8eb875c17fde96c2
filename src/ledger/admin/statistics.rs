//! What attempts came to, as the API shows it: from the roll-up by hours alone, never from deliveries.

use std::collections::HashMap;

use domain::counts::Counts;
use domain::endpoint::Status;
use domain::histogram::Histogram;
use domain::id::EndpointId;
use domain::outcome::Outcome;
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::ledger::Error;

/// Deliveries of an endpoint that are looked at to count those that wait, of each sort.
pub const BACKLOG_ROWS: i64 = 5_000;

/// What endpoints are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Attempts that failed.
    Failures,
    /// The mean time of an attempt.
    Latency,
    /// What waits.
    Backlog,
}

impl By {
    pub const ALL: [Self; 3] = [Self::Failures, Self::Latency, Self::Backlog];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Latency => "latency",
            Self::Backlog => "backlog",
        }
    }
}

/// An endpoint in a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    pub id: EndpointId,
    pub name: String,
    pub status: Status,
    pub counts: Counts,
    /// Exact up to [`BACKLOG_ROWS`] of each sort.
    pub queued: u64,
}

/// Counts as they are stored.
pub(super) fn counts(outcomes: Vec<i32>, duration_ms: i64, durations: Vec<i32>) -> Counts {
    let mut counts = Counts { duration_ms: duration_ms as u64, ..Counts::default() };
    counts.outcomes.iter_mut().zip(outcomes).for_each(|(count, of)| *count = of as u64);
    counts.durations = histogram(durations);
    counts
}

pub(super) fn histogram(counts: Vec<i32>) -> Histogram {
    Histogram::of_counts(counts.into_iter().map(|count| count as u64))
}

/// An endpoint's counts by hour, oldest first; hours without attempts are left out.
pub async fn by_hour(
    pool: &PgPool,
    endpoint: EndpointId,
    since: OffsetDateTime,
) -> Result<Vec<(OffsetDateTime, Counts)>, Error> {
    let rows = sqlx::query!(
        "select hour, outcomes, duration_ms, durations from endpoint_hours
         where endpoint_id = $1 and hour >= $2 order by hour",
        endpoint.0,
        since,
    )
    .fetch_all(pool)
    .await?;
    let read = rows.into_iter().map(|row| (row.hour, counts(row.outcomes, row.duration_ms, row.durations)));
    Ok(read.collect())
}

/// What came of an endpoint's attempts in the hour that this instant begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    pub hour: OffsetDateTime,
    pub attempts: u64,
    pub failures: u64,
    pub duration_ms: u64,
}

/// The hours of each of these endpoints, oldest first.
pub async fn tried(
    pool: &PgPool,
    endpoints: &[EndpointId],
    since: OffsetDateTime,
) -> Result<HashMap<EndpointId, Vec<Tried>>, Error> {
    let ids: Vec<Uuid> = endpoints.iter().map(|endpoint| endpoint.0).collect();
    let rows = sqlx::query!(
        r#"select endpoint_id, hour, duration_ms, outcomes[1] as "succeeded!",
               (select sum(count) from unnest(outcomes) count) as "attempts!"
           from endpoint_hours where endpoint_id = any($1) and hour >= $2 order by endpoint_id, hour"#,
        &ids,
        since,
    )
    .fetch_all(pool)
    .await?;
    let mut tried: HashMap<EndpointId, Vec<Tried>> = HashMap::new();
    for row in rows {
        let (attempts, succeeded) = (row.attempts as u64, row.succeeded as u64);
        tried.entry(EndpointId(row.endpoint_id)).or_default().push(Tried {
            hour: row.hour,
            attempts,
            failures: attempts.saturating_sub(succeeded),
            duration_ms: row.duration_ms as u64,
        });
    }
    Ok(tried)
}

/// The first of the tenant's endpoints by what they are ranked by; one of which there is nothing is left out.
pub async fn top(
    pool: &PgPool,
    tenant: &TenantId,
    by: By,
    since: OffsetDateTime,
    limit: usize,
) -> Result<Vec<Ranked>, Error> {
    let ids = match by {
        By::Failures | By::Latency => {
            by_attempts(pool, tenant, by == By::Failures, since, limit as i64).await?
        }
        By::Backlog => by_backlog(pool, tenant, limit as i64).await?,
    };
    let mut counts = added_up(pool, &ids, since).await?;
    let rows = sqlx::query!(
        r#"select e.id, e.name, e.status, backlog(e.id, $2) as "queued!"
           from unnest($1::uuid[]) with ordinality as w (id, place) join endpoints e on e.id = w.id
           order by w.place"#,
        &ids,
        BACKLOG_ROWS,
    )
    .fetch_all(pool)
    .await?;
    let ranked = rows.into_iter().map(|row| {
        Ok(Ranked {
            id: EndpointId(row.id),
            name: row.name,
            status: Status::from_number(row.status).ok_or(Error::Unreadable("endpoint status"))?,
            counts: counts.remove(&row.id).unwrap_or_default(),
            queued: row.queued as u64,
        })
    });
    ranked.collect()
}

async fn by_attempts(
    pool: &PgPool,
    tenant: &TenantId,
    is_by_failures: bool,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        r#"
        select id as "id!" from (
            select h.endpoint_id as id, sum(h.duration_ms) as duration_ms, sum(outcomes[1]) as succeeded,
                -- One by one: unnesting each row took four times as long.
                sum(outcomes[1] + outcomes[2] + outcomes[3] + outcomes[4] + outcomes[5] + outcomes[6]
                    + outcomes[7]) as attempts
            from endpoint_hours h join endpoints e on e.id = h.endpoint_id and e.deleted_at is null
            where h.tenant = $1 and h.hour >= $2 group by h.endpoint_id
        ) summed
        where attempts > 0 and (not $3 or attempts > succeeded)
        order by case when $3 then attempts - succeeded else duration_ms / attempts end desc, id limit $4
        "#,
        tenant.as_str(),
        since,
        is_by_failures,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

async fn by_backlog(pool: &PgPool, tenant: &TenantId, limit: i64) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        r#"
        -- Materialized: else each is counted twice, for the condition and for the order.
        with counted as materialized (
            select id, backlog(id, $2) as waiting from endpoints where tenant = $1 and deleted_at is null
        )
        select id as "id!" from counted
        where waiting > 0 order by waiting desc, id limit $3
        "#,
        tenant.as_str(),
        BACKLOG_ROWS,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// [`by_attempts`] adds up so many.
const _: () = assert!(Outcome::ALL.len() == 7, "name every outcome there");

/// The counts of each of these endpoints.
async fn added_up(
    pool: &PgPool,
    endpoints: &[Uuid],
    since: OffsetDateTime,
) -> Result<HashMap<Uuid, Counts>, Error> {
    let rows = sqlx::query!(
        "select endpoint_id, outcomes, duration_ms, durations from endpoint_hours
         where endpoint_id = any($1) and hour >= $2",
        endpoints,
        since,
    )
    .fetch_all(pool)
    .await?;
    let mut summed: HashMap<Uuid, Counts> = HashMap::new();
    for row in rows {
        let of_hour = counts(row.outcomes, row.duration_ms, row.durations);
        summed.entry(row.endpoint_id).or_default().merge(&of_hour);
    }
    Ok(summed)
}
