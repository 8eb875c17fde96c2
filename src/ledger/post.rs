//! Intake's transaction: events, what they owe, and what was seen before, in one statement.

use std::collections::HashSet;
use std::time::Duration;

use actors::ports::{Posted, Posting, Reference};
use domain::event::EventKey;
use domain::id::{DeliveryId, EndpointId, EventId};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;

/// Writes a batch if `version` is still the ledger's. Keys go in sorted, so that two nodes never wait for
/// each other; a key whose window has passed is taken over.
pub async fn post(
    pool: &PgPool,
    postings: &[Posting],
    version: i64,
    dedupe_window: Duration,
) -> Result<Posted, Error> {
    let batch = Batch::of(postings);
    let now = postings.iter().map(|posting| posting.event.id.made_at()).max();
    let now = now.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let rows = sqlx::query!(
        r#"
        with current as materialized (
            select version from subscriptions_version where version = $1
        ), posted as materialized (
            select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                                 $7::smallint[], $8::bytea[], $9::uuid[])
                as p (id, tenant, key, type, occurred_at, source, data, hash)
            where exists (select from current)
        ), seen as (
            insert into dedupe as known (hash, event_id, expires_at)
            select hash, id, $10 from posted where hash is not null order by hash
            on conflict (hash) do update set event_id = excluded.event_id, expires_at = excluded.expires_at
                where known.expires_at <= $11
            returning event_id
        ), fresh as (
            insert into events (id, tenant, key, type, occurred_at, source, data)
            select id, tenant, key, type, occurred_at, source, data from posted
            where hash is null or id in (select event_id from seen)
            returning id
        ), owed as (
            insert into deliveries (event_id, endpoint_id)
            select o.event_id, o.endpoint_id from unnest($12::uuid[], $13::uuid[]) as o (event_id, endpoint_id)
            where o.event_id in (select id from fresh)
            returning event_id, endpoint_id, position
        )
        select event_id as "event_id?", endpoint_id as "endpoint_id?", position as "position?" from owed
        union all select id, null, null from fresh
        union all select null, null, version from current
        "#,
        version,
        &batch.ids,
        &batch.tenants,
        &batch.keys as &[Option<&str>],
        &batch.types,
        &batch.occurred,
        &batch.sources,
        &batch.data as &[&[u8]],
        &batch.hashes as &[Option<Uuid>],
        now + dedupe_window,
        now,
        &batch.owed_events,
        &batch.owed_endpoints,
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| (row.event_id, row.endpoint_id, row.position));
    Ok(read(rows, postings))
}

/// Rows are deliveries, events that were new, and one without either if the directory was up to date.
fn read(
    rows: impl Iterator<Item = (Option<Uuid>, Option<Uuid>, Option<i64>)>,
    postings: &[Posting],
) -> Posted {
    let mut owed = Vec::new();
    let mut fresh = HashSet::new();
    let mut current = false;
    for row in rows {
        match row {
            (Some(event), Some(endpoint), Some(position)) => {
                let delivery = DeliveryId { event: EventId(event), endpoint: EndpointId(endpoint) };
                owed.push(Reference { delivery, position, number: 1 });
            }
            (Some(event), _, _) => {
                fresh.insert(event);
            }
            (None, _, _) => current = true,
        }
    }
    if !current {
        return Posted::Stale;
    }
    let fresh = postings.iter().map(|posting| fresh.contains(&posting.event.id.0)).collect();
    Posted::Committed { owed, fresh }
}

/// A batch as columns.
#[derive(Default)]
struct Batch<'a> {
    ids: Vec<Uuid>,
    tenants: Vec<String>,
    keys: Vec<Option<&'a str>>,
    types: Vec<String>,
    occurred: Vec<OffsetDateTime>,
    sources: Vec<i16>,
    data: Vec<&'a [u8]>,
    hashes: Vec<Option<Uuid>>,
    owed_events: Vec<Uuid>,
    owed_endpoints: Vec<Uuid>,
}

impl<'a> Batch<'a> {
    fn of(postings: &'a [Posting]) -> Self {
        let mut batch = Self::default();
        for Posting { event, dedupe, endpoints } in postings {
            batch.ids.push(event.id.0);
            batch.tenants.push(event.tenant.to_string());
            batch.keys.push(event.key.as_ref().map(EventKey::as_str));
            batch.types.push(event.event_type.as_str().to_owned());
            batch.occurred.push(event.occurred_at);
            batch.sources.push(event.source as i16);
            batch.data.push(event.data.get().as_bytes());
            batch.hashes.push(dedupe.map(Uuid::from_u128));
            for endpoint in endpoints {
                batch.owed_events.push(event.id.0);
                batch.owed_endpoints.push(endpoint.0);
            }
        }
        batch
    }
}
