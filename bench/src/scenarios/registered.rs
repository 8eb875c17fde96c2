//! Very many endpoints: made, then hardly used, then each used now and then.

use hookyard::bench::{Pace, event_type, peak_bytes, resident_bytes};

use super::lag::PER_SECOND;
use crate::context::{Context, Size};
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Flow, Measured, Source};
use crate::limit::bare;
use crate::row::Row;
use crate::spread::uniform;
use crate::stage::{End, Stage};

const BOOK: &str = "registered";
const TENANTS: u32 = 16;
/// Of the endpoints, one in so many is active.
const ACTIVE: u32 = 100;
const ACTIVE_SECONDS: u32 = 15;
const ACTIVE_QUICK_SECONDS: u32 = 8;
/// To all endpoints in turn.
const SPARSE_PER_SECOND: u32 = 1_000;
const SPARSE_SECONDS: u32 = 60;
const SPARSE_QUICK_SECONDS: u32 = 10;
const MIB: f64 = 1_048_576.0;

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let many = cx.sizes.of(100_000, 3_000);
    let tenants: Vec<String> = (0..TENANTS).map(|number| format!("tenant-{number}")).collect();
    let url = stage.sink.url(BOOK);
    let body = move |number| endpoint(number, &url, &event_type(number));
    let crowd = Crowd::over(cx, &stage, tenants, many.count, body).await?;
    let made = resident_bytes(stage.node_pid()?)? as f64 / MIB;

    let active = (many.count / ACTIVE).max(1);
    let size = cx.sizes.of(PER_SECOND * ACTIVE_SECONDS, PER_SECOND * ACTIVE_QUICK_SECONDS);
    let measured = flow(cx, &mut stage, &crowd, size, active, PER_SECOND).await?;
    let what = format!(
        "{many} endpoints made over {TENANTS} tenants; then {size} events at {PER_SECOND} a second to {active} of them"
    );
    let mut registered = Row::new("registered", what, many.is_scaled || size.is_scaled);
    measured.tell(&mut registered, bare);
    registered.aim("endpoints made", Unit::PerSecond, crowd.made_per_second, Goal::AtLeast(1_000.0));
    registered.add("memory when made", Unit::Mib, made);
    registered.set_goal("memory at most", Goal::AtMost(400.0));

    let size = cx.sizes.of(SPARSE_PER_SECOND * SPARSE_SECONDS, SPARSE_PER_SECOND * SPARSE_QUICK_SECONDS);
    let measured = flow(cx, &mut stage, &crowd, size, many.count, SPARSE_PER_SECOND).await?;
    let what = format!("{size} events at {SPARSE_PER_SECOND} a second, to {many} endpoints in turn");
    let mut sparse = Row::new("sparse", what, many.is_scaled || size.is_scaled);
    measured.tell(&mut sparse, bare);
    sparse.set_goal("CPU together", Goal::AtMost(600.0));

    cx.begin("a start with all these endpoints");
    let (_, ready) = stage.restart(End::Asked).await?;
    registered.add("ready after a start", Unit::Seconds, ready.as_secs_f64());
    let started = peak_bytes(stage.node_pid()?)? as f64 / MIB;
    registered.add("memory after a start", Unit::Mib, started);
    Ok(vec![registered, sparse])
}

/// To the first so many endpoints in turn, at a steady rate.
async fn flow(
    cx: &mut Context,
    stage: &mut Stage,
    crowd: &Crowd,
    size: Size,
    endpoints: u32,
    per_second: u32,
) -> anyhow::Result<Measured> {
    stage.sink.forget(BOOK).await?;
    let pace = Pace::PerSecond(per_second.into());
    let load = stage.load(&crowd.tenants, size.count, uniform(endpoints), pace)?;
    Flow { source: Source::Http(load), book: BOOK, fan_out: 1 }.measure(cx, stage).await
}
