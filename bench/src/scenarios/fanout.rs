//! Every event goes to 10 endpoints, or to 1,000.

use hookyard::bench::{EVENT_TYPE, Pace, Spread};

use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::Goal;
use crate::flow::{Flow, Source};
use crate::limit::bare;
use crate::row::Row;
use crate::stage::Stage;

pub async fn run(cx: &mut Context, fan_out: u32, events: u32) -> anyhow::Result<Vec<Row>> {
    let name = format!("fanout-{fan_out}");
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let size = cx.sizes.of(events, events);
    let url = stage.sink.url(&name);
    let crowd =
        Crowd::of(cx, &stage, &name, fan_out, move |number| endpoint(number, &url, EVENT_TYPE)).await?;
    let load = stage.load(&crowd.tenants, size.count, Spread::Alike, Pace::FlatOut)?;
    let flow = Flow { source: Source::Http(load), book: &name, fan_out };
    let measured = flow.measure(cx, &mut stage).await?;
    let what = format!("{size} events, each to {fan_out} endpoints, by HTTP");
    let mut row = Row::new(name, what, size.is_scaled);
    measured.tell(&mut row, bare);
    row.set_goal("deliveries/s", Goal::AtLeast(12_000.0));
    Ok(vec![row])
}
