//! Ways along the deliveries: a tenant's events, an endpoint's positions or its events, what is in trouble of a tenant or an endpoint.
//! Each step reads little of many rows; what is shown is fetched afterwards.

use domain::delivery::Status;
use domain::id::{DeliveryId, EndpointId, EventId};
use domain::tenant::TenantId;
use sqlx::PgPool;
use uuid::Uuid;

use super::Cursor;
use crate::ledger::Error;

/// A row looked at. An event that nobody was owed has no delivery, and is a row all the same.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub event: EventId,
    pub endpoint: Option<EndpointId>,
    pub position: i64,
    pub status: i16,
    pub reason: Option<i16>,
    pub event_type: String,
}

impl Seen {
    pub(super) fn delivery(&self) -> Option<DeliveryId> {
        Some(DeliveryId { event: self.event, endpoint: self.endpoint? })
    }

    /// What lies behind it on its way.
    pub(super) fn cursor(&self, way: Way<'_>) -> Cursor {
        match way {
            Way::Endpoint(_) => Cursor::Position(self.position),
            Way::Events(_) | Way::EventsOf(_) | Way::Troubled(..) | Way::TroubledOf(..) => {
                Cursor::Delivery(self.event, self.endpoint.unwrap_or(EndpointId(Uuid::nil())))
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'a> {
    Events(&'a TenantId),
    Endpoint(EndpointId),
    /// An endpoint's deliveries in the order of their events.
    EventsOf(EndpointId),
    Troubled(&'a TenantId, Status),
    /// What is in trouble of one endpoint.
    TroubledOf(EndpointId, Status),
}

struct Row {
    event: Uuid,
    endpoint: Option<Uuid>,
    position: Option<i64>,
    status: Option<i16>,
    reason: Option<i16>,
    event_type: String,
}

impl From<Row> for Seen {
    fn from(row: Row) -> Self {
        Self {
            event: EventId(row.event),
            endpoint: row.endpoint.map(EndpointId),
            position: row.position.unwrap_or_default(),
            status: row.status.unwrap_or(-1),
            reason: row.reason,
            event_type: row.event_type,
        }
    }
}

impl Way<'_> {
    /// The next rows behind `after`, newest first; fewer than `limit` when there are no more. Of events made
    /// before `from`, nothing needs to be seen.
    pub(super) async fn step(
        self,
        pool: &PgPool,
        after: Cursor,
        from: Uuid,
        limit: usize,
    ) -> Result<Vec<Seen>, Error> {
        let rows = match (self, after) {
            (Self::Endpoint(endpoint), Cursor::Position(position)) => {
                along_endpoint(pool, endpoint, position, limit as i64).await?
            }
            (Self::EventsOf(endpoint), Cursor::Delivery(event, _)) => {
                along_events_of(pool, endpoint, event, from, limit as i64).await?
            }
            (Self::Events(tenant), Cursor::Delivery(event, endpoint)) => {
                along_events(pool, tenant, (event.0, endpoint.0), from, limit as i64).await?
            }
            (Self::Troubled(tenant, status), Cursor::Delivery(event, endpoint)) => {
                along_troubled(pool, tenant, status, (event.0, endpoint.0), from, limit as i64).await?
            }
            (Self::TroubledOf(of, status), Cursor::Delivery(event, endpoint)) => {
                along_troubled_of(pool, of, status, (event.0, endpoint.0), from, limit as i64).await?
            }
            // A cursor of another listing: there is nothing behind it.
            (Self::Endpoint(_), Cursor::Delivery(..))
            | (
                Self::Events(_) | Self::EventsOf(_) | Self::Troubled(..) | Self::TroubledOf(..),
                Cursor::Position(_),
            ) => Vec::new(),
        };
        Ok(rows.into_iter().map(Seen::from).collect())
    }
}

async fn along_events(
    pool: &PgPool,
    tenant: &TenantId,
    (event, endpoint): (Uuid, Uuid),
    from: Uuid,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    // The limits within keep it a walk: event by event, each with its deliveries. Of the event it goes on at, there may
    // be nothing left.
    let rows = sqlx::query_as!(
        Row,
        r#"select e.id as "event!", e.type as "event_type!", d.endpoint_id as "endpoint?",
               d.position as "position?", d.status as "status?", d.reason
           from (select id, type from events where tenant = $1 and id <= $2 and id >= $4
                 order by id desc limit $5::bigint + 1) e
           left join lateral (
               select endpoint_id, position, status, reason from deliveries
               where event_id = e.id and (e.id < $2 or endpoint_id < $3)
               order by endpoint_id desc limit $5) d on true
           where e.id < $2 or d.endpoint_id is not null
           order by e.id desc, d.endpoint_id desc limit $5"#,
        tenant.as_str(),
        event,
        endpoint,
        from,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

async fn along_endpoint(
    pool: &PgPool,
    endpoint: EndpointId,
    position: i64,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select d.event_id as "event!", d.endpoint_id as "endpoint?", d.position as "position?",
               d.status as "status?", d.reason, coalesce(e.type, '') as "event_type!"
           from (select event_id, endpoint_id, position, status, reason from deliveries
                 where endpoint_id = $1 and position < $2 order by position desc limit $3) d
           left join events e on e.id = d.event_id
           order by d.position desc"#,
        endpoint.0,
        position,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Where the endpoint has many deliveries, all of that time are passed, and those of others left out; where it has few, all
/// of its own of these days are sorted: Postgres knows which.
async fn along_events_of(
    pool: &PgPool,
    endpoint: EndpointId,
    event: EventId,
    from: Uuid,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select d.event_id as "event!", d.endpoint_id as "endpoint?", d.position as "position?",
               d.status as "status?", d.reason, coalesce(e.type, '') as "event_type!"
           from (select event_id, endpoint_id, position, status, reason from deliveries
                 where endpoint_id = $1 and event_id < $2 and event_id >= $3 order by event_id desc limit $4) d
           left join events e on e.id = d.event_id
           order by d.event_id desc"#,
        endpoint.0,
        event.0,
        from,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

async fn along_troubled(
    pool: &PgPool,
    tenant: &TenantId,
    status: Status,
    (event, endpoint): (Uuid, Uuid),
    from: Uuid,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select event_id as "event!", endpoint_id as "endpoint?", position as "position?",
               status as "status?", reason, type as "event_type!"
           from troubled
           where tenant = $1 and status = $2 and (event_id, endpoint_id) < ($3, $4) and event_id >= $5
           order by event_id desc, endpoint_id desc limit $6"#,
        tenant.as_str(),
        status as i16,
        event,
        endpoint,
        from,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

async fn along_troubled_of(
    pool: &PgPool,
    of: EndpointId,
    status: Status,
    (event, endpoint): (Uuid, Uuid),
    from: Uuid,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select event_id as "event!", endpoint_id as "endpoint?", position as "position?",
               status as "status?", reason, type as "event_type!"
           from troubled
           where endpoint_id = $1 and status = $2 and (event_id, endpoint_id) < ($3, $4) and event_id >= $5
           order by event_id desc limit $6"#,
        of.0,
        status as i16,
        event,
        endpoint,
        from,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}
