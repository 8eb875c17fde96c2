//! The catalogue of event types: what was seen, and what somebody said of it.

use domain::action::Action;
use domain::matching::EventType;
use domain::tenant::TenantId;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use super::act::{Act, By};
use crate::ledger::Error;
use crate::ledger::event_types::TYPES_MAX;

#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    pub event_type: String,
    pub description: Option<String>,
    /// JSON, as it was given.
    pub example: Option<String>,
    pub described_at: Option<OffsetDateTime>,
    pub events: i64,
    pub first_seen_at: Option<OffsetDateTime>,
    pub last_seen_at: Option<OffsetDateTime>,
}

/// What is to be said of a type: all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    pub description: Option<String>,
    pub example: Option<String>,
}

/// In the order of their names, those behind `after`.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    after: Option<&EventType>,
    limit: usize,
) -> Result<Vec<Described>, Error> {
    let found = sqlx::query_as!(
        Described,
        r#"select type as event_type, description, example, described_at, events, first_seen_at, last_seen_at
           from event_types where tenant = $1 and type > $2 collate "C" order by type collate "C" limit $3"#,
        tenant.as_str(),
        after.map(ToString::to_string).unwrap_or_default(),
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    Ok(found)
}

pub async fn find(
    executor: impl PgExecutor<'_>,
    tenant: &TenantId,
    event_type: &EventType,
) -> Result<Option<Described>, Error> {
    let found = sqlx::query_as!(
        Described,
        r#"select type as event_type, description, example, described_at, events, first_seen_at, last_seen_at
           from event_types where tenant = $1 and type = $2"#,
        tenant.as_str(),
        event_type.to_string(),
    )
    .fetch_optional(executor)
    .await?;
    Ok(found)
}

/// Says this of a type, in place of what was said before. `None`: the tenant has as many types as it may.
pub async fn describe(
    pool: &PgPool,
    by: &By,
    tenant: &TenantId,
    event_type: &EventType,
    words: &Words,
) -> Result<Option<Described>, Error> {
    let mut act = Act::begin(pool, by).await?;
    let written = sqlx::query!(
        r#"insert into event_types as t (tenant, type, description, example, described_at)
           select $1, $2, $3, $4, $5
           where exists (select from event_types where tenant = $1 and type = $2)
               or (select count(*) from event_types where tenant = $1) < $6
           on conflict (tenant, type) do update set description = excluded.description,
               example = excluded.example, described_at = excluded.described_at"#,
        tenant.as_str(),
        event_type.to_string(),
        words.description,
        words.example,
        act.at(),
        TYPES_MAX,
    )
    .execute(act.conn())
    .await?;
    if written.rows_affected() == 0 {
        return Ok(None);
    }
    let described = find(&mut *act.conn(), tenant, event_type).await?;
    act.note(Action::EventTypeDescribed, Some(tenant), event_type, &["description", "example"]);
    act.commit().await?;
    Ok(described)
}

/// Removes a type with all that is known of it. Whether it was there.
pub async fn forget(
    pool: &PgPool,
    by: &By,
    tenant: &TenantId,
    event_type: &EventType,
) -> Result<bool, Error> {
    let mut act = Act::begin(pool, by).await?;
    let removed = sqlx::query!(
        "delete from event_types where tenant = $1 and type = $2",
        tenant.as_str(),
        event_type.to_string(),
    )
    .execute(act.conn())
    .await?;
    if removed.rows_affected() == 0 {
        return Ok(false);
    }
    act.note(Action::EventTypeForgotten, Some(tenant), event_type, &[]);
    act.commit().await?;
    Ok(true)
}
