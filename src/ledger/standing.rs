//! Where deliveries stand, for what comes from the queue a second time.

use std::collections::HashMap;

use actors::ports::Standing;
use domain::delivery::{Progress, Status};
use domain::id::{DeliveryId, EndpointId, EventId};
use sqlx::PgPool;
use uuid::Uuid;

use super::Error;

pub async fn standing(
    pool: &PgPool,
    deliveries: &[DeliveryId],
) -> Result<HashMap<DeliveryId, Standing>, Error> {
    let events: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.event.0).collect();
    let endpoints: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.endpoint.0).collect();
    let rows = sqlx::query!(
        r#"
        select d.event_id, d.endpoint_id, d.position, d.status, d.attempts, d.base
        from unnest($1::uuid[], $2::uuid[]) as asked (event_id, endpoint_id)
            join deliveries d on d.event_id = asked.event_id and d.endpoint_id = asked.endpoint_id
        "#,
        &events,
        &endpoints,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let delivery = DeliveryId { event: EventId(row.event_id), endpoint: EndpointId(row.endpoint_id) };
            let status = Status::from_number(row.status).ok_or(Error::Unreadable("delivery status"))?;
            let progress = Progress { attempts: row.attempts as u32, base: row.base as u32 };
            Ok((delivery, Standing { status, position: row.position, progress }))
        })
        .collect()
}
