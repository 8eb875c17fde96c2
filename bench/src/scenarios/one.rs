//! One endpoint, events by HTTP as fast as they go: with as many requests under way as the bare limit has, and beside it
//! with as many as an endpoint has by default.

use hookyard::bench::{EVENT_TYPE, Pace, Spread};

use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Flow, Source};
use crate::limit::{IN_FLIGHT, bare};
use crate::row::Row;
use crate::stage::Stage;

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let mut rows = Vec::new();
    for (name, slots, quick) in [("one", Some(IN_FLIGHT), 60_000), ("one-default", None, 20_000)] {
        let size = cx.sizes.of(60_000, quick);
        let url = stage.sink.url(name);
        let body = move |number| {
            let mut body = endpoint(number, &url, EVENT_TYPE);
            if let Some(slots) = slots {
                body["maxInFlight"] = slots.into();
            }
            body
        };
        let crowd = Crowd::of(cx, &stage, name, 1, body).await?;
        let load = stage.load(&crowd.tenants, size.count, Spread::Alike, Pace::FlatOut)?;
        let flow = Flow { source: Source::Http(load), book: name, fan_out: 1 };
        let measured = flow.measure(cx, &mut stage).await?;
        let slots = slots.map_or_else(|| "8, the default,".to_owned(), |slots| slots.to_string());
        let what = format!("{size} events to 1 endpoint, by HTTP over 100 connections, {slots} in flight");
        let mut row = Row::new(name, what, size.is_scaled);
        measured.tell(&mut row, bare);
        if name == "one" {
            cx.one = Some(measured.per_second);
            row.set_goal("deliveries/s", Goal::AtLeast(6_000.0));
            row.set_goal("of the bare limit", Goal::AtLeast(0.25));
            row.set_goal("CPU together", Goal::AtMost(330.0));
        } else if let Some(one) = cx.one {
            row.add("of `one`", Unit::Times, measured.per_second / one);
        }
        rows.push(row);
    }
    Ok(rows)
}
