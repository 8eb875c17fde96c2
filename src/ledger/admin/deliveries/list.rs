//! Listings of deliveries: bounded walks, newest first.

use domain::delivery::{Reason, Status};
use domain::id::{DeliveryId, EndpointId, EventId};
use domain::matching::Pattern;
use domain::tenant::TenantId;
use sqlx::PgPool;
use uuid::Uuid;

use super::walk::{Seen, Way};
use super::{Delivery, by_ids, event_type};
use crate::ledger::Error;
use crate::ledger::admin::Made;
use crate::ledger::admin::scan::{Reach, Scan};

/// Which deliveries to list; what is `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub reason: Option<Reason>,
    pub pattern: Option<Pattern>,
    /// One of this tenant's.
    pub endpoint: Option<EndpointId>,
    pub made: Made,
}

/// The last row a page looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    Delivery(EventId, EndpointId),
    Position(i64),
}

/// One page, and from where the next one goes on.
#[derive(Debug, Default)]
pub struct Page {
    pub deliveries: Vec<Delivery>,
    pub next: Option<Cursor>,
}

impl Filter {
    /// What is in trouble has an index of its own; else an endpoint's deliveries, else all of the tenant's events'. Positions
    /// are no guide to times: a backfill owes old events anew.
    fn way<'a>(&self, tenant: &'a TenantId) -> Way<'a> {
        match (self.status, self.endpoint) {
            (Some(status @ (Status::Retrying | Status::Dead)), Some(endpoint)) => {
                Way::TroubledOf(endpoint, status)
            }
            (Some(status @ (Status::Retrying | Status::Dead)), None) => Way::Troubled(tenant, status),
            (_, Some(endpoint)) if self.made == Made::default() => Way::Endpoint(endpoint),
            (_, Some(endpoint)) => Way::EventsOf(endpoint),
            (_, None) => Way::Events(tenant),
        }
    }

    fn start(&self, way: Way<'_>) -> Cursor {
        match way {
            Way::Endpoint(_) => Cursor::Position(i64::MAX),
            Way::Events(_) | Way::EventsOf(_) | Way::Troubled(..) | Way::TroubledOf(..) => {
                match self.made.until {
                    Some(_) => Cursor::Delivery(EventId(self.made.below()), EndpointId(Uuid::nil())),
                    None => Cursor::Delivery(EventId(Uuid::max()), EndpointId(Uuid::max())),
                }
            }
        }
    }

    fn is_of(&self, seen: &Seen) -> bool {
        self.status.is_none_or(|status| status as i16 == seen.status)
            && self.reason.is_none_or(|reason| Some(reason as i16) == seen.reason)
            && self.endpoint.is_none_or(|endpoint| Some(endpoint) == seen.endpoint)
            && self.made.holds(seen.event.0)
            && self.pattern.as_ref().is_none_or(|pattern| {
                event_type(&seen.event_type).is_some_and(|found| pattern.matches(&found))
            })
    }

    fn leaves_out(&self, way: Way<'_>) -> bool {
        let by_way = match way {
            Way::Events(_) => self.status.is_some() || self.endpoint.is_some(),
            Way::Endpoint(_) | Way::EventsOf(_) => self.status.is_some(),
            Way::Troubled(..) | Way::TroubledOf(..) => false,
        };
        by_way || self.reason.is_some() || self.pattern.is_some()
    }
}

/// Looks at [`crate::ledger::admin::SCAN_ROWS_MAX`] rows at most: a page may be short and still not be the last.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    let way = filter.way(tenant);
    let reach = Reach { limit, is_filtered: filter.leaves_out(way) };
    let newest = after.unwrap_or_else(|| filter.start(way));
    let mut scan = Scan::new(reach, newest);
    while let Some((after, rows)) = scan.wants() {
        let rows = way.step(pool, after, filter.made.from(), rows).await?;
        // An event that nobody was owed is looked at, and is no delivery.
        scan.take(rows, |row| row.cursor(way), |row| row.endpoint.is_some() && filter.is_of(row));
    }
    let (found, next) = scan.end();
    let found: Vec<DeliveryId> = found.iter().filter_map(Seen::delivery).collect();
    Ok(Page { deliveries: by_ids(pool, &found).await?, next })
}

/// The first deliveries of one event, and how many there are.
pub async fn of_event(pool: &PgPool, event: EventId, limit: usize) -> Result<(Vec<Delivery>, u64), Error> {
    let ids = sqlx::query_scalar!(
        "select endpoint_id from deliveries where event_id = $1 order by endpoint_id limit $2",
        event.0,
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    let total =
        sqlx::query_scalar!(r#"select count(*) as "count!" from deliveries where event_id = $1"#, event.0)
            .fetch_one(pool)
            .await?;
    let ids: Vec<_> =
        ids.into_iter().map(|endpoint| DeliveryId { event, endpoint: EndpointId(endpoint) }).collect();
    Ok((by_ids(pool, &ids).await?, total as u64))
}
