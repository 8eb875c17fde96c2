//! The end of everything an endpoint is owed: when it is deleted, disabled or given up.

use domain::delivery::{Reason, Status};
use domain::id::EndpointId;
use sqlx::{PgConnection, PgPool};

use super::Error;

/// Positions looked at in one statement.
const PIECE: i64 = 5_000;

/// Closes what an endpoint is owed: dead letters, or skipped, as the reason says. Belongs into the transaction
/// that ends the endpoint; what a running publish still posts is closed by the endpoint's actor.
pub async fn close_owed(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    reason: Reason,
) -> Result<u64, Error> {
    close_between(connection, endpoint, reason, 0, i64::MAX).await
}

/// The same in pieces that each are a transaction, for an endpoint that may be owed very much.
pub async fn close_in_pieces(pool: &PgPool, endpoint: EndpointId, reason: Reason) -> Result<u64, Error> {
    let mut connection = pool.acquire().await?;
    let (mut from, mut closed) = (0, 0);
    loop {
        let below = sqlx::query_scalar!(
            "select position from deliveries where endpoint_id = $1 and position >= $2
             order by position offset $3 limit 1",
            endpoint.0,
            from,
            PIECE,
        )
        .fetch_optional(&mut *connection)
        .await?;
        closed += close_between(&mut connection, endpoint, reason, from, below.unwrap_or(i64::MAX)).await?;
        match below {
            Some(below) => from = below,
            None => return Ok(closed),
        }
    }
}

async fn close_between(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    reason: Reason,
    from: i64,
    below: i64,
) -> Result<u64, Error> {
    let status = reason.ends_in();
    let closed = sqlx::query_scalar!(
        r#"
        with closed as (
            update deliveries set status = $2, reason = $3, updated_at = now()
            where endpoint_id = $1 and status in (0, 1) and position >= $5 and position < $6
            returning event_id, endpoint_id, position, attempts
        ), dead as (
            insert into troubled (event_id, endpoint_id, tenant, type, position, status, reason, attempts)
            select c.event_id, c.endpoint_id, e.tenant, e.type, c.position, $2, $3, c.attempts
            from closed c join events e on e.id = c.event_id where $4
            on conflict (event_id, endpoint_id) do update
                set status = excluded.status, reason = excluded.reason, next_attempt_at = null
        ), skipped as (
            delete from troubled t using closed c
            where not $4 and t.event_id = c.event_id and t.endpoint_id = c.endpoint_id
        )
        select count(*) as "closed!" from closed
        "#,
        endpoint.0,
        status as i16,
        reason as i16,
        status == Status::Dead,
        from,
        below,
    )
    .fetch_one(connection)
    .await?;
    Ok(closed as u64)
}
