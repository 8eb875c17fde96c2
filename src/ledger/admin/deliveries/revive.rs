//! Dead letters that are owed again.

use actors::ports::Reference;
use domain::id::{DeliveryId, EndpointId, EventId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::ledger::Error;

/// A fresh set of attempts, due now, for each that is still dead, whose payload is still there, and whose endpoint may
/// be owed something: those made so far count as the base, and numbers go on.
pub async fn revive(
    conn: &mut PgConnection,
    ids: &[DeliveryId],
    now: OffsetDateTime,
) -> Result<Vec<Reference>, Error> {
    let (events, endpoints): (Vec<Uuid>, Vec<Uuid>) =
        ids.iter().map(|id| (id.event.0, id.endpoint.0)).unzip();
    let rows = sqlx::query!(
        r#"with wanted as (
               select d.event_id, d.endpoint_id from deliveries d
               join unnest($1::uuid[], $2::uuid[]) as w (event_id, endpoint_id)
                   on w.event_id = d.event_id and w.endpoint_id = d.endpoint_id
               join endpoints p on p.id = d.endpoint_id and p.status in (0, 1) and p.deleted_at is null
               join events e on e.id = d.event_id and e.data is not null
               where d.status = 3 order by d.event_id, d.endpoint_id for update of d
           ), revived as (
               update deliveries d set status = 1, reason = null, base = attempts, updated_at = $3
               from wanted w where d.event_id = w.event_id and d.endpoint_id = w.endpoint_id
               returning d.event_id, d.endpoint_id, d.position, d.attempts
           ), due as (
               insert into troubled (event_id, endpoint_id, tenant, type, position, status, attempts,
                   next_attempt_at, since)
               select r.event_id, r.endpoint_id, e.tenant, e.type, r.position, 1, r.attempts, $3, $3
               from revived r join events e on e.id = r.event_id order by r.event_id, r.endpoint_id
               on conflict (event_id, endpoint_id) do update set status = 1, reason = null,
                   attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at
           )
           select event_id as "event!", endpoint_id as "endpoint!", position as "position!",
               attempts as "attempts!" from revived order by position"#,
        &events,
        &endpoints,
        now,
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| Reference {
        delivery: DeliveryId { event: EventId(row.event), endpoint: EndpointId(row.endpoint) },
        position: row.position,
        number: row.attempts as u32 + 1,
    });
    Ok(read.collect())
}
