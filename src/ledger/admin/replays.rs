//! Replays: dead letters owed again, worked off in chunks that each are one transaction. What is committed of one
//! stays so after a crash, and the next step goes on behind it.

use actors::ports::Reference;
use domain::action::Action;
use domain::id::{DeliveryId, EndpointId, EventId, ReplayId};
use domain::matching::Pattern;
use domain::tenant::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::act::Act;
use super::deliveries::revive;
use super::{Made, event_type};
use crate::ledger::Error;

/// Dead letters looked at in one step.
const CHUNK_ROWS: usize = 500;

/// Which dead letters; what is `None` leaves nothing out. Kept as JSON in the replay's row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
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
    /// Dead letters within its times and of its endpoint when it was asked for.
    pub total: u64,
    /// How many of them were looked at so far.
    pub done: u64,
    pub created_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
}

/// One chunk: what the queue should carry now, and whether it was the last.
#[derive(Debug, Default)]
pub struct Step {
    pub owed: Vec<Reference>,
    pub finished: bool,
}

pub async fn create(
    act: &mut Act,
    tenant: &TenantId,
    id: ReplayId,
    filter: &Filter,
) -> Result<Replay, Error> {
    let now = act.at();
    let total = sqlx::query_scalar!(
        r#"insert into replays (id, tenant, filter, total, created_at)
           select $1, $2, $3, count(*), $4 from troubled
           where tenant = $2 and status = 3 and event_id >= $5 and event_id < $6
             and ($7::uuid is null or endpoint_id = $7)
           returning total"#,
        id.0,
        tenant.as_str(),
        serde_json::json!(filter),
        now,
        filter.made().from(),
        filter.made().below(),
        filter.webhook_id.map(|endpoint| endpoint.0),
    )
    .fetch_one(act.conn())
    .await?;
    act.note(Action::ReplayCreated, Some(tenant), id, &[]);
    Ok(Replay { id, total: total as u64, done: 0, created_at: now, finished_at: None })
}

pub async fn get(pool: &PgPool, tenant: &TenantId, id: ReplayId) -> Result<Option<Replay>, Error> {
    let row = sqlx::query!(
        "select total, done, created_at, finished_at from replays where id = $1 and tenant = $2",
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Replay {
        id,
        total: row.total as u64,
        done: row.done as u64,
        created_at: row.created_at,
        finished_at: row.finished_at,
    }))
}

/// Ends a replay where it is; what it made owed again stays so. False when there is no such replay.
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
        sqlx::query!("update replays set finished_at = $2 where id = $1", id.0, now)
            .execute(act.conn())
            .await?;
        act.note(Action::ReplayCancelled, Some(tenant), id, &[]);
    }
    Ok(is_over.is_some())
}

/// Those that are not through, oldest first.
pub async fn open(pool: &PgPool, limit: usize) -> Result<Vec<ReplayId>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from replays where finished_at is null order by id limit $1",
        limit as i64
    )
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(ReplayId).collect())
}

/// Works off the next chunk, oldest events first. Whoever else does the same waits for it. `None` where there is
/// nothing to work off: it is through, or was cancelled.
pub async fn step(pool: &PgPool, id: ReplayId, now: OffsetDateTime) -> Result<Option<Step>, Error> {
    let mut tx = pool.begin().await?;
    let row = sqlx::query!(
        "select tenant, filter, cursor_event, cursor_endpoint from replays
         where id = $1 and finished_at is null for update",
        id.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let filter: Filter =
        serde_json::from_value(row.filter).map_err(|_| Error::Unreadable("replay filter"))?;
    let after = (row.cursor_event.unwrap_or(Uuid::nil()), row.cursor_endpoint.unwrap_or(Uuid::nil()));
    let chunk = next_chunk(&mut tx, &row.tenant, &filter, after).await?;
    let finished = chunk.len() < CHUNK_ROWS;
    let last = chunk.last().map_or(after, |(id, _)| (id.event.0, id.endpoint.0));
    let chosen: Vec<DeliveryId> = chunk
        .iter()
        .filter(|(_, of)| {
            let wanted = |pattern: &Pattern| event_type(of).is_some_and(|of| pattern.matches(&of));
            filter.event.as_ref().is_none_or(wanted)
        })
        .map(|(id, _)| *id)
        .collect();
    let owed = revive(&mut tx, &chosen, now).await?;
    sqlx::query!(
        "update replays set done = done + $2, cursor_event = $3, cursor_endpoint = $4,
             total = greatest(total, done + $2), finished_at = case when $5 then $6::timestamptz end
         where id = $1",
        id.0,
        chunk.len() as i64,
        last.0,
        last.1,
        finished,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(Step { owed, finished }))
}

async fn next_chunk(
    conn: &mut PgConnection,
    tenant: &str,
    filter: &Filter,
    after: (Uuid, Uuid),
) -> Result<Vec<(DeliveryId, String)>, Error> {
    let rows = sqlx::query!(
        "select event_id, endpoint_id, type from troubled
         where tenant = $1 and status = 3 and (event_id, endpoint_id) > ($2, $3) and event_id >= $4
           and event_id < $5 and ($6::uuid is null or endpoint_id = $6)
         order by event_id, endpoint_id limit $7",
        tenant,
        after.0,
        after.1,
        filter.made().from(),
        filter.made().below(),
        filter.webhook_id.map(|endpoint| endpoint.0),
        CHUNK_ROWS as i64,
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| {
        let id = DeliveryId { event: EventId(row.event_id), endpoint: EndpointId(row.endpoint_id) };
        (id, row.r#type)
    });
    Ok(read.collect())
}
