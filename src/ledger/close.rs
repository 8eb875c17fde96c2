//! The end of everything an endpoint is owed: when it is deleted, disabled or given up.
//!
//! Who acts: whoever ended it, after the end is committed. Promises: nothing is closed of an endpoint that is not ended
//! at that moment, so that nothing new is lost where it is active again meanwhile; nobody's locks are held for longer
//! than one piece takes. Leaves out: what a crash leaves of it, and what a running publish still posts: the endpoint's
//! actor closes that, one by one.

use std::time::Duration;

use domain::delivery::{Reason, Status};
use domain::id::EndpointId;
use sqlx::{PgConnection, PgPool};
use tracing::Instrument as _;

use super::Error;
use crate::metrics;

/// Positions looked at in one statement.
const PIECE: i64 = 5_000;
/// For one piece.
const PIECE_TIME: Duration = Duration::from_mins(1);
/// An answer waits so long for what is closed; after that it goes on behind it.
const MOMENT: Duration = Duration::from_secs(5);

/// What was closed, and where the last piece began: below it nothing is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closed {
    pub deliveries: u64,
    pub below: i64,
}

/// Closes what endpoints that have ended are owed. Answers whether it was done in a moment; if not, it goes on.
pub async fn close_soon(pool: &PgPool, endpoints: Vec<EndpointId>, reason: Reason) -> bool {
    let pool = pool.clone();
    let closing = async move {
        let mut whole = true;
        for endpoint in endpoints {
            match close_in_pieces(&pool, endpoint, reason).await {
                Ok(Closed { deliveries: 0, .. }) => {}
                Ok(Closed { deliveries, .. }) => {
                    tracing::info!(%endpoint, %reason, deliveries, "what an endpoint was owed is closed");
                }
                Err(error) => {
                    tracing::warn!(%endpoint, %error, "what an endpoint was owed is left to its actor");
                    whole = false;
                }
            }
        }
        whole
    };
    let closing = tokio::spawn(closing.in_current_span());
    tokio::time::timeout(MOMENT, closing).await.is_ok_and(|ended| ended.unwrap_or(false))
}

/// Closes what an endpoint that has ended is owed, as dead letters or skipped, as the reason says: in pieces that each
/// are a transaction, for it may be very much.
pub async fn close_in_pieces(pool: &PgPool, endpoint: EndpointId, reason: Reason) -> Result<Closed, Error> {
    let mut closed = Closed::default();
    loop {
        let piece = close_piece(pool, endpoint, reason, closed.below);
        let piece = tokio::time::timeout(PIECE_TIME, piece).await;
        let (deliveries, next) = piece.map_err(|_| Error::silent(PIECE_TIME))??;
        closed.deliveries += deliveries;
        match next {
            Some(next) => closed.below = next,
            None => return Ok(closed),
        }
    }
}

/// Answers with how much it was, and where the next piece begins.
async fn close_piece(
    pool: &PgPool,
    endpoint: EndpointId,
    reason: Reason,
    from: i64,
) -> Result<(u64, Option<i64>), Error> {
    let mut connection = pool.acquire().await?;
    let below = sqlx::query_scalar!(
        "select position from deliveries where endpoint_id = $1 and position >= $2
         order by position offset $3 limit 1",
        endpoint.0,
        from,
        PIECE,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let closed = close_between(&mut connection, endpoint, reason, from, below.unwrap_or(i64::MAX)).await?;
    Ok((closed, below))
}

/// Within a transaction of the caller's: for the little that came since [`close_in_pieces`].
pub async fn close_from(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    reason: Reason,
    from: i64,
) -> Result<u64, Error> {
    close_between(connection, endpoint, reason, from, i64::MAX).await
}

async fn close_between(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    reason: Reason,
    from: i64,
    below: i64,
) -> Result<u64, Error> {
    let status = reason.ends_in();
    // One statement sees one moment: what is posted to an endpoint that is active again is not in it.
    let closed = sqlx::query_scalar!(
        r#"
        with closed as (
            update deliveries set status = $2, reason = $3, updated_at = now()
            where endpoint_id = $1 and status in (0, 1) and position >= $5 and position < $6
                and exists (select from endpoints p where p.id = $1
                    and (p.status in (2, 3) or p.deleted_at is not null))
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
    metrics::closed(reason, closed as u64);
    Ok(closed as u64)
}
