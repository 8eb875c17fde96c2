//! Intake's transaction: events, what they owe, and what was seen before, in one statement.
//!
//! Positions follow the order of the postings. Across transactions they become visible out of order, since who drew
//! first may commit last; not so those of an ordered endpoint: whoever posts to it waits here for the others' commit.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use actors::ports::{Posted, Posting, Reference};
use domain::channels::Channels;
use domain::event::EventKey;
use domain::id::{DeliveryId, EndpointId, EventId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use super::lane::Lane;

/// Advisory locks of the order of endpoints, `order` in ASCII: far from the node's own lock.
const ORDER_LOCK: i64 = 0x6f72_6465_7200_0000;
/// How many of these locks there are. A lock for each endpoint could fill Postgres' table of locks, which every
/// connection shares; endpoints that share one only wait for each other's commits.
const ORDER_LOCKS: u128 = 256;

/// How long a body that came to a source is remembered.
const SAME_BODY: Duration = Duration::from_hours(24);

/// The locks to hold from before these endpoints' positions are drawn until they are visible, in the order to take
/// them in, which is everybody's.
pub(super) fn order_locks(ordered: &[EndpointId]) -> Vec<i64> {
    // A UUIDv7 ends in random bits.
    let lock = |endpoint: &EndpointId| ORDER_LOCK | (endpoint.0.as_u128() % ORDER_LOCKS) as i64;
    ordered.iter().map(lock).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Writes a batch if `version` is still the ledger's. Keys go in sorted, so that two nodes never wait for
/// each other, and after the locks of what is ordered, for the same reason; a key whose window has passed is taken
/// over.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub(super) async fn post(
    lane: &Lane,
    postings: &[Posting],
    ordered: &[EndpointId],
    version: i64,
    dedupe_window: Duration,
) -> Result<Posted, Error> {
    let batch = Batch::of(postings, dedupe_window);
    let now = postings.iter().map(|posting| posting.came_at).max();
    let now = now.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut connection = lane.enter().await?;
    let rows = sqlx::query!(
        r#"
        with current as materialized (
            select version from subscriptions_version where version = $1
        ), locked as materialized (
            select count(pg_advisory_xact_lock(key)) as locks from unnest($14::bigint[]) as k (key)
            where exists (select from current)
        ), posted as materialized (
            select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                                  $7::smallint[], $8::bytea[], $9::uuid[], $15::uuid[], $16::text[], $18::text[],
                                  $19::text[], $20::timestamptz[], $10::timestamptz[], $21::timestamptz[], $22::text[])
                as p (id, tenant, key, type, occurred_at, source, data, hash, body_hash, inbound, channels, cloud_event,
                      expires_at, known_until, deliver_at, trace)
            -- Also what makes all that follows wait for the locks.
            where exists (select from current) and (select locks from locked) = cardinality($14::bigint[])
        ), noticed as (
            select hash, id, known_until as expires_at from posted where hash is not null
            union all select body_hash, id, $17 from posted where body_hash is not null
        ), seen as (
            insert into dedupe as known (hash, event_id, expires_at)
            select hash, id, expires_at from noticed order by hash
            on conflict (hash) do update set event_id = excluded.event_id, expires_at = excluded.expires_at
                where known.expires_at <= $11
            returning hash
        ), taken as not materialized (
            select * from posted
            where (hash is null or hash in (select hash from seen))
                and (body_hash is null or body_hash in (select hash from seen))
        ), later as (
            insert into scheduled_events (id, tenant, key, type, occurred_at, source, data, inbound, channels, cloud_event,
                expires_at, deliver_at, created_at, trace)
            select id, tenant, key, type, occurred_at, source, data, inbound, string_to_array(channels, ','),
                cloud_event::jsonb, expires_at, deliver_at, $11, trace from taken
            where deliver_at is not null
            returning id
        ), fresh as (
            insert into events (id, tenant, key, type, occurred_at, source, data, inbound, channels, cloud_event,
                expires_at, trace)
            select id, tenant, key, type, occurred_at, source, data, inbound, string_to_array(channels, ','),
                cloud_event::jsonb, expires_at, trace from taken
            where deliver_at is null
            returning id
        ), owed as (
            insert into deliveries (event_id, endpoint_id)
            select o.event_id, o.endpoint_id
            from unnest($12::uuid[], $13::uuid[]) with ordinality as o (event_id, endpoint_id, at)
            where o.event_id in (select id from fresh)
            -- The default of `position` is drawn above this sort.
            order by o.at
            returning event_id, endpoint_id, position
        )
        select event_id as "event_id?", endpoint_id as "endpoint_id?", position as "position?" from owed
        union all select id, null, null from fresh
        union all select id, null, null from later
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
        &batch.known_until,
        now,
        &batch.owed_events,
        &batch.owed_endpoints,
        &order_locks(ordered),
        &batch.body_hashes as &[Option<Uuid>],
        &batch.inbound as &[Option<String>],
        now + SAME_BODY,
        &batch.channels as &[Option<String>],
        &batch.cloud_events as &[Option<String>],
        &batch.expires as &[Option<OffsetDateTime>],
        &batch.deliver as &[Option<OffsetDateTime>],
        &batch.traces as &[Option<String>],
    )
    .fetch_all(connection.conn())
    .await?;
    connection.leave();
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

fn joined(channels: &Channels) -> Option<String> {
    (!channels.is_empty()).then(|| channels.names().collect::<Vec<_>>().join(","))
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
    body_hashes: Vec<Option<Uuid>>,
    inbound: Vec<Option<String>>,
    /// Joined by commas, which no name has: a parameter cannot be a list of lists of different lengths.
    channels: Vec<Option<String>>,
    cloud_events: Vec<Option<String>>,
    expires: Vec<Option<OffsetDateTime>>,
    deliver: Vec<Option<OffsetDateTime>>,
    /// How long its id is remembered: also while it waits.
    known_until: Vec<OffsetDateTime>,
    traces: Vec<Option<String>>,
    owed_events: Vec<Uuid>,
    owed_endpoints: Vec<Uuid>,
}

impl<'a> Batch<'a> {
    fn of(postings: &'a [Posting], dedupe_window: Duration) -> Self {
        let mut batch = Self::default();
        for Posting { event, dedupe, same_body, came_at, deliver_at, endpoints } in postings {
            batch.ids.push(event.id.0);
            batch.tenants.push(event.tenant.to_string());
            batch.keys.push(event.key.as_ref().map(EventKey::as_str));
            batch.types.push(event.event_type.as_str().to_owned());
            batch.occurred.push(event.occurred_at);
            batch.sources.push(event.source as i16);
            batch.data.push(event.data.get().as_bytes());
            batch.hashes.push(dedupe.map(Uuid::from_u128));
            batch.body_hashes.push(same_body.map(Uuid::from_u128));
            // Texts, ids and numbers: both always are JSON.
            batch.inbound.push(event.inbound.as_ref().and_then(|note| serde_json::to_string(note).ok()));
            batch.channels.push(joined(&event.channels));
            let cloud_event = event.cloud_event.as_ref();
            batch.cloud_events.push(cloud_event.and_then(|cloud| serde_json::to_string(cloud).ok()));
            batch.expires.push(event.expires_at);
            batch.deliver.push(*deliver_at);
            batch.known_until.push((*came_at).max(event.id.made_at()) + dedupe_window);
            batch.traces.push(event.trace.as_ref().map(ToString::to_string));
            for endpoint in endpoints {
                batch.owed_events.push(event.id.0);
                batch.owed_endpoints.push(endpoint.0);
            }
        }
        batch
    }
}
