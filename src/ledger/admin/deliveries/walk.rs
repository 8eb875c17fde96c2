//! Ways along the deliveries: a tenant's events, an endpoint's positions, what is in trouble of a tenant or an endpoint.
//! Each step reads little of many rows; what is shown is fetched afterwards.

use std::time::Duration;

use domain::delivery::Status;
use domain::id::{DeliveryId, EndpointId, EventId};
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Cursor;
use crate::ledger::Error;
use crate::ledger::admin::{Made, lowest_id};

/// A row looked at. An event that nobody was owed has no delivery, and is a row all the same.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub event: EventId,
    pub endpoint: Option<EndpointId>,
    pub position: i64,
    pub status: i16,
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
            Way::Events(_) | Way::Troubled(..) | Way::TroubledOf(..) => {
                Cursor::Delivery(self.event, self.endpoint.unwrap_or(EndpointId(Uuid::nil())))
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'a> {
    Events(&'a TenantId),
    Endpoint(EndpointId),
    Troubled(&'a TenantId, Status),
    /// What is in trouble of one endpoint.
    TroubledOf(EndpointId, Status),
}

/// What a step read.
pub(super) struct Step {
    /// Newest first; where it was not so many as were wanted, there are no more …
    pub rows: Vec<Seen>,
    /// … unless it stopped looking for them here.
    pub looked_to: Option<Cursor>,
}

/// Rows that a step looks at on its way to some that were made when it is asked.
const LOOK_ROWS_MAX: i64 = 200_000;

struct Row {
    event: Uuid,
    endpoint: Option<Uuid>,
    position: Option<i64>,
    status: Option<i16>,
    event_type: String,
}

impl From<Row> for Seen {
    fn from(row: Row) -> Self {
        Self {
            event: EventId(row.event),
            endpoint: row.endpoint.map(EndpointId),
            position: row.position.unwrap_or_default(),
            status: row.status.unwrap_or(-1),
            event_type: row.event_type,
        }
    }
}

impl Way<'_> {
    /// The next rows behind `after`. Only what was made then needs to be seen.
    pub(super) async fn step(
        self,
        pool: &PgPool,
        after: Cursor,
        made: Made,
        limit: usize,
    ) -> Result<Step, Error> {
        let (from, mut looked_to) = (made.from(), None);
        let rows = match (self, after) {
            (Self::Endpoint(endpoint), Cursor::Position(position)) => {
                let rows = along_endpoint(pool, endpoint, position, made, limit as i64).await?;
                if rows.len() < limit {
                    looked_to = end_of_look(pool, endpoint, position, made).await?.map(Cursor::Position);
                }
                rows
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
            | (Self::Events(_) | Self::Troubled(..) | Self::TroubledOf(..), Cursor::Position(_)) => {
                Vec::new()
            }
        };
        Ok(Step { rows: rows.into_iter().map(Seen::from).collect(), looked_to })
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
               d.position as "position?", d.status as "status?"
           from (select id, type from events where tenant = $1 and id <= $2 and id >= $4
                 order by id desc limit $5::bigint + 1) e
           left join lateral (
               select endpoint_id, position, status from deliveries
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
    made: Made,
    limit: i64,
) -> Result<Vec<Row>, Error> {
    let (first, end) = days(made);
    // The order of positions is nearly that of time, but a backfill owes old events anew: only whole days, which are
    // tables of their own, are known to hold nothing that is asked for.
    let rows = sqlx::query_as!(
        Row,
        r#"select d.event_id as "event!", d.endpoint_id as "endpoint?", d.position as "position?",
               d.status as "status?", coalesce(e.type, '') as "event_type!"
           from (select * from (
                     select event_id, endpoint_id, position, status from deliveries
                     where endpoint_id = $1 and position < $2 and event_id >= $4 and event_id < $5
                     order by position desc limit $6) looked
                 where event_id >= $7 and event_id < $8 order by position desc limit $3) d
           left join events e on e.id = d.event_id
           order by d.position desc"#,
        endpoint.0,
        position,
        limit,
        first,
        end,
        LOOK_ROWS_MAX,
        made.from(),
        made.below(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// The position that [`along_endpoint`] looks to, if there may be more behind it.
async fn end_of_look(
    pool: &PgPool,
    endpoint: EndpointId,
    position: i64,
    made: Made,
) -> Result<Option<i64>, Error> {
    let (first, end) = days(made);
    let last = sqlx::query_scalar!(
        "select position from deliveries where endpoint_id = $1 and position < $2 and event_id >= $3 and event_id < $4
         order by position desc offset $5 limit 1",
        endpoint.0,
        position,
        first,
        end,
        LOOK_ROWS_MAX - 1,
    );
    Ok(last.fetch_optional(pool).await?)
}

/// The ids of the days in which something was made.
fn days(made: Made) -> (Uuid, Uuid) {
    let midnight = |at: OffsetDateTime| at.date().midnight().assume_utc();
    let first = made.since.map_or(Uuid::nil(), |since| lowest_id(midnight(since)));
    let end = made.until.map_or(Uuid::max(), |until| lowest_id(midnight(until) + Duration::from_hours(24)));
    (first, end)
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
               status as "status?", type as "event_type!"
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
               status as "status?", type as "event_type!"
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
