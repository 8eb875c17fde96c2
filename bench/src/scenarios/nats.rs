//! The same published to NATS, whose acknowledgements are not waited for one by one.

use anyhow::Context as _;
use hookyard::bench::EVENT_TYPE;
use hookyard::servers::Nats;

use crate::broker::Broker;
use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::Goal;
use crate::flow::{Flow, Source};
use crate::limit::{IN_FLIGHT, bare};
use crate::row::Row;
use crate::stage::{DATA_BYTES, Stage};

const NAME: &str = "nats";

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let size = cx.sizes.of(60_000, 30_000);
    let url = stage.sink.url(NAME);
    let body = move |number| {
        let mut body = endpoint(number, &url, EVENT_TYPE);
        body["maxInFlight"] = IN_FLIGHT.into();
        body
    };
    Crowd::of(cx, &stage, NAME, 1, body).await?;
    let broker = Broker {
        url: stage.rig.nats().map(Nats::url).context("nats-server was not started")?,
        tenant: NAME.to_owned(),
        events: size.count,
        data_bytes: DATA_BYTES,
    };
    let flow = Flow { source: Source::Nats(broker), book: NAME, fan_out: 1 };
    let measured = flow.measure(cx, &mut stage).await?;
    let what = format!("{size} events to 1 endpoint, by JetStream, {IN_FLIGHT} in flight");
    let mut row = Row::new(NAME, what, size.is_scaled);
    measured.tell(&mut row, bare);
    row.set_goal("deliveries/s", Goal::AtLeast(8_000.0));
    Ok(vec![row])
}
