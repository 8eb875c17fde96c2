//! What was noted at a time that has not come yet: by a node whose clock was ahead of what it is now.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::id::EndpointId;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Error, Ledger};

/// Clocks of nodes differ, and are corrected all the time, by less.
pub const SLACK: Duration = Duration::from_secs(2);
/// Endpoints looked up, and retries changed, in one statement.
const PIECE: i64 = 1000;

/// The endpoints that have retries or dead letters, after this one, in order: the next of them. None are left after the last.
pub async fn troubled(ledger: &Ledger, after: Option<EndpointId>) -> Result<Vec<EndpointId>, Error> {
    let found = async {
        // Each is looked up from the one before: it costs as much as there are endpoints, not rows.
        let ids = sqlx::query_scalar!(
            r#"
            with recursive found as (
                (select endpoint_id from troubled where endpoint_id > $1 order by endpoint_id limit 1)
                union all
                select (select t.endpoint_id from troubled t where t.endpoint_id > f.endpoint_id
                        order by t.endpoint_id limit 1)
                from found f where f.endpoint_id is not null
            )
            select endpoint_id as "endpoint_id!" from found where endpoint_id is not null limit $2
            "#,
            after.map_or(Uuid::nil(), |id| id.0),
            PIECE,
        )
        .fetch_all(&ledger.pool)
        .await?;
        Ok(ids.into_iter().map(EndpointId).collect())
    };
    ledger.await_call(found).await
}

/// Has the retries of these endpoints that were noted later than `now` wait from now on for as long as they were to wait
/// then. Answers with those that had some.
pub async fn draw_nearer(
    ledger: &Ledger,
    endpoints: &[EndpointId],
    now: OffsetDateTime,
) -> Result<BTreeSet<EndpointId>, Error> {
    let endpoints: Vec<Uuid> = endpoints.iter().map(|id| id.0).collect();
    let mut drawn = BTreeSet::new();
    loop {
        let piece = ledger.await_call(piece(&ledger.pool, &endpoints, now)).await?;
        drawn.extend(piece.iter().copied().map(EndpointId));
        if piece.len() < PIECE as usize {
            return Ok(drawn);
        }
    }
}

/// Answers with whose each of the retries is that it changed.
async fn piece(pool: &PgPool, endpoints: &[Uuid], now: OffsetDateTime) -> Result<Vec<Uuid>, Error> {
    let changed = sqlx::query_scalar!(
        r#"
        with ahead as materialized (
            select t.event_id, t.endpoint_id, t.next_attempt_at - d.updated_at as wait
            from troubled t join deliveries d on d.event_id = t.event_id and d.endpoint_id = t.endpoint_id
            where t.endpoint_id = any($1) and t.status = 1 and t.next_attempt_at > $2 and d.updated_at > $3
            limit $4
        ), noted as (
            -- Before the other table, as who records does.
            update deliveries d set updated_at = $2 from ahead a
            where d.event_id = a.event_id and d.endpoint_id = a.endpoint_id and d.status = 1 and d.updated_at > $3
            returning d.event_id, d.endpoint_id, a.wait
        )
        update troubled t set next_attempt_at = $2::timestamptz + n.wait from noted n
        where t.event_id = n.event_id and t.endpoint_id = n.endpoint_id and t.status = 1
        returning t.endpoint_id
        "#,
        endpoints,
        now,
        now + SLACK,
        PIECE,
    )
    .fetch_all(pool)
    .await?;
    Ok(changed)
}
