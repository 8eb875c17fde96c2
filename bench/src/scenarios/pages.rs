//! A ledger that has seen much: how long pages take that a person looks at, and what others notice of its retention.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use domain::id::EndpointId;
use hookyard::bench::{Connection, EVENT_TYPE, Pace, Spread, count};
use hookyard::clock::SystemClock;
use hookyard::ledger::Retention;
use hookyard::ledger::partitions::drop_old;
use http::{HeaderMap, Method};
use sqlx::PgPool;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::lag::PER_SECOND;
use crate::api::{PATIENCE, success};
use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::fill::{DAYS, Filled, RARE_TYPE, fill};
use crate::flow::{Flow, Measured, Source};
use crate::row::Row;
use crate::stage::Stage;
use crate::statistics::percentile;

const NAME: &str = "pages";
const TENANT: &str = "acme";
const ENDPOINTS: u32 = 100;
/// Of each kind of page.
const ASKED: u32 = 200;
const GOAL_MS: f64 = 50.0;
const DAY: Duration = Duration::from_hours(24);
const LAG_SECONDS: u32 = 20;
const LAG_QUICK_SECONDS: u32 = 5;

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    // What was published has been delivered: they need no receiver.
    let body = |number| endpoint(number, "https://receiver.example/hooks", &format!("order.n{number}"));
    let crowd = Crowd::of(cx, &stage, TENANT, ENDPOINTS, body).await?;
    let endpoints: Vec<EndpointId> =
        crowd.ids.iter().map(|id| id.parse()).collect::<Result<_, _>>().context("the id of an endpoint")?;
    let pool = PgPool::connect(stage.config()?.postgres.url.expose()).await?;
    let now = actors::ports::Clock::now(&SystemClock);
    let size = cx.sizes.of(10_000_000, 500_000);
    let ids: Vec<Uuid> = endpoints.iter().map(|endpoint| endpoint.0).collect();
    let filled = fill(cx, &pool, TENANT, &ids, size.count, now).await?;

    let mut row = Row::new(NAME, told(filled), size.is_scaled);
    let asked = cx.sizes.of(ASKED, ASKED).count;
    let mut pages = Pages::open(&stage, &pool).await?;
    for (name, path) in PAGES {
        cx.begin(&format!("pages: {name}"));
        let p99 = pages.p99(asked, now, &endpoints, path).await?;
        row.aim(format!("{name} p99"), Unit::Millis, p99, Goal::AtMost(GOAL_MS));
    }

    let quiet = steady(cx, &mut stage, "quiet").await?;
    let bytes = events_bytes(&pool).await?;
    let round = AbortOnDropHandle::new(tokio::spawn(retention(pool.clone(), now)));
    let beside = steady(cx, &mut stage, "beside").await?;
    let took = round.await??;
    row.add("payloads of a day gone after", Unit::Seconds, took.as_secs_f64());
    row.add("events before", Unit::Mib, bytes);
    row.add("events after", Unit::Mib, events_bytes(&pool).await?);
    row.add("steady p99, quiet", Unit::Millis, quiet.lag.p99_ms);
    row.add("steady p99, beside retention", Unit::Millis, beside.lag.p99_ms);
    row.add("steady max, beside retention", Unit::Millis, beside.lag.max_ms);
    Ok(vec![row])
}

fn told(Filled { events, attempts }: Filled) -> String {
    format!(
        "{} attempts at {} events of {DAYS} days; each page asked {ASKED} times, over all of that time",
        count(attempts),
        count(events.into())
    )
}

/// Of one kind: what differs from one time to the next is put in.
const PAGES: [(&str, &str); 12] = [
    ("events", "/events?until={until}"),
    ("events of a type", "/events?until={until}&event=order.n7"),
    ("events of a rare type", "/events?until={until}&event={rare}"),
    ("an event", "/events/{event}"),
    ("deliveries", "/deliveries?until={until}"),
    ("deliveries of a type", "/deliveries?until={until}&event=order.n7"),
    ("deliveries that are dead", "/deliveries?until={until}&status=dead"),
    ("deliveries of an endpoint", "/webhooks/{endpoint}/deliveries?until={until}"),
    ("those of it that are dead", "/webhooks/{endpoint}/deliveries?until={until}&status=dead"),
    ("a delivery", "/deliveries/{delivery}"),
    ("dead letters", "/dead-letters?until={until}"),
    ("top endpoints", "/webhooks/top?by=failures"),
];

struct Pages {
    connection: Connection,
    headers: HeaderMap,
    pool: PgPool,
}

impl Pages {
    async fn open(stage: &Stage, pool: &PgPool) -> anyhow::Result<Self> {
        let connection = Connection::open(stage.api.address, PATIENCE).await?;
        Ok(Self { connection, headers: stage.api.headers(TENANT)?, pool: pool.clone() })
    }

    /// Milliseconds.
    async fn p99(
        &mut self,
        asked: u32,
        now: OffsetDateTime,
        endpoints: &[EndpointId],
        path: &str,
    ) -> anyhow::Result<f64> {
        let mut took = Vec::with_capacity(asked as usize);
        for (number, endpoint) in (0..asked).zip(endpoints.iter().cycle()) {
            let part = f64::from(number) / f64::from(asked);
            let until = now - (DAY * DAYS).mul_f64(part);
            let (event, delivery) = if path.contains("{event}") || path.contains("{delivery}") {
                some(&self.pool, until).await?
            } else {
                <_>::default()
            };
            let path = path
                .replace("{until}", &until.format(&Rfc3339)?)
                .replace("{endpoint}", &endpoint.to_string())
                .replace("{event}", &event)
                .replace("{delivery}", &delivery)
                .replace("{rare}", RARE_TYPE);
            let path = format!("/api/v1{path}");
            let began = Instant::now();
            let answer = self.connection.ask(Method::GET, &path, &self.headers, Bytes::new()).await?;
            took.push(began.elapsed().as_secs_f64() * 1e3);
            success(&answer, &path)?;
        }
        Ok(percentile(&took, 0.99))
    }
}

/// An event that was made before then, and a delivery of it, as the API calls them.
async fn some(pool: &PgPool, until: OffsetDateTime) -> anyhow::Result<(String, String)> {
    let sql = "select event_id, endpoint_id from deliveries where event_id < uuid_at($1)
        order by event_id desc, endpoint_id limit 1";
    let found = sqlx::query_as::<_, (Uuid, Uuid)>(sql).bind(until).fetch_optional(pool).await?;
    // Nothing is as old: what is asked for is not there, which is an answer too.
    let (event, endpoint) = found.context("an event of days gone by")?;
    let event = domain::id::EventId(event);
    let delivery = domain::id::DeliveryId { event, endpoint: EndpointId(endpoint) };
    Ok((event.to_string(), delivery.to_string()))
}

/// Events to an endpoint at a steady rate.
async fn steady(cx: &mut Context, stage: &mut Stage, book: &str) -> anyhow::Result<Measured> {
    let url = stage.sink.url(book);
    let crowd = Crowd::of(cx, stage, book, 1, move |number| endpoint(number, &url, EVENT_TYPE)).await?;
    let size = cx.sizes.of(PER_SECOND * LAG_SECONDS, PER_SECOND * LAG_QUICK_SECONDS);
    let pace = Pace::PerSecond(PER_SECOND.into());
    let load = stage.load(&crowd.tenants, size.count, Spread::Alike, pace)?;
    Flow { source: Source::Http(load), book, fan_out: 1 }.measure(cx, stage).await
}

/// One round, in which the payloads of the oldest day go; answers with how long it took.
async fn retention(pool: PgPool, now: OffsetDateTime) -> anyhow::Result<Duration> {
    let long = DAY * 365;
    let retention = Retention {
        finished: long,
        unfinished: long,
        payloads: DAY * (DAYS - 1),
        attempts: long,
        audit_log: long,
        statistics: long,
        unroutable: long,
    };
    let began = Instant::now();
    drop_old(&pool, now, retention).await?;
    Ok(began.elapsed())
}

async fn events_bytes(pool: &PgPool) -> anyhow::Result<f64> {
    let sql = "select sum(pg_total_relation_size(inhrelid))::float8 from pg_inherits where inhparent = 'events'::regclass";
    Ok(sqlx::query_scalar::<_, f64>(sql).fetch_one(pool).await? / 1_048_576.0)
}
