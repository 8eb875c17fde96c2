//! Dead letters that become owed again.

use domain::id::{DeliveryId, EndpointId, EventId};
use domain::matching::Pattern;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Filter, Progress, Step, event_type};
use crate::ledger::Error;
use crate::ledger::admin::deliveries::revive;

/// Dead letters looked at in one step.
const CHUNK_ROWS: usize = 500;

/// The next chunk, and how far it came.
pub(super) async fn step(
    conn: &mut PgConnection,
    progress: &Progress,
    filter: &Filter,
    now: OffsetDateTime,
) -> Result<(Step, (Uuid, Uuid)), Error> {
    let chunk = next_chunk(conn, progress, filter).await?;
    let last = chunk.last().map_or(progress.after, |(id, _)| (id.event.0, id.endpoint.0));
    let chosen: Vec<DeliveryId> = chunk
        .iter()
        .filter(|(_, of)| {
            let wanted = |pattern: &Pattern| event_type(of).is_some_and(|of| pattern.matches(&of));
            filter.event.as_ref().is_none_or(wanted)
        })
        .map(|(id, _)| *id)
        .collect();
    let owed = revive(conn, &chosen, now).await?;
    let finished = chunk.len() < CHUNK_ROWS;
    let step = Step { seen: chunk.len() as u64, made: owed.len() as u64, owed, finished, ..Step::default() };
    Ok((step, last))
}

async fn next_chunk(
    conn: &mut PgConnection,
    progress: &Progress,
    filter: &Filter,
) -> Result<Vec<(DeliveryId, String)>, Error> {
    let rows = sqlx::query!(
        "select event_id, endpoint_id, type from troubled
         where tenant = $1 and status = 3 and (event_id, endpoint_id) > ($2, $3) and event_id >= $4
           and event_id < $5 and ($6::uuid is null or endpoint_id = $6)
           and ($8::smallint is null or reason = $8)
         order by event_id, endpoint_id limit $7",
        progress.tenant,
        progress.after.0,
        progress.after.1,
        filter.made().from(),
        filter.made().below(),
        filter.webhook_id.map(|endpoint| endpoint.0),
        CHUNK_ROWS as i64,
        filter.dead_reason.map(|reason| reason as i16),
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| {
        let id = DeliveryId { event: EventId(row.event_id), endpoint: EndpointId(row.endpoint_id) };
        (id, row.r#type)
    });
    Ok(read.collect())
}
