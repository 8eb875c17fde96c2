//! Accepted events for the bus: which of them may not have been published to it yet.

use std::sync::Arc;

use domain::event::{Announcement, body, public_id};
use domain::id::EventId;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::admin::{event_type, lowest_id};
use super::{Error, columns};

struct Row {
    id: Uuid,
    tenant: String,
    key: Option<String>,
    event_type: String,
    occurred_at: OffsetDateTime,
    data: Vec<u8>,
    trace: Option<String>,
}

/// From where it goes on. The first time that is `now`: what was accepted before was never for the bus.
pub async fn published(pool: &PgPool, now: OffsetDateTime) -> Result<Uuid, Error> {
    sqlx::query!("insert into accepted_bus (published) values ($1) on conflict do nothing", lowest_id(now))
        .execute(pool)
        .await?;
    Ok(sqlx::query_scalar!("select published from accepted_bus").fetch_one(pool).await?)
}

/// Events behind `after` that were made before `until`, in the order of their ids.
pub async fn behind(
    pool: &PgPool,
    after: Uuid,
    until: OffsetDateTime,
    limit: usize,
) -> Result<Vec<Announcement>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, tenant, key, type as event_type, occurred_at, data as "data!", trace from events
           where id > $1 and id < $2 and data is not null order by id limit $3"#,
        after,
        lowest_id(until),
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    // A name that is none any more is nobody's subject.
    let one = |row: Row| {
        let (id, event_type) = (EventId(row.id), event_type(&row.event_type)?);
        let body = body(&event_type, row.occurred_at, &public_id(id, row.key.as_deref()), &row.data);
        let trace = columns::trace(row.trace.as_deref()).map(Arc::new);
        Some(Announcement { id, tenant: row.tenant.parse().ok()?, event_type, body, trace })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// Everything up to this event was published.
pub async fn note(pool: &PgPool, published: Uuid) -> Result<(), Error> {
    sqlx::query!("update accepted_bus set published = $1 where published < $1", published)
        .execute(pool)
        .await?;
    Ok(())
}
