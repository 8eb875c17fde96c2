//! The bare limit: the same client sends the same signed bodies to the same sink, with neither queue nor ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::address::EndpointUrl;
use hookyard::app::wiring;
use hookyard::bench::{self, Bare, EVENT_TYPE, Watch, seconds};
use hookyard::clock::SystemClock;
use hookyard::courier::{Bodies, Sender};
use hookyard::egress::Egress;
use hookyard::vault::Vault;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::context::Context;
use crate::stage::{DATA_BYTES, Stage};

/// Requests under way at a time.
pub const IN_FLIGHT: u32 = 64;
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Enough for a second and more.
const REQUESTS: u32 = 40_000;

/// Deliveries a second.
pub async fn bare(cx: &mut Context, stage: &mut Stage) -> anyhow::Result<f64> {
    let requests = ((f64::from(REQUESTS) * cx.sizes.scale) as u32).max(IN_FLIGHT);
    bare_of(cx, stage, "bare", requests, DATA_BYTES).await
}

/// The same with so many requests of this size.
pub async fn bare_of(
    cx: &mut Context,
    stage: &mut Stage,
    book: &str,
    requests: u32,
    data_bytes: usize,
) -> anyhow::Result<f64> {
    cx.begin("the bare limit: signed and sent, nothing between");
    let config = stage.config()?;
    let sender = Sender {
        egress: Egress::new(&wiring::egress(&config)).context("set up egress")?,
        vault: Arc::new(Vault::new(&wiring::ring(&config.vault)).context("open vault")?),
        clock: Arc::new(SystemClock),
        bodies: Bodies::default(),
    };
    let url = EndpointUrl::parse(&stage.sink.url(book), &wiring::policy(&config));
    let bare = Bare {
        sender,
        url: url.context("the sink as an endpoint")?,
        tenant: "bench".parse()?,
        event_type: EVENT_TYPE.parse()?,
        requests,
        in_flight: IN_FLIGHT,
        data_bytes,
    };
    let done = Arc::new(AtomicU64::new(0));
    let sending = AbortOnDropHandle::new(tokio::spawn(bench::bare(bare, Arc::clone(&done))));
    let mut watch = Watch::new(u64::from(requests), Duration::ZERO);
    while !sending.is_finished() {
        sleep(LOOK_EVERY).await;
        let sent = done.load(Ordering::Relaxed);
        cx.show("sent", sent, requests.into());
        stage.rig.look().await?;
        if watch.is_over(sent) {
            bail!("waited for one more answer of the sink: {sent} of {requests} came");
        }
    }
    let sent = sending.await??;
    let counts = stage.sink.counts(book).await?;
    if sent.failed > 0 || counts.deliveries != u64::from(requests) {
        bail!("{} of {requests} requests of the bare limit failed: {:?}", sent.failed, sent.why);
    }
    Ok(f64::from(requests) / seconds(sent.began_micros, counts.last_micros))
}
