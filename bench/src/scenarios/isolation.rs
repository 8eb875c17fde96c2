//! Healthy endpoints, and as many beside them that are dead, hang, or take five seconds: what the healthy ones notice.
//!
//! First all are healthy: the quiet figure, of the same number of events to the same number of endpoints.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context as _;
use hookyard::bench::{Load, Manner, Pace, event_type};

use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::figure::{Goal, Unit};
use crate::flow::{Beside, Flow, Source, until_arrived};
use crate::limit::bare;
use crate::row::Row;
use crate::spread::uniform;
use crate::stage::Stage;

const NAME: &str = "isolation";
/// The book of the others, as long as they are healthy.
const WELL: &str = "others-well";
/// Healthy ones, and as many others.
const HALF: u32 = 100;
/// To each half.
const PER_SECOND: u32 = 200;
const SECONDS: u32 = 20;
const QUICK_SECONDS: u32 = 10;
const SLOW: Duration = Duration::from_secs(5);
/// Of those that hang: as long as they hold an attempt.
const TIMEOUT_MS: u32 = 2_000;

pub async fn run(cx: &mut Context) -> anyhow::Result<Vec<Row>> {
    let mut stage = Stage::start(cx).await?;
    let bare = bare(cx, &mut stage).await?;
    let size = cx.sizes.of(PER_SECOND * SECONDS, PER_SECOND * QUICK_SECONDS);
    let load = |stage: &Stage, crowd: &Crowd| -> anyhow::Result<Load> {
        stage.load(&crowd.tenants, size.count, uniform(HALF), Pace::PerSecond(PER_SECOND.into()))
    };
    let mut p99 = Vec::new();
    let mut row = Row::new(NAME, "", size.is_scaled);
    for (book, others_are_ill) in [("quiet", false), ("troubled", true)] {
        let url = stage.sink.url(book);
        let body = move |number| endpoint(number, &url, &event_type(number));
        let healthy = Crowd::of(cx, &stage, book, HALF, body).await?;
        let urls = [
            dead()?,
            stage.sink.url_of("others", Manner::Never),
            stage.sink.url_of("others", Manner::After(SLOW)),
        ];
        let well = stage.sink.url(WELL);
        let body = move |number: u32| {
            let url = if others_are_ill { &urls[number as usize % urls.len()] } else { &well };
            let mut body = endpoint(number, url, &event_type(number));
            if url.ends_with("never") {
                body["timeoutMs"] = TIMEOUT_MS.into();
            }
            body
        };
        let others = Crowd::of(cx, &stage, &format!("{book}-others"), HALF, body).await?;
        let beside = Beside::start(Source::Http(load(&stage, &others)?));
        let source = Source::Http(load(&stage, &healthy)?);
        let measured = Flow { source, book, fan_out: 1 }.measure(cx, &mut stage).await?;
        beside.end().await?;
        if !others_are_ill {
            until_arrived(cx, &mut stage, WELL, size.count.into()).await?;
        }
        p99.push(measured.lag.p99_ms);
        if others_are_ill {
            measured.tell(&mut row, bare);
        } else {
            row.add("quiet p50", Unit::Millis, measured.lag.p50_ms);
            row.add("quiet p99", Unit::Millis, measured.lag.p99_ms);
        }
    }
    row.what = format!(
        "{size} events at {PER_SECOND} a second to {HALF} healthy endpoints, and as many to {HALF} that are dead, hang or take 5 s; \
         lag is that of the healthy ones, CPU all there is, for each of their deliveries"
    );
    row.aim("lag p99, of the quiet one", Unit::Times, p99[1] / p99[0], Goal::AtMost(1.5));
    Ok(vec![row])
}

/// Where nobody listens any more.
fn dead() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("find a port that nobody listens on")?;
    Ok(format!("http://{}/", listener.local_addr()?))
}
