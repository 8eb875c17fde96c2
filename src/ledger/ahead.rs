//! What was noted at a time that has not come yet: by a node whose clock was ahead of what it is now.

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

/// The endpoints that failed later than `now`, after this one, in order; fewer than [`PIECE`] are the last.
pub async fn endpoints(
    ledger: &Ledger,
    after: Option<EndpointId>,
    now: OffsetDateTime,
) -> Result<Vec<EndpointId>, Error> {
    let found = async {
        let ids = sqlx::query_scalar!(
            "select endpoint_id from endpoint_state where last_failure_at > $1 and endpoint_id > $2
             order by endpoint_id limit $3",
            now + SLACK,
            after.map_or(Uuid::nil(), |id| id.0),
            PIECE,
        )
        .fetch_all(&ledger.pool)
        .await?;
        Ok(ids.into_iter().map(EndpointId).collect())
    };
    ledger.await_call(found).await
}

/// Has the endpoint's retries that were noted later than `now` wait from now on for as long as they were to wait then.
pub async fn draw_nearer(ledger: &Ledger, endpoint: EndpointId, now: OffsetDateTime) -> Result<(), Error> {
    while ledger.await_call(piece(&ledger.pool, endpoint, now)).await? == PIECE as u64 {}
    let noted = async {
        sqlx::query!(
            "update endpoint_state set last_failure_at = $2 where endpoint_id = $1 and last_failure_at > $2",
            endpoint.0,
            now,
        )
        .execute(&ledger.pool)
        .await?;
        Ok(())
    };
    ledger.await_call(noted).await
}

async fn piece(pool: &PgPool, endpoint: EndpointId, now: OffsetDateTime) -> Result<u64, Error> {
    let changed = sqlx::query!(
        r#"
        with ahead as materialized (
            select t.event_id, t.next_attempt_at - d.updated_at as wait
            from troubled t join deliveries d on d.event_id = t.event_id and d.endpoint_id = t.endpoint_id
            where t.endpoint_id = $1 and t.status = 1 and t.next_attempt_at > $2 and d.updated_at > $3
            limit $4
        ), noted as (
            -- Before the other table, as who records does.
            update deliveries d set updated_at = $2 from ahead a
            where d.event_id = a.event_id and d.endpoint_id = $1 and d.status = 1 and d.updated_at > $3
            returning d.event_id, a.wait
        )
        update troubled t set next_attempt_at = $2::timestamptz + n.wait from noted n
        where t.event_id = n.event_id and t.endpoint_id = $1 and t.status = 1
        "#,
        endpoint.0,
        now,
        now + SLACK,
        PIECE,
    )
    .execute(pool)
    .await?;
    Ok(changed.rows_affected())
}
