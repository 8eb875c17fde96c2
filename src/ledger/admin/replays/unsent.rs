//! A backfill: kept events that match an endpoint's patterns and were never owed to it become owed.
//!
//! Who acts: whoever works off replays. Promises: oldest first, and in that order to be sent (events of one millisecond
//! as their ids have it: those of one request in its order); each event once, whatever intake posts meanwhile, by the key
//! of deliveries; no more at a time than [`CHUNK_OWED`], and the next only when its endpoint has nothing left that is due,
//! so that what is published meanwhile gets its turns between. What is owed so is found by the auditor as every retry is.
//! Leaves out: notices; events that match only what the endpoint subscribed to before, and what its channels and its filter
//! keep from it.

use std::time::Duration;

use domain::channels::Channels;
use domain::endpoint::Status;
use domain::event::public_id;
use domain::filter::{Effort, Reading, Wants};
use domain::id::{EndpointId, EventId};
use domain::matching::{EventType, Pattern};
use serde_json::value::RawValue;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Filter, Progress, Step, event_type};
use crate::ledger::Error;
use crate::ledger::admin::lowest_id;
use crate::ledger::directory::wants;
use crate::ledger::post::order_locks;

/// Events looked at in one step.
const CHUNK_ROWS: usize = 1_000;
/// Made owed in one step: fewer than a page that an endpoint reads, or nothing else would be read.
const CHUNK_OWED: usize = 50;
/// A publish that began before the replay may be committed after it: so long after, no more.
const COMMIT: Duration = Duration::from_secs(5);
/// … and its events were taken in so long before at most.
const TAKEN_IN: Duration = Duration::from_mins(1);

/// Of a filter on one event: a thread of the runtime's is not held longer.
const STEPS: u64 = 400_000;

struct Endpoint {
    id: EndpointId,
    patterns: Vec<Pattern>,
    channels: Channels,
    wants: Wants,
    ordered: bool,
}

impl Endpoint {
    /// `None` where it is owed nothing.
    async fn read(conn: &mut PgConnection, id: EndpointId) -> Result<Option<Self>, Error> {
        let row = sqlx::query!(
            r#"select status, ordered, filter, channels, array(select pattern from subscriptions s where s.endpoint_id = e.id)
                   as "patterns!"
               from endpoints e where id = $1 and deleted_at is null"#,
            id.0,
        )
        .fetch_optional(conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let channels = Channels::parse(&row.channels).map_err(|_| Error::Unreadable("channels"))?;
        let is_owed = |status| Status::from_number(status).is_some_and(Status::is_owed);
        Ok(is_owed(row.status).then(|| Self {
            id,
            patterns: row.patterns.iter().filter_map(|pattern| pattern.parse().ok()).collect(),
            channels,
            wants: row.filter.map_or(Wants::All, |written| wants(id, written)),
            ordered: row.ordered,
        }))
    }

    /// Whether it has something to send that is due.
    async fn is_busy(&self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<bool, Error> {
        let busy = sqlx::query_scalar!(
            r#"select exists (select from troubled
               where endpoint_id = $1 and status = 1 and next_attempt_at <= $2) as "busy!""#,
            self.id.0,
            now,
        )
        .fetch_one(conn)
        .await?;
        Ok(busy)
    }

    fn is_sent(&self, of: &str, channels: Option<&[String]>, filter: &Filter) -> bool {
        event_type(of).is_some_and(|of| {
            self.channels.take(&of_event(channels))
                && self.patterns.iter().any(|pattern| pattern.matches(&of))
                && filter.event.as_ref().is_none_or(|pattern| pattern.matches(&of))
        })
    }

    /// Those of these events, in their order, that its filter lets through.
    async fn wanted(&self, conn: &mut PgConnection, events: Vec<Uuid>) -> Result<Vec<Uuid>, Error> {
        let filter = match &self.wants {
            Wants::All => return Ok(events),
            Wants::Nothing => return Ok(Vec::new()),
            Wants::Matching(filter) => filter,
        };
        let mut wanted = Vec::with_capacity(events.len());
        for id in events {
            let row = sqlx::query!(
                r#"select key, type, channels, occurred_at, data as "data!" from events
                       where id = $1 and data is not null"#,
                id
            )
            .fetch_optional(&mut *conn)
            .await?;
            let Some(row) = row else { continue };
            let kind = row.r#type.parse::<EventType>().map_err(|_| Error::Unreadable("event type"))?;
            let data = serde_json::from_slice::<Box<RawValue>>(&row.data);
            let data = data.map_err(|_| Error::Unreadable("payload of an event"))?;
            let key = public_id(EventId(id), row.key.as_deref());
            let reading =
                Reading::new(&kind, row.occurred_at, &key, &of_event(row.channels.as_deref()), &data);
            let mut effort = Effort::new(STEPS);
            // What nobody can tell in time was refused when it was published, where this filter was there.
            if filter.matches_within(&reading, &mut effort) == Some(true) {
                wanted.push(id);
            }
        }
        Ok(wanted)
    }

    /// Owes it these, in this order. Answers with how many it was not owed before.
    async fn owe(&self, conn: &mut PgConnection, events: &[Uuid], now: OffsetDateTime) -> Result<u64, Error> {
        if self.ordered {
            // Its positions become visible in order: see `post`.
            for lock in order_locks(&[self.id]) {
                sqlx::query!(r#"select pg_advisory_xact_lock($1) as "lock: ()""#, lock)
                    .fetch_one(&mut *conn)
                    .await?;
            }
        }
        let owed = sqlx::query_scalar!(
            r#"
            with made as (
                insert into deliveries (event_id, endpoint_id, status, updated_at)
                select e.id, $2, 1, $3 from unnest($1::uuid[]) as w (id)
                    join events e on e.id = w.id and e.data is not null order by e.id
                on conflict do nothing returning event_id, endpoint_id, position
            ), due as (
                -- Due now, one after the other.
                insert into troubled (event_id, endpoint_id, tenant, type, position, status, attempts,
                    next_attempt_at, since)
                select m.event_id, m.endpoint_id, e.tenant, e.type, m.position, 1, 0,
                    $3::timestamptz - interval '1 ms'
                        + row_number() over (order by m.event_id) * interval '1 microsecond', $3
                from made m join events e on e.id = m.event_id order by m.event_id
            )
            select count(*) as "owed!" from made
            "#,
            events,
            self.id.0,
            now,
        )
        .fetch_one(conn)
        .await?;
        Ok(owed as u64)
    }
}

/// The next chunk, and how far it came.
pub(super) async fn step(
    conn: &mut PgConnection,
    progress: &Progress,
    filter: &Filter,
    now: OffsetDateTime,
) -> Result<(Step, Uuid), Error> {
    let endpoint = match filter.webhook_id {
        Some(id) => Endpoint::read(conn, id).await?,
        None => None,
    };
    let Some(endpoint) = endpoint else { return Ok((Step::cancelled(), progress.after.0)) };
    if endpoint.is_busy(conn, now).await? {
        return Ok((Step::waits(), progress.after.0));
    }
    let (below, is_settled) = bound(progress.created_at, now);
    let below = below.min(filter.made().below());
    let rows = sqlx::query!(
        r#"select e.id, e.type, e.channels, d.event_id is not null as "was_owed!"
           from (select id, type, channels from events where tenant = $1 and id > $2 and id >= $3 and id < $4
                     and source <> 2 order by id limit $5) e
           left join deliveries d on d.event_id = e.id and d.endpoint_id = $6 order by e.id"#,
        progress.tenant,
        progress.after.0,
        filter.made().from(),
        below,
        CHUNK_ROWS as i64,
        endpoint.id.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    let (mut unsent, mut seen, mut last) = (Vec::new(), 0, progress.after.0);
    for row in &rows {
        if unsent.len() == CHUNK_OWED {
            break;
        }
        (seen, last) = (seen + 1, row.id);
        if !row.was_owed && endpoint.is_sent(&row.r#type, row.channels.as_deref(), filter) {
            unsent.push(row.id);
        }
    }
    let unsent = endpoint.wanted(conn, unsent).await?;
    let owed = if unsent.is_empty() { 0 } else { endpoint.owe(conn, &unsent, now).await? };
    let is_at_end = seen == rows.len() && rows.len() < CHUNK_ROWS;
    let step = Step {
        seen: seen as u64,
        made: owed,
        to_read: (owed > 0).then_some((endpoint.id, owed as usize)),
        finished: is_at_end && is_settled,
        waits: is_at_end && !is_settled,
        ..Step::default()
    };
    Ok((step, last))
}

/// Nearly always none.
fn of_event(channels: Option<&[String]>) -> Channels {
    // What the ledger holds was vetted once.
    channels.and_then(|channels| Channels::parse(channels).ok()).unwrap_or_default()
}

/// The id below which no event becomes visible any more that was not matched with this endpoint, and whether it is the
/// last such: what was taken in after the replay was asked for was matched with the endpoint as it is.
fn bound(created_at: OffsetDateTime, now: OffsetDateTime) -> (Uuid, bool) {
    let is_settled = now >= created_at + COMMIT;
    (lowest_id(if is_settled { created_at } else { created_at - TAKEN_IN }), is_settled)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_is_committed_late_is_waited_for() {
        let created_at = datetime!(2026-01-02 03:04:05 UTC);
        let early = bound(created_at, created_at + Duration::from_secs(4));
        assert_eq!(early, (lowest_id(datetime!(2026-01-02 03:03:05 UTC)), false));
        assert_eq!(bound(created_at, created_at + Duration::from_secs(5)), (lowest_id(created_at), true));
    }
}
