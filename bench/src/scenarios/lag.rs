//! How late events arrive at a rate that is easily kept up with.

use hookyard::bench::{EVENT_TYPE, Pace, Spread};

use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Flow, Source};
use crate::limit::bare;
use crate::row::Row;
use crate::stage::Stage;

const NAME: &str = "lag";
pub const PER_SECOND: u32 = 200;
const SECONDS: u32 = 30;

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let size = cx.sizes.of(PER_SECOND * SECONDS, PER_SECOND * SECONDS);
    let url = stage.sink.url(NAME);
    let crowd = Crowd::of(cx, &stage, NAME, 1, move |number| endpoint(number, &url, EVENT_TYPE)).await?;
    let pace = Pace::PerSecond(PER_SECOND.into());
    let load = stage.load(&crowd.tenants, size.count, Spread::Alike, pace)?;
    let flow = Flow { source: Source::Http(load), book: NAME, fan_out: 1 };
    let measured = flow.measure(cx, &mut stage).await?;
    let what = format!("{size} events at {PER_SECOND} a second to 1 endpoint");
    let mut row = Row::new(NAME, what, size.is_scaled);
    measured.tell(&mut row, bare);
    row.set_goal("lag p50", Goal::AtMost(4.0));
    row.set_goal("lag p99", Goal::AtMost(12.0));
    row.add("lag max", Unit::Millis, measured.lag.max_ms);
    let histogram = stage.sink.histogram(NAME).await?;
    let width = f64::from(histogram.width_micros) / 1e3;
    let points = histogram.counts.iter().enumerate();
    row.draw("lag", points.map(|(at, count)| (at as f64 * width, *count as f64)).collect());
    Ok(vec![row])
}
