//! Events whose time has not come, as the API shows and cancels them.

use domain::action::Action;
use domain::event::{Source, public_id};
use domain::id::EventId;
use domain::tenant::TenantId;
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::act::Act;
use super::event_type;
use super::events::{Event, Filter, Page, Whole, id_of};
use crate::ledger::Error;

/// Rows looked at for a page of one pattern.
const LOOK: i64 = 5_000;

/// What came of cancelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    Done,
    /// It is on its way, or was delivered.
    Released,
    Unknown,
}

struct Row {
    id: Uuid,
    key: Option<String>,
    r#type: String,
    occurred_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    source: i16,
    channels: Option<Vec<String>>,
    deliver_at: OffsetDateTime,
    created_at: OffsetDateTime,
    cancelled_at: Option<OffsetDateTime>,
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
            deliver_at: Some(row.deliver_at),
            expires_at: row.expires_at,
            source: Source::from_number(row.source).ok_or(Error::Unreadable("event source"))?,
            channels: row.channels.unwrap_or_default(),
            created_at: row.created_at,
            cancelled_at: row.cancelled_at,
        })
    }
}

/// Those that wait, the soonest first, behind `after`. With a pattern a page may be short and still not be the last.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    filter: &Filter,
    after: Option<EventId>,
    limit: usize,
) -> Result<Page, Error> {
    let looked = if filter.pattern.is_some() { LOOK } else { limit as i64 + 1 };
    let rows = sqlx::query_as!(
        Row,
        "select id, key, type, occurred_at, expires_at, source, channels, deliver_at, created_at, cancelled_at
         from scheduled_events
         where tenant = $1 and id > $2 and id >= $3 and id < $4 and state in (0, 1) order by id limit $5",
        tenant.as_str(),
        after.map_or(Uuid::nil(), |after| after.0),
        filter.made.from(),
        filter.made.below(),
        looked,
    )
    .fetch_all(pool)
    .await?;
    let is_all = (rows.len() as i64) < looked;
    let mut page = Page::default();
    for row in rows {
        if page.events.len() == limit {
            return Ok(page);
        }
        page.next = Some(EventId(row.id));
        let fits = filter
            .pattern
            .as_ref()
            .is_none_or(|pattern| event_type(&row.r#type).is_some_and(|found| pattern.matches(&found)));
        if fits {
            page.events.push(row.try_into()?);
        }
    }
    page.next = page.next.filter(|_| !is_all);
    Ok(page)
}

/// One that is not in `events` yet, or was cancelled.
pub(super) async fn by_id(
    executor: impl PgExecutor<'_>,
    tenant: &TenantId,
    id: EventId,
) -> Result<Option<Whole>, Error> {
    let row = sqlx::query!(
        "select id, key, type, occurred_at, expires_at, source, channels, deliver_at, created_at, cancelled_at,
             data, inbound, cloud_event::text, trace
         from scheduled_events s
         where id = $1 and tenant = $2 and not exists (select from events e where e.id = s.id)",
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(executor)
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
        deliver_at: row.deliver_at,
        created_at: row.created_at,
        cancelled_at: row.cancelled_at,
    };
    let (inbound, cloud_event) = (row.inbound.as_deref(), row.cloud_event.as_deref());
    let whole = Whole::read(event.try_into()?, Some(row.data), inbound, cloud_event, row.trace.as_deref())?;
    Ok(Some(whole))
}

/// Has an event not be sent, if it still waits: its payload is gone. Cancelled before, it stays so.
pub async fn cancel(act: &mut Act, tenant: &TenantId, name: &str) -> Result<Cancelled, Error> {
    let at = act.at();
    if let Ok(id) = name.parse::<EventId>() {
        let cancelled = cancel_one(act.conn(), tenant, id, at).await?;
        if cancelled != Cancelled::Unknown {
            note(act, tenant, id, cancelled);
            return Ok(cancelled);
        }
    }
    let Some(id) = id_of(&mut *act.conn(), tenant, name, None).await? else { return Ok(Cancelled::Unknown) };
    let cancelled = cancel_one(act.conn(), tenant, id, at).await?;
    note(act, tenant, id, cancelled);
    Ok(cancelled)
}

fn note(act: &mut Act, tenant: &TenantId, id: EventId, cancelled: Cancelled) {
    if cancelled == Cancelled::Done {
        act.note(Action::EventCancelled, Some(tenant), id, &[]);
    }
}

async fn cancel_one(
    conn: &mut PgConnection,
    tenant: &TenantId,
    id: EventId,
    at: OffsetDateTime,
) -> Result<Cancelled, Error> {
    // One that is being claimed is waited for: then it is claimed.
    let cancelled = sqlx::query!(
        "update scheduled_events set state = 2, cancelled_at = coalesce(cancelled_at, $3), data = 'null', inbound = null,
             cloud_event = null
         where id = $1 and tenant = $2 and state in (0, 2)",
        id.0,
        tenant.as_str(),
        at,
    )
    .execute(&mut *conn)
    .await?;
    if cancelled.rows_affected() > 0 {
        return Ok(Cancelled::Done);
    }
    let is_there = sqlx::query_scalar!(
        r#"select exists (select from scheduled_events where id = $1 and tenant = $2)
            or exists (select from events where id = $1 and tenant = $2) as "is_there!""#,
        id.0,
        tenant.as_str(),
    )
    .fetch_one(conn)
    .await?;
    Ok(if is_there { Cancelled::Released } else { Cancelled::Unknown })
}
