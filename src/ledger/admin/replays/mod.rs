//! Replays: deliveries that are owed again, or for the first time, worked off in chunks that each are one transaction.
//! What is committed of one stays so after a crash, and the next step goes on behind it.

mod dead;
mod unsent;

use actors::ports::Reference;
use domain::action::Action;
use domain::delivery::Reason;
use domain::id::{EndpointId, ReplayId};
use domain::matching::Pattern;
use domain::tenant::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::act::Act;
use super::{Made, event_type, lowest_id};
use crate::ledger::Error;

/// What a replay looks through is counted so far when it is asked for, and no further.
const TOTAL_MAX: i64 = 1_000_000;

/// What is to be owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// Dead letters.
    #[default]
    Dead,
    /// Kept events that match an endpoint's patterns, and were never owed to it.
    Unsent,
}

impl Which {
    pub const ALL: [Self; 2] = [Self::Dead, Self::Unsent];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Unsent => "unsent",
        }
    }
}

/// Of which; what is `None` leaves nothing out. Kept as JSON in the replay's row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    #[serde(default)]
    pub status: Which,
    /// Of dead letters.
    #[serde(default)]
    pub dead_reason: Option<Reason>,
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub since: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub until: Option<OffsetDateTime>,
    #[serde(default)]
    pub event: Option<Pattern>,
    #[serde(default)]
    pub webhook_id: Option<EndpointId>,
}

impl Filter {
    fn made(&self) -> Made {
        Made { since: self.since, until: self.until }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    pub id: ReplayId,
    pub filter: Filter,
    /// What there was to look at when it was asked for: dead letters, or events, counted up to a million.
    pub total: u64,
    /// How many of them were looked at so far.
    pub done: u64,
    /// How many became owed.
    pub owed: u64,
    pub created_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
    pub cancelled_at: Option<OffsetDateTime>,
}

struct Row {
    id: Uuid,
    filter: serde_json::Value,
    total: i64,
    done: i64,
    owed: i64,
    created_at: OffsetDateTime,
    finished_at: Option<OffsetDateTime>,
    cancelled_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Replay {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: ReplayId(row.id),
            filter: filter(row.filter)?,
            total: row.total as u64,
            done: row.done as u64,
            owed: row.owed as u64,
            created_at: row.created_at,
            finished_at: row.finished_at,
            cancelled_at: row.cancelled_at,
        })
    }
}

fn filter(kept: serde_json::Value) -> Result<Filter, Error> {
    serde_json::from_value(kept).map_err(|_| Error::Unreadable("replay filter"))
}

/// What came of one chunk.
#[derive(Debug, Default)]
pub struct Step {
    /// What the queue should carry now.
    pub owed: Vec<Reference>,
    /// An endpoint that should read so many retries from the ledger now.
    pub to_read: Option<(EndpointId, usize)>,
    /// It was the last.
    pub finished: bool,
    /// There is nothing to do for a while.
    pub waits: bool,
    seen: u64,
    made: u64,
    cancelled: bool,
}

impl Step {
    fn waits() -> Self {
        Self { waits: true, ..Self::default() }
    }

    fn cancelled() -> Self {
        Self { finished: true, cancelled: true, ..Self::default() }
    }
}

/// How far a replay is.
struct Progress {
    tenant: String,
    after: (Uuid, Uuid),
    created_at: OffsetDateTime,
}

/// `None` where the tenant has `open_max` already that are not through. Requests at the same moment may exceed it by
/// themselves.
pub async fn create(
    act: &mut Act,
    tenant: &TenantId,
    id: ReplayId,
    filter: &Filter,
    open_max: u32,
) -> Result<Option<Replay>, Error> {
    let now = act.at();
    let open = sqlx::query_scalar!(
        r#"select count(*) as "count!" from replays where finished_at is null and tenant = $1"#,
        tenant.as_str(),
    )
    .fetch_one(act.conn())
    .await?;
    if open >= i64::from(open_max) {
        return Ok(None);
    }
    // What is published from now on is no matter of a backfill.
    let below = match filter.status {
        Which::Dead => filter.made().below(),
        Which::Unsent => filter.made().below().min(lowest_id(now)),
    };
    let total = sqlx::query_scalar!(
        r#"insert into replays (id, tenant, filter, total, created_at)
           select $1, $2, $3, case when $8 then
               (select count(*) from (select from events where tenant = $2 and id >= $5 and id < $6 limit $9) looked)
           else
               (select count(*) from (select from troubled
                where tenant = $2 and status = 3 and event_id >= $5 and event_id < $6
                    and ($7::uuid is null or endpoint_id = $7)
                    and ($10::smallint is null or reason = $10) limit $9) looked)
           end, $4
           returning total"#,
        id.0,
        tenant.as_str(),
        serde_json::json!(filter),
        now,
        filter.made().from(),
        below,
        filter.webhook_id.map(|endpoint| endpoint.0),
        filter.status == Which::Unsent,
        TOTAL_MAX,
        filter.dead_reason.map(|reason| reason as i16),
    )
    .fetch_one(act.conn())
    .await?;
    act.note(Action::ReplayCreated, Some(tenant), id, &[]);
    Ok(Some(Replay {
        id,
        filter: filter.clone(),
        total: total as u64,
        done: 0,
        owed: 0,
        created_at: now,
        finished_at: None,
        cancelled_at: None,
    }))
}

pub async fn get(pool: &PgPool, tenant: &TenantId, id: ReplayId) -> Result<Option<Replay>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, filter, total, done, owed, created_at, finished_at, cancelled_at from replays
         where id = $1 and tenant = $2",
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    row.map(Replay::try_from).transpose()
}

/// Those asked for before `before`, newest first: one more than `limit` where there are so many.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    before: Option<ReplayId>,
    limit: usize,
) -> Result<Vec<Replay>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, filter, total, done, owed, created_at, finished_at, cancelled_at from replays
         where tenant = $1 and id < $2 order by id desc limit $3",
        tenant.as_str(),
        before.map_or(Uuid::max(), |before| before.0),
        limit as i64 + 1,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Replay::try_from).collect()
}

/// Ends a replay where it is; what it made owed stays so. False when there is no such replay.
pub async fn cancel(act: &mut Act, tenant: &TenantId, id: ReplayId) -> Result<bool, Error> {
    let now = act.at();
    let is_over = sqlx::query_scalar!(
        r#"select finished_at is not null as "over!" from replays where id = $1 and tenant = $2 for update"#,
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(act.conn())
    .await?;
    if is_over == Some(false) {
        sqlx::query!("update replays set finished_at = $2, cancelled_at = $2 where id = $1", id.0, now)
            .execute(act.conn())
            .await?;
        act.note(Action::ReplayCancelled, Some(tenant), id, &[]);
    }
    Ok(is_over.is_some())
}

/// Those that are not through, oldest first, but these.
pub async fn open(
    pool: &PgPool,
    but: &[ReplayId],
    limit: usize,
) -> Result<Vec<(ReplayId, Option<EndpointId>)>, Error> {
    let but: Vec<Uuid> = but.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select id, filter from replays where finished_at is null and id <> all($1) order by id limit $2",
        &but,
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| Ok((ReplayId(row.id), filter(row.filter)?.webhook_id))).collect()
}

/// Works off the next chunk, oldest events first. Whoever else does the same waits for it. `None` where there is
/// nothing to work off: it is through, or was cancelled.
pub async fn step(pool: &PgPool, id: ReplayId, now: OffsetDateTime) -> Result<Option<Step>, Error> {
    let mut tx = pool.begin().await?;
    let row = sqlx::query!(
        "select tenant, filter, cursor_event, cursor_endpoint, created_at from replays
         where id = $1 and finished_at is null for update",
        id.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let filter = filter(row.filter)?;
    let progress = Progress {
        tenant: row.tenant,
        after: (row.cursor_event.unwrap_or(Uuid::nil()), row.cursor_endpoint.unwrap_or(Uuid::nil())),
        created_at: row.created_at,
    };
    let (step, last) = match filter.status {
        Which::Dead => dead::step(&mut tx, &progress, &filter, now).await?,
        Which::Unsent => {
            let (step, event) = unsent::step(&mut tx, &progress, &filter, now).await?;
            (step, (event, Uuid::nil()))
        }
    };
    if step.seen == 0 && !step.finished {
        return Ok(Some(step));
    }
    sqlx::query!(
        "update replays set done = done + $2, owed = owed + $3, cursor_event = $4, cursor_endpoint = $5,
             total = greatest(total, done + $2), finished_at = case when $6 then $8::timestamptz end,
             cancelled_at = case when $7 then $8::timestamptz end
         where id = $1",
        id.0,
        step.seen as i64,
        step.made as i64,
        last.0,
        last.1,
        step.finished,
        step.cancelled,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(step))
}
