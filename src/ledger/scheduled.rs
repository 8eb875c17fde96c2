//! Events kept until their time, as whoever releases them takes them out.
//!
//! Promises: what is claimed is nobody else's for [`CLAIM`], and can be cancelled no more; it is here until it is in `events`.
//! Leaves out: publishing it.

use std::sync::Arc;
use std::time::Duration;

use domain::channels::Channels;
use domain::event::{Event, EventKey, Source};
use domain::id::EventId;
use sqlx::PgPool;
use sqlx::postgres::types::PgInterval;
use time::OffsetDateTime;
use uuid::Uuid;

use super::admin::lowest_id;
use super::{Error, columns};

/// Who claimed an event and has not released it after so long is taken to be gone.
pub const CLAIM: Duration = Duration::from_secs(30);
/// Claimed at a time, …
const BATCH: i64 = 200;
/// … and of their payloads: a batch stops growing there.
const BATCH_BYTES: i64 = 4 * 1024 * 1024;
/// What is released so long after its time or later, the auditor has looked past.
const LATE: Duration = Duration::from_secs(20);

/// An event whose time has come.
#[derive(Debug)]
pub struct Due {
    pub event: Event,
    /// Whoever claimed it before has released it.
    pub is_out: bool,
}

/// When the next one is due.
pub async fn next(pool: &PgPool) -> Result<Option<OffsetDateTime>, Error> {
    Ok(sqlx::query_scalar!("select min(deliver_at) from scheduled_events where state = 0")
        .fetch_one(pool)
        .await?)
}

/// Takes what is due, what was due first first, and what others claimed and did not release.
pub async fn claim(pool: &PgPool, now: OffsetDateTime) -> Result<Vec<Due>, Error> {
    let rows = sqlx::query!(
        r#"
        with abandoned as materialized (
            select id, deliver_at, octet_length(data) as bytes from scheduled_events
            where state = 1 and claimed_at < now() - $3::interval
            order by deliver_at, id limit $2 for update skip locked
        ), due as materialized (
            select id, deliver_at, octet_length(data) as bytes from scheduled_events
            where state = 0 and deliver_at <= $1
            order by deliver_at, id limit $2 for update skip locked
        ), sized as (
            select id, sum(bytes) over (order by deliver_at, id) - bytes as before
            from (select * from abandoned union all select * from due) found
        ), claimed as (
            update scheduled_events s set state = 1, claimed_at = now() from sized
            where s.id = sized.id and sized.before < $4
            returning s.*
        )
        select id, tenant, key, type, occurred_at, expires_at, source, channels, data, inbound, cloud_event::text, trace,
            exists (select from events e where e.id = claimed.id) as "is_out!"
        from claimed order by deliver_at, id
        "#,
        now,
        BATCH,
        PgInterval { months: 0, days: 0, microseconds: CLAIM.as_micros() as i64 },
        BATCH_BYTES,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let event = Event {
                id: EventId(row.id),
                tenant: row.tenant.parse().map_err(|_| Error::Unreadable("tenant of an event"))?,
                key: row.key.and_then(|key| EventKey::parse(&key).ok()),
                event_type: row.r#type.parse().map_err(|_| Error::Unreadable("event type"))?,
                channels: row.channels.and_then(|names| Channels::parse(&names).ok()).unwrap_or_default(),
                occurred_at: row.occurred_at,
                expires_at: row.expires_at,
                source: Source::from_number(row.source).ok_or(Error::Unreadable("event source"))?,
                data: columns::payload(row.data)?,
                inbound: columns::note(row.inbound.as_deref())?.map(Box::new),
                cloud_event: columns::attributes(row.cloud_event.as_deref())?.map(Box::new),
                trace: columns::trace(row.trace.as_deref()).map(Arc::new),
            };
            Ok(Due { event, is_out: row.is_out })
        })
        .collect()
}

/// These are in `events`. Where they are late, what looks along the ledger by the time in their ids looks there again.
pub async fn released(pool: &PgPool, events: &[EventId], now: OffsetDateTime) -> Result<(), Error> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.0).collect();
    let oldest = events.iter().map(|event| event.made_at()).min().filter(|oldest| *oldest < now - LATE);
    let mut transaction = pool.begin().await?;
    if let Some(oldest) = oldest {
        sqlx::query!(
            r#"
            with locked as materialized (
                -- In the order in which everybody locks them.
                select shard from shards order by shard for no key update
            )
            update shards set watermark = least(watermark, $1::timestamptz - interval '1 minute'),
                lowered = lowered + 1
            where shard in (select shard from locked)
            "#,
            oldest,
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("update accepted_bus set published = least(published, $1)", lowest_id(oldest))
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query!("delete from scheduled_events where id = any($1)", &ids).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}
