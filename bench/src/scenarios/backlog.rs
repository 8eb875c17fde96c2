//! A million deliveries that wait behind a pause: what others notice of it, and what a start takes.

use std::time::Duration;

use anyhow::bail;
use hookyard::bench::{EVENT_TYPE, Pace, Spread, count, peak_bytes};
use tokio::time::{Instant, sleep};

use super::lag::PER_SECOND;
use super::waiting::Waiting;
use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Flow, Measured, Source};
use crate::limit::{IN_FLIGHT, bare};
use crate::row::Row;
use crate::stage::{End, Stage};

const NAME: &str = "backlog";
const STEPS: u64 = 10;
const MIB: f64 = 1_048_576.0;
/// For the first delivery after a start.
const FIRST_MAX: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(10);

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let size = cx.sizes.of(1_000_000, 100_000);
    let mut row = Row::new(NAME, "", size.is_scaled);
    let mut waiting = Waiting::none(cx, &stage, "waiting").await?;
    let (empty_rate, empty_lag) = probe(cx, &mut stage, "empty").await?;

    cx.begin(&format!("{size} deliveries that wait"));
    let mut memory = vec![(0.0, empty_lag.peak_bytes as f64 / MIB)];
    let began = Instant::now();
    for step in 1..=STEPS {
        let resident = waiting.grow(cx, &stage, u64::from(size.count) * step / STEPS).await?;
        memory.push((waiting.deliveries() as f64, resident as f64 / MIB));
    }
    let piled = waiting.deliveries() as f64 / began.elapsed().as_secs_f64();
    let settled = stage.until_quiet(cx).await?;
    let (full_rate, full_lag) = probe(cx, &mut stage, "full").await?;

    full_rate.tell(&mut row, bare);
    row.add("waiting deliveries taken", Unit::PerSecond, piled);
    row.add("nothing more to do after", Unit::Seconds, settled.as_secs_f64());
    let slower = empty_rate.published_per_second / full_rate.published_per_second;
    row.aim("publishing, times as slow", Unit::Times, slower, Goal::AtMost(1.2));
    row.add("CPU, of empty", Unit::Times, full_rate.cpu_together() / empty_rate.cpu_together());
    for (name, empty, full) in [
        ("steady p50", empty_lag.lag.p50_ms, full_lag.lag.p50_ms),
        ("steady p99", empty_lag.lag.p99_ms, full_lag.lag.p99_ms),
    ] {
        row.add(format!("{name}, empty"), Unit::Millis, empty);
        row.add(format!("{name}, with the backlog"), Unit::Millis, full);
        row.aim(format!("{name}, of empty"), Unit::Times, full / empty, Goal::AtMost(1.2));
    }
    row.aim("memory", Unit::Mib, peak_bytes(stage.node_pid()?)? as f64 / MIB, Goal::AtMost(300.0));
    row.draw("memory", memory);
    for (name, end) in [("drained", End::Asked), ("killed", End::Killed)] {
        cx.begin(&format!("a start with the backlog, the node before {name}"));
        let (ready, first) = start(cx, &mut stage, name, end).await?;
        row.aim(format!("ready, {name} before"), Unit::Seconds, ready, Goal::AtMost(5.0));
        row.aim(format!("first delivery, {name} before"), Unit::Seconds, first, Goal::AtMost(10.0));
    }
    row.aim(
        "memory after a start",
        Unit::Mib,
        peak_bytes(stage.node_pid()?)? as f64 / MIB,
        Goal::AtMost(300.0),
    );
    let began = Instant::now();
    waiting.drain(cx, &mut stage).await?;
    row.add("drained", Unit::PerSecond, waiting.deliveries() as f64 / began.elapsed().as_secs_f64());
    row.what = format!(
        "{} deliveries wait behind pauses; to another endpoint events flat out (the flow), and at {PER_SECOND} a second; then starts",
        count(waiting.deliveries())
    );
    Ok(vec![row])
}

/// Events to another endpoint: as fast as they go, and at a steady rate.
async fn probe(cx: &mut Context, stage: &mut Stage, name: &str) -> anyhow::Result<(Measured, Measured)> {
    let paces = [
        (20_000, 10_000, Pace::FlatOut),
        (PER_SECOND * 15, PER_SECOND * 8, Pace::PerSecond(PER_SECOND.into())),
    ];
    let mut measured = Vec::new();
    for (book, (stated, quick, pace)) in [format!("{name}-flat"), format!("{name}-steady")].iter().zip(paces)
    {
        let url = stage.sink.url(book);
        let body = move |number| {
            let mut body = endpoint(number, &url, EVENT_TYPE);
            body["maxInFlight"] = IN_FLIGHT.into();
            body
        };
        let crowd = Crowd::of(cx, stage, book, 1, body).await?;
        let events = cx.sizes.of(stated, quick).count;
        let load = stage.load(&crowd.tenants, events, Spread::Alike, pace)?;
        measured.push(Flow { source: Source::Http(load), book, fan_out: 1 }.measure(cx, stage).await?);
    }
    let [flat, steady] =
        <[Measured; 2]>::try_from(measured).map_err(|_| anyhow::anyhow!("two were measured"))?;
    Ok((flat, steady))
}

/// Ends the node, starts it, and publishes an event to an endpoint that nothing waits for: seconds from the start until
/// the node was ready, and until the event arrived.
async fn start(cx: &mut Context, stage: &mut Stage, name: &str, end: End) -> anyhow::Result<(f64, f64)> {
    let url = stage.sink.url(name);
    let crowd = Crowd::of(cx, stage, name, 1, move |number| endpoint(number, &url, EVENT_TYPE)).await?;
    let (began, ready) = stage.restart(end).await?;
    let mut load = stage.load(&crowd.tenants, 1, Spread::Alike, Pace::FlatOut)?;
    load.connections = 1;
    load.publish(std::sync::Arc::default()).await?;
    while stage.sink.counts(name).await?.deliveries == 0 {
        if began.elapsed() > FIRST_MAX {
            bail!("waited {FIRST_MAX:?} for the first delivery after a start");
        }
        sleep(LOOK_EVERY).await;
    }
    Ok((ready.as_secs_f64(), began.elapsed().as_secs_f64()))
}
