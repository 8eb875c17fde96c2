//! What a delivery costs as something grows: the endpoints, what waits, and what was delivered already. The exponent of
//! each is that of the line through the logarithms.

use hookyard::bench::{EVENT_TYPE, Pace, Spread, count, event_type};

use super::waiting::Waiting;
use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::Unit;
use crate::flow::{Flow, Measured, Source, taken, until_arrived};
use crate::limit::{IN_FLIGHT, bare};
use crate::row::Row;
use crate::spread::uniform;
use crate::stage::Stage;

/// Events at each point.
const EVENTS: u32 = 20_000;
const QUICK_EVENTS: u32 = 5_000;
/// What is delivered before goes to so many endpoints.
const LOG_FAN_OUT: u32 = 10;
const LOG_BATCH: u32 = 200;

/// Cost and throughput at one point.
struct Point {
    n: f64,
    micros: f64,
    per_second: f64,
}

pub async fn endpoints(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let mut points = Vec::new();
    let mut is_scaled = false;
    for (stated, quick) in [(1, 1), (10, 10), (100, 100), (1_000, 300), (10_000, 1_000)] {
        let size = cx.sizes.of(stated, quick);
        is_scaled |= size.is_scaled;
        let book = format!("endpoints-{stated}");
        let measured = measure(cx, &mut stage, &book, size.count, &mut is_scaled).await?;
        points.push(Point::of(size.count.into(), &measured));
    }
    Ok(vec![told("growth-endpoints", "endpoints", is_scaled, &points, bare)])
}

pub async fn backlog(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let mut waiting = Waiting::none(cx, &stage, "waiting").await?;
    let mut points = Vec::new();
    let mut is_scaled = false;
    for (stated, quick) in [(0, 0), (100_000, 10_000), (1_000_000, 50_000)] {
        if stated > 0 {
            let size = cx.sizes.of(stated, quick);
            is_scaled |= size.is_scaled;
            cx.begin(&format!("{size} deliveries that wait"));
            waiting.grow(cx, &stage, size.count.into()).await?;
            stage.until_quiet(cx).await?;
        }
        let measured = measure(cx, &mut stage, &format!("backlog-{stated}"), 1, &mut is_scaled).await?;
        points.push(Point::of(waiting.deliveries() as f64, &measured));
    }
    waiting.drain(cx, &mut stage).await?;
    Ok(vec![told("growth-backlog", "deliveries that wait", is_scaled, &points, bare)])
}

pub async fn log(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let url = stage.sink.url("log");
    let body = move |number| endpoint(number, &url, EVENT_TYPE);
    let crowd = Crowd::of(cx, &stage, "log", LOG_FAN_OUT, body).await?;
    let (mut points, mut delivered) = (Vec::new(), 0_u32);
    let mut is_scaled = false;
    for (stated, quick) in [(0, 0), (200_000, 10_000), (1_000_000, 50_000)] {
        if stated > 0 {
            let size = cx.sizes.of(stated, quick);
            is_scaled |= size.is_scaled;
            cx.begin(&format!("{size} deliveries before"));
            let events = size.count.saturating_sub(delivered).div_ceil(LOG_FAN_OUT);
            let mut load = stage.load(&crowd.tenants, events, Spread::Alike, Pace::FlatOut)?;
            (load.batch, load.connections) = (LOG_BATCH.min(events.max(1)), 4);
            stage.sink.forget("log").await?;
            taken(&Source::Http(load).publish(std::sync::Arc::default()).await?, events)?;
            until_arrived(cx, &mut stage, "log", u64::from(events * LOG_FAN_OUT)).await?;
            delivered += events * LOG_FAN_OUT;
            stage.until_quiet(cx).await?;
        }
        let measured = measure(cx, &mut stage, &format!("log-{stated}"), 1, &mut is_scaled).await?;
        points.push(Point::of(f64::from(delivered), &measured));
    }
    Ok(vec![told("growth-log", "deliveries before", is_scaled, &points, bare)])
}

/// Events to so many endpoints in turn, as fast as they go.
async fn measure(
    cx: &mut Context,
    stage: &mut Stage,
    book: &str,
    endpoints: u32,
    is_scaled: &mut bool,
) -> anyhow::Result<Measured> {
    let url = stage.sink.url(book);
    let body = move |number| {
        let mut body = endpoint(number, &url, &event_type(number));
        body["maxInFlight"] = IN_FLIGHT.into();
        body
    };
    let crowd = Crowd::of(cx, stage, book, endpoints, body).await?;
    let size = cx.sizes.of(EVENTS, QUICK_EVENTS);
    *is_scaled |= size.is_scaled;
    let load = stage.load(&crowd.tenants, size.count, uniform(endpoints), Pace::FlatOut)?;
    Flow { source: Source::Http(load), book, fan_out: 1 }.measure(cx, stage).await
}

impl Point {
    fn of(n: f64, measured: &Measured) -> Self {
        Self { n, micros: measured.cpu_together(), per_second: measured.per_second }
    }
}

fn told(name: &str, what: &str, is_scaled: bool, points: &[Point], bare: f64) -> Row {
    let mut row =
        Row::new(name, format!("events flat out, {IN_FLIGHT} in flight, as {what} grow"), is_scaled);
    let costs: Vec<(f64, f64)> = points.iter().map(|point| (point.n, point.micros)).collect();
    row.add("exponent", Unit::Exponent, crate::statistics::exponent(&costs));
    for Point { n, micros, per_second } in points {
        let n = count(*n as u64);
        row.add(format!("CPU at {n}"), Unit::Micros, *micros);
        row.add(format!("rate at {n}"), Unit::PerSecond, *per_second);
    }
    row.draw("CPU together", costs);
    row.draw("deliveries/s", points.iter().map(|point| (point.n, point.per_second)).collect());
    row.draw("bare limit", points.iter().map(|point| (point.n, bare)).collect());
    row
}
