//! Retries that all fall due in the same second, beside healthy endpoints.
//!
//! The sink answers 503 to every first attempt. What is published in the first second is to be tried again a second later
//! than what is published in the next, and so on, without anything added by chance: so all of it falls due together. An
//! endpoint gets four events, as five failures in a row would open its breaker, behind which nothing falls due.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hookyard::bench::{Manner, Pace, Spread, count, event_type};
use hookyard::servers::Postgres;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep_until};

use super::lag::PER_SECOND;
use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Beside, Flow, Measured, Source, until_arrived};
use crate::limit::bare;
use crate::row::Row;
use crate::spread::uniform;
use crate::stage::Stage;

const NAME: &str = "storm";
/// Events of each endpoint.
const EACH: u32 = 4;
/// Endpoints whose events are published in the same second.
const PER_SLOT: u32 = 250;
const HEALTHY: u32 = 20;
/// Of events to the healthy ones, quiet and beside the storm.
const SECONDS: u32 = 15;
const QUICK_SECONDS: u32 = 10;
/// From the last first attempt until all falls due.
const CALM: Duration = Duration::from_secs(5);

/// The seconds in which first attempts are published.
#[derive(Clone, Copy)]
struct Slots {
    count: u32,
    endpoints: u32,
}

impl Slots {
    fn of(retries: u32) -> Self {
        let endpoints = PER_SLOT.min(retries.div_ceil(EACH));
        Self { count: retries.div_ceil(endpoints * EACH), endpoints }
    }

    fn events_per_slot(self) -> u32 {
        self.endpoints * EACH
    }

    /// Which endpoint gets this event: those of one second each in turn, until each has its four.
    fn endpoint(self, event: u32) -> u32 {
        let slot = event / self.events_per_slot();
        slot * self.endpoints + event % self.endpoints
    }

    /// From a first attempt of this endpoint to its retry.
    fn wait(self, endpoint: u32) -> Duration {
        let slot = endpoint / self.endpoints;
        Duration::from_secs((self.count - slot).into()) + CALM
    }
}

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let size = cx.sizes.of(50_000, 5_000);
    let slots = Slots::of(size.count);
    let (retries, endpoints) = (slots.count * slots.events_per_slot(), slots.count * slots.endpoints);
    let mut row = Row::new(NAME, "", size.is_scaled);

    let quiet = healthy(cx, &mut stage, "quiet").await?;
    let url = stage.sink.url_of(NAME, Manner::FailingFirst);
    let body = move |number| {
        let mut body = endpoint(number, &url, &event_type(number));
        let wait = format!("{}s", slots.wait(number).as_secs());
        body["retrySchedule"] = json!({"initial": wait, "factor": 1, "max": wait, "jitter": 0});
        body
    };
    let crowd = Crowd::of(cx, &stage, NAME, endpoints, body).await?;
    cx.begin(&format!("{} first attempts that fail", count(retries.into())));
    let spread = Spread::Apart(Arc::new(move |event| slots.endpoint(event)));
    let pace = Pace::PerSecond(slots.events_per_slot().into());
    let began = Instant::now();
    let first = Beside::start(Source::Http(stage.load(&crowd.tenants, retries, spread, pace)?));
    first.end().await?;
    // From a second before they fall due.
    sleep_until(began + Duration::from_secs(u64::from(slots.count) - 1) + CALM).await;
    let (due, within) = due(&stage).await?;
    row.add("retries due", Unit::PerSecond, due as f64 / within.max(1.0));
    row.add("they fall due within", Unit::Seconds, within);
    let storm = healthy(cx, &mut stage, "beside").await?;
    cx.begin("the last of the retries");
    until_arrived(cx, &mut stage, NAME, retries.into()).await?;
    let counts = stage.sink.counts(NAME).await?;
    row.add("retries took", Unit::Seconds, (counts.last_micros - counts.first_micros) as f64 / 1e6);

    storm.tell(&mut row, bare);
    row.what = format!(
        "{} deliveries to {} endpoints fail and fall due again together; beside them events at {PER_SECOND} a \
         second to {HEALTHY} healthy endpoints, whose figures these are; CPU is all there is, for each of their deliveries",
        count(retries.into()),
        count(endpoints.into()),
    );
    row.add("quiet p99", Unit::Millis, quiet.lag.p99_ms);
    row.aim("lag p99, of the quiet one", Unit::Times, storm.lag.p99_ms / quiet.lag.p99_ms, Goal::AtMost(3.0));
    Ok(vec![row])
}

async fn healthy(cx: &mut Context, stage: &mut Stage, book: &str) -> anyhow::Result<Measured> {
    let url = stage.sink.url(book);
    let body = move |number| endpoint(number, &url, &event_type(number));
    let crowd = Crowd::of(cx, stage, book, HEALTHY, body).await?;
    let events = cx.sizes.of(PER_SECOND * SECONDS, PER_SECOND * QUICK_SECONDS).count;
    let pace = Pace::PerSecond(PER_SECOND.into());
    let load = stage.load(&crowd.tenants, events, uniform(HEALTHY), pace)?;
    Flow { source: Source::Http(load), book, fan_out: 1 }.measure(cx, stage).await
}

/// How many retries the ledger has, and within how many seconds they fall due.
async fn due(stage: &Stage) -> anyhow::Result<(i64, f64)> {
    let url = stage.rig.postgres().map(Postgres::url).context("Postgres was not started")?;
    let mut connection = PgConnection::connect(&url).await.context("connect to Postgres")?;
    let found = sqlx::query_as(
        "select count(*), coalesce(extract(epoch from max(next_attempt_at) - min(next_attempt_at)), 0)::float8
         from troubled where next_attempt_at is not null",
    );
    let found = found.fetch_one(&mut connection).await.context("look up what falls due")?;
    connection.close().await.context("leave Postgres")?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_gets_four_and_all_fall_due_in_the_same_second() {
        for retries in [5, 1_000, 50_000] {
            let slots = Slots::of(retries);
            let events = slots.count * slots.events_per_slot();
            assert!(events >= retries && events < retries + slots.events_per_slot());
            let mut counts = vec![0; (slots.count * slots.endpoints) as usize];
            for event in 0..events {
                let endpoint = slots.endpoint(event);
                counts[endpoint as usize] += 1;
                let at = f64::from(event) / f64::from(slots.events_per_slot());
                let due = at + slots.wait(endpoint).as_secs_f64() - CALM.as_secs_f64();
                let all = f64::from(slots.count);
                assert!((all..all + 1.0).contains(&due), "event {event} falls due at {due}");
            }
            assert!(counts.iter().all(|count| *count == EACH));
        }
    }
}
