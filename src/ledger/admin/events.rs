//! Events, as they were accepted.

use std::collections::HashMap;

use domain::cloudevents::{self, Attributes};
use domain::event::{Source, dedupe_hash, public_id};
use domain::id::EventId;
use domain::inbound::Note;
use domain::matching::Pattern;
use domain::tenant::TenantId;
use domain::trace::TraceContext;
use serde_json::value::RawValue;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::scan::{Reach, Scan};
use super::{Made, event_type, scheduled};
use crate::ledger::{Error, columns};

#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: EventId,
    /// The producer's own id, or ours.
    pub public_id: String,
    pub event_type: String,
    pub occurred_at: OffsetDateTime,
    /// Of one whose time has not come.
    pub deliver_at: Option<OffsetDateTime>,
    pub expires_at: Option<OffsetDateTime>,
    pub source: Source,
    /// Those it bears, vetted once.
    pub channels: Vec<String>,
    /// When it was accepted.
    pub created_at: OffsetDateTime,
    pub cancelled_at: Option<OffsetDateTime>,
}

/// An event with its payload, byte for byte, and what is kept besides of one that came to a source or as a CloudEvent.
#[derive(Debug)]
pub struct Whole {
    pub event: Event,
    /// `None`: it is not kept any more.
    pub data: Option<Box<RawValue>>,
    pub inbound: Option<Note>,
    pub cloud_event: Option<Attributes>,
    pub trace: Option<TraceContext>,
}

impl Whole {
    /// From what else is kept of it.
    pub(super) fn read(
        event: Event,
        data: Option<Vec<u8>>,
        inbound: Option<&str>,
        cloud_event: Option<&str>,
        trace: Option<&str>,
    ) -> Result<Self, Error> {
        let (data, inbound) = (data.map(columns::payload).transpose()?, columns::note(inbound)?);
        let (cloud_event, trace) = (columns::attributes(cloud_event)?, columns::trace(trace));
        Ok(Self { event, data, inbound, cloud_event, trace })
    }
}

/// Which events to list; what is `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub pattern: Option<Pattern>,
    pub made: Made,
}

/// One page, newest first, and from where the next one goes on.
#[derive(Debug, Default)]
pub struct Page {
    pub events: Vec<Event>,
    pub next: Option<EventId>,
}

struct Row {
    id: Uuid,
    key: Option<String>,
    r#type: String,
    occurred_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    source: i16,
    channels: Option<Vec<String>>,
}

impl TryFrom<Row> for Event {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let id = EventId(row.id);
        Ok(Self {
            id,
            public_id: public_id(id, row.key.as_deref()),
            event_type: row.r#type,
            occurred_at: row.occurred_at,
            expires_at: row.expires_at,
            source: Source::from_number(row.source).ok_or(Error::Unreadable("event source"))?,
            channels: row.channels.unwrap_or_default(),
            deliver_at: None,
            created_at: id.made_at(),
            cancelled_at: None,
        })
    }
}

/// What an event is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The producer's own id, or ours.
    pub id: String,
    pub event_type: String,
}

/// What these events of the tenant are called; one that is gone is left out.
pub async fn named(
    pool: &PgPool,
    tenant: &TenantId,
    ids: &[EventId],
) -> Result<HashMap<EventId, Named>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select id, key, type from events where id = any($1) and tenant = $2",
        &ids,
        tenant.as_str(),
    )
    .fetch_all(pool)
    .await?;
    let named = rows.into_iter().map(|row| {
        let id = EventId(row.id);
        (id, Named { id: public_id(id, row.key.as_deref()), event_type: row.r#type })
    });
    Ok(named.collect())
}

/// Looks at [`super::SCAN_ROWS_MAX`] events at most: a page may be short and still not be the last.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    filter: &Filter,
    before: Option<EventId>,
    limit: usize,
) -> Result<Page, Error> {
    let reach = Reach { limit, is_filtered: filter.pattern.is_some() };
    let newest = before.map_or(Uuid::max(), |before| before.0).min(filter.made.below());
    let fits = |row: &Row| {
        let wanted = |pattern: &Pattern| event_type(&row.r#type).is_some_and(|found| pattern.matches(&found));
        filter.pattern.as_ref().is_none_or(wanted)
    };
    let mut scan = Scan::new(reach, newest);
    while let Some((below, rows)) = scan.wants() {
        let rows = made_below(pool, tenant, (filter.made.from(), below), rows).await?;
        scan.take(rows, |row| row.id, fits);
    }
    let (found, next) = scan.end();
    let events = found.into_iter().map(Event::try_from).collect::<Result<_, _>>()?;
    Ok(Page { events, next: next.map(EventId) })
}

async fn made_below(
    pool: &PgPool,
    tenant: &TenantId,
    (from, below): (Uuid, Uuid),
    limit: usize,
) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, key, type, occurred_at, expires_at, source, channels from events
         where tenant = $1 and id >= $2 and id < $3 order by id desc limit $4",
        tenant.as_str(),
        from,
        below,
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// One event with its payload. `name` is our id, or the producer's own as long as it is remembered; the own id of a CloudEvent
/// is one of its `cloud_source` alone.
pub async fn get(
    pool: &PgPool,
    tenant: &TenantId,
    name: &str,
    cloud_source: Option<&str>,
) -> Result<Option<Whole>, Error> {
    if let Ok(id) = name.parse::<EventId>()
        && let Some(found) = whole(pool, tenant, id).await?
    {
        return Ok(Some(found));
    }
    match id_of(pool, tenant, name, cloud_source).await? {
        Some(id) => whole(pool, tenant, id).await,
        None => Ok(None),
    }
}

/// Ours of an event that its producer calls so.
pub(super) async fn id_of(
    executor: impl PgExecutor<'_>,
    tenant: &TenantId,
    name: &str,
    cloud_source: Option<&str>,
) -> Result<Option<EventId>, Error> {
    let hash = match cloud_source {
        Some(source) => cloudevents::dedupe_hash(tenant, source, name),
        None => dedupe_hash(tenant, name),
    };
    let id = sqlx::query_scalar!("select event_id from dedupe where hash = $1", Uuid::from_u128(hash))
        .fetch_optional(executor)
        .await?;
    Ok(id.map(EventId))
}

/// Looked for in this order: it leaves the one when it is in the other.
async fn whole(pool: &PgPool, tenant: &TenantId, id: EventId) -> Result<Option<Whole>, Error> {
    match scheduled::by_id(pool, tenant, id).await? {
        Some(found) => Ok(Some(found)),
        None => by_id(pool, tenant, id).await,
    }
}

async fn by_id(pool: &PgPool, tenant: &TenantId, id: EventId) -> Result<Option<Whole>, Error> {
    let row = sqlx::query!(
        "select id, key, type, occurred_at, expires_at, source, channels, data, inbound, cloud_event::text, trace
         from events where id = $1 and tenant = $2",
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let event = Row {
        id: row.id,
        key: row.key,
        r#type: row.r#type,
        occurred_at: row.occurred_at,
        expires_at: row.expires_at,
        source: row.source,
        channels: row.channels,
    };
    let (inbound, cloud_event) = (row.inbound.as_deref(), row.cloud_event.as_deref());
    let whole = Whole::read(event.try_into()?, row.data, inbound, cloud_event, row.trace.as_deref())?;
    Ok(Some(whole))
}
