//! A tenant at a glance: what was accepted and what came of it by hours, what waits, what is dead.

use domain::counts::Counts;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::statistics::{counts, histogram};
use crate::ledger::Error;

/// Endpoints whose waiting deliveries are counted …
const ENDPOINTS_MAX: i64 = 1_000;
/// … and rows of each that are looked at for it.
const WAITING_ROWS: i64 = 1_000;
/// Dead letters that are counted.
pub const DEAD_MAX: i64 = 100_000;
/// Groups of dead letters that are told of.
pub const GROUPS_MAX: i64 = 100;

/// What happened in the hour that this instant begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Hour {
    pub hour: OffsetDateTime,
    pub accepted: u64,
    pub counts: Counts,
}

/// Oldest first; hours in which nothing happened are left out.
pub async fn by_hour(pool: &PgPool, tenant: &TenantId, since: OffsetDateTime) -> Result<Vec<Hour>, Error> {
    let rows = sqlx::query!(
        "select hour, accepted, outcomes, duration_ms, durations, lags from tenant_hours
         where tenant = $1 and hour >= $2 order by hour",
        tenant.as_str(),
        since,
    )
    .fetch_all(pool)
    .await?;
    let read = rows.into_iter().map(|row| Hour {
        hour: row.hour,
        accepted: row.accepted as u64,
        counts: Counts { lags: histogram(row.lags), ..counts(row.outcomes, row.duration_ms, row.durations) },
    });
    Ok(read.collect())
}

/// How things stand now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Exact up to so many of each endpoint, and so many endpoints.
    pub waiting: u64,
    /// Exact up to [`DEAD_MAX`].
    pub dead: u64,
}

pub async fn standing(pool: &PgPool, tenant: &TenantId) -> Result<Standing, Error> {
    let row = sqlx::query!(
        r#"
        select (select coalesce(sum(backlog(id, $2)), 0)::bigint from (
                select id from endpoints where tenant = $1 and deleted_at is null order by id limit $3) e) as "waiting!",
            (select count(*) from (
                select from troubled where tenant = $1 and status = 3 limit $4) t) as "dead!"
        "#,
        tenant.as_str(),
        WAITING_ROWS,
        ENDPOINTS_MAX,
        DEAD_MAX,
    )
    .fetch_one(pool)
    .await?;
    Ok(Standing { waiting: row.waiting as u64, dead: row.dead as u64 })
}

/// Dead letters of one endpoint that are so for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub endpoint: EndpointId,
    /// Of one that is gone, none.
    pub name: Option<String>,
    pub reason: Option<i16>,
    pub count: u64,
    /// When the newest of its events was accepted.
    pub newest_at: OffsetDateTime,
}

/// The largest groups first, and whether these are all dead letters there are.
pub async fn groups(pool: &PgPool, tenant: &TenantId) -> Result<(Vec<Group>, bool), Error> {
    let rows = sqlx::query!(
        r#"
        with dead as (
            select endpoint_id, reason, event_id from troubled where tenant = $1 and status = 3
            order by event_id desc limit $2
        ), grouped as (
            select endpoint_id, reason, count(*) as count, max(made_at(event_id)) as newest_at
            from dead group by endpoint_id, reason
        )
        select g.endpoint_id as "endpoint!", e.name as "name?", g.reason, g.count as "count!", g.newest_at as "newest_at!",
            (select count(*) from dead) as "looked_at!"
        from grouped g left join endpoints e on e.id = g.endpoint_id
        order by g.count desc, g.endpoint_id, g.reason limit $3
        "#,
        tenant.as_str(),
        DEAD_MAX,
        GROUPS_MAX,
    )
    .fetch_all(pool)
    .await?;
    let told: i64 = rows.iter().map(|row| row.count).sum();
    let is_complete = rows.first().is_none_or(|row| row.looked_at < DEAD_MAX && row.looked_at == told);
    let groups = rows.into_iter().map(|row| Group {
        endpoint: EndpointId(row.endpoint),
        name: row.name,
        reason: row.reason,
        count: row.count as u64,
        newest_at: row.newest_at,
    });
    Ok((groups.collect(), is_complete))
}
