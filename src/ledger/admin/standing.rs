//! How an endpoint stands: what the recorder noted of it, who runs it, and what waits.

use domain::endpoint::Status;
use domain::id::{EndpointId, Shard};
use domain::lease::NodeId;
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::ledger::Error;

/// Deliveries that are looked at to count those that wait, of each sort.
const WAITING_ROWS: i64 = 10_000;

#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub status: Status,
    pub consecutive_failures: u32,
    pub failing_since: Option<OffsetDateTime>,
    pub breaker_until: Option<OffsetDateTime>,
    pub hold_until: Option<OffsetDateTime>,
    /// Exact up to [`WAITING_ROWS`] of each sort.
    pub waiting: u64,
    pub next_attempt_at: Option<OffsetDateTime>,
    pub owner: Option<NodeId>,
    /// Its owner's name.
    pub node: Option<String>,
}

/// `None`: there is no such endpoint of this tenant.
pub async fn standing(
    pool: &PgPool,
    tenant: &TenantId,
    id: EndpointId,
    shard: Shard,
) -> Result<Option<Standing>, Error> {
    let row = sqlx::query!(
        r#"
        select e.status, coalesce(s.consecutive_failures, 0) as "consecutive_failures!", s.failing_since as "failing_since?",
            s.breaker_until as "breaker_until?", s.hold_until as "hold_until?", backlog(e.id, $3) as "waiting!",
            (select min(t.next_attempt_at) from troubled t where t.endpoint_id = e.id and t.status = 1) as next_attempt_at,
            o.owner as "owner?", o.node as "node?"
        from endpoints e
            left join endpoint_state s on s.endpoint_id = e.id
            left join shards o on o.shard = $4 and o.expires_at > now()
        where e.id = $1 and e.tenant = $2 and e.deleted_at is null
        "#,
        id.0,
        tenant.as_str(),
        WAITING_ROWS,
        shard.0 as i16,
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Standing {
            status: Status::from_number(row.status).ok_or(Error::Unreadable("endpoint status"))?,
            consecutive_failures: row.consecutive_failures as u32,
            failing_since: row.failing_since,
            breaker_until: row.breaker_until,
            hold_until: row.hold_until,
            waiting: row.waiting as u64,
            next_attempt_at: row.next_attempt_at,
            owner: row.owner.map(NodeId),
            node: row.node,
        })
    })
    .transpose()
}
