//! Many endpoints, each event to one of them: each in turn, or some far more often than others. With 10,000 it is first
//! looked at what they cost while nothing is published.

use hookyard::bench::{Pace, event_type};

use super::idle;
use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Flow, Source};
use crate::limit::bare;
use crate::row::Row;
use crate::spread::{uniform, zipf};
use crate::stage::Stage;

pub struct Plan {
    pub endpoints: u32,
    pub quick_endpoints: u32,
    pub events: u32,
    pub quick_events: u32,
    /// What is to be reached of the deliveries to one endpoint.
    pub part: f64,
    pub is_idle_first: bool,
}

pub async fn run(cx: &mut Context, plan: &Plan) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let many = cx.sizes.of(plan.endpoints, plan.quick_endpoints);
    let size = cx.sizes.of(plan.events, plan.quick_events);
    let mut rows = Vec::new();
    let book = format!("endpoints-{}", plan.endpoints);
    let url = stage.sink.url(&book);
    let body = move |number| endpoint(number, &url, &event_type(number));
    let crowd = Crowd::of(cx, &stage, &book, many.count, body).await?;
    if plan.is_idle_first {
        rows.push(idle::measure(cx, &stage, many).await?);
    }
    for (law, spread) in [("uniform", uniform(many.count)), ("zipf", zipf(many.count))] {
        stage.sink.forget(&book).await?;
        let load = stage.load(&crowd.tenants, size.count, spread, Pace::FlatOut)?;
        let flow = Flow { source: Source::Http(load), book: &book, fan_out: 1 };
        let measured = flow.measure(cx, &mut stage).await?;
        let what = format!("{size} events, each to 1 of {many} endpoints ({law}), by HTTP");
        let mut row = Row::new(format!("{book}-{law}"), what, size.is_scaled || many.is_scaled);
        measured.tell(&mut row, bare);
        row.add("endpoints made", Unit::PerSecond, crowd.made_per_second);
        if let Some(one) = cx.one {
            row.aim("of `one`", Unit::Times, measured.per_second / one, Goal::AtLeast(plan.part));
        }
        rows.push(row);
    }
    Ok(rows)
}
