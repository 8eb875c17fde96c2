//! Small, larger and large events to one endpoint: bytes a second must not fall as they grow.

use hookyard::bench::{EVENT_TYPE, Pace, Spread};

use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Flow, Source};
use crate::limit::{IN_FLIGHT, bare_of};
use crate::row::Row;
use crate::stage::Stage;

/// Of the data of an event, and how many events.
const SIZES: [(&str, usize, u32); 3] =
    [("payload-1k", 1_000, 20_000), ("payload-20k", 20_000, 6_000), ("payload-256k", 256_000, 600)];

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let mut rows = Vec::new();
    let mut smaller: Option<f64> = None;
    for (name, bytes, events) in SIZES {
        let size = cx.sizes.of(events, events);
        let bare = bare_of(cx, &mut stage, &format!("bare-{name}"), size.count, bytes).await?;
        let url = stage.sink.url(name);
        let body = move |number| {
            let mut body = endpoint(number, &url, EVENT_TYPE);
            body["maxInFlight"] = IN_FLIGHT.into();
            body
        };
        let crowd = Crowd::of(cx, &stage, name, 1, body).await?;
        let mut load = stage.load(&crowd.tenants, size.count, Spread::Alike, Pace::FlatOut)?;
        load.data_bytes = bytes;
        let flow = Flow { source: Source::Http(load), book: name, fan_out: 1 };
        let measured = flow.measure(cx, &mut stage).await?;
        let what = format!("{size} events of {bytes} bytes to 1 endpoint, {IN_FLIGHT} in flight");
        let mut row = Row::new(name, what, size.is_scaled);
        measured.tell(&mut row, bare);
        let megabytes = measured.per_second * bytes as f64 / 1e6;
        row.add("data", Unit::MbPerSecond, megabytes);
        if let Some(smaller) = smaller {
            row.aim(
                "data, of that of the next smaller",
                Unit::Times,
                megabytes / smaller,
                Goal::AtLeast(1.0),
            );
        }
        smaller = Some(megabytes);
        rows.push(row);
    }
    Ok(rows)
}
