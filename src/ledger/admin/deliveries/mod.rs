//! Deliveries, as they stand.

mod list;
mod retry;
mod revive;
mod walk;

use domain::attempt::AttemptRecord;
use domain::delivery::{Reason, Status};
use domain::event::public_id;
use domain::id::{DeliveryId, EndpointId, EventId};
use domain::tenant::TenantId;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub use list::{Cursor, Filter, Page, list, of_event};
pub use retry::{Retried, retry};
pub(super) use revive::revive;

use super::event_type;
use crate::ledger::Error;

/// Attempts after the first that are shown of one delivery, the newest.
const ATTEMPTS_MAX: i64 = 100;

#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    /// The producer's own id of the event, or ours.
    pub event_id: String,
    pub event_type: String,
    pub status: Status,
    pub reason: Option<Reason>,
    pub attempts: u32,
    pub response_status: Option<u16>,
    pub error: Option<String>,
    pub updated_at: Option<OffsetDateTime>,
    pub delivered_at: Option<OffsetDateTime>,
    pub next_attempt_at: Option<OffsetDateTime>,
}

/// A delivery with all that is known of it.
#[derive(Debug, Clone)]
pub struct Detail {
    pub delivery: Delivery,
    /// Oldest first: the first one, and of those after it the newest [`ATTEMPTS_MAX`].
    pub attempts: Vec<AttemptRecord>,
    /// The request's body, the same at every attempt; `None`: it is not kept any more.
    pub body: Option<Vec<u8>>,
}

struct Row {
    event_id: Uuid,
    endpoint_id: Uuid,
    status: i16,
    reason: Option<i16>,
    attempts: i32,
    response_status: Option<i16>,
    error: Option<String>,
    updated_at: Option<OffsetDateTime>,
    delivered_at: Option<OffsetDateTime>,
    next_attempt_at: Option<OffsetDateTime>,
    key: Option<String>,
    r#type: String,
}

impl TryFrom<Row> for Delivery {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let event = EventId(row.event_id);
        let reason = row.reason.map(|number| Reason::from_number(number).ok_or(Error::Unreadable("reason")));
        Ok(Self {
            id: DeliveryId { event, endpoint: EndpointId(row.endpoint_id) },
            event_id: public_id(event, row.key.as_deref()),
            event_type: row.r#type,
            status: Status::from_number(row.status).ok_or(Error::Unreadable("delivery status"))?,
            reason: reason.transpose()?,
            attempts: row.attempts as u32,
            response_status: row.response_status.map(|status| status as u16),
            error: row.error,
            updated_at: row.updated_at,
            delivered_at: row.delivered_at,
            next_attempt_at: row.next_attempt_at,
        })
    }
}

/// These deliveries, in this order; one that is gone is left out.
async fn by_ids(ledger: impl PgExecutor<'_>, ids: &[DeliveryId]) -> Result<Vec<Delivery>, Error> {
    let (events, endpoints): (Vec<Uuid>, Vec<Uuid>) =
        ids.iter().map(|id| (id.event.0, id.endpoint.0)).unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"select d.event_id, d.endpoint_id, d.status, d.reason, d.attempts, d.response_status, d.error,
               d.updated_at, d.delivered_at, e.key, e.type,
               case when d.status = 1 then t.next_attempt_at end as "next_attempt_at?"
           from unnest($1::uuid[], $2::uuid[]) with ordinality as w (event_id, endpoint_id, ordinal)
           join deliveries d on d.event_id = w.event_id and d.endpoint_id = w.endpoint_id
           join events e on e.id = d.event_id
           left join troubled t on t.event_id = d.event_id and t.endpoint_id = d.endpoint_id
           order by w.ordinal"#,
        &events,
        &endpoints,
    )
    .fetch_all(ledger)
    .await?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// One delivery with its attempts, of one moment: the recorder may be writing the next one.
pub async fn get(pool: &PgPool, tenant: &TenantId, id: DeliveryId) -> Result<Option<Detail>, Error> {
    let mut snapshot = pool.begin_with("begin isolation level repeatable read read only").await?;
    let row = sqlx::query!(
        "select d.first_attempt, e.data, e.occurred_at from deliveries d join events e on e.id = d.event_id
         where d.event_id = $1 and d.endpoint_id = $2 and e.tenant = $3",
        id.event.0,
        id.endpoint.0,
        tenant.as_str(),
    )
    .fetch_optional(&mut *snapshot)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(delivery) = by_ids(&mut *snapshot, &[id]).await?.pop() else { return Ok(None) };
    let mut later = sqlx::query_scalar!(
        "select record from attempts where event_id = $1 and endpoint_id = $2 order by number desc limit $3",
        id.event.0,
        id.endpoint.0,
        ATTEMPTS_MAX,
    )
    .fetch_all(&mut *snapshot)
    .await?;
    later.reverse();
    let attempts = row.first_attempt.into_iter().chain(later);
    let attempts: Result<Vec<AttemptRecord>, Error> = attempts
        .map(|record| serde_json::from_slice(&record).map_err(|_| Error::Unreadable("attempt")))
        .collect();
    let event_type = event_type(&delivery.event_type).ok_or(Error::Unreadable("event type"))?;
    let body = |data: Vec<u8>| domain::event::body(&event_type, row.occurred_at, &delivery.event_id, &data);
    let body = row.data.map(body);
    Ok(Some(Detail { delivery, attempts: attempts?, body }))
}
