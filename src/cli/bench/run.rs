//! The two runs of a bench: the bare limit, and the whole way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::address::EndpointUrl;
use hookyard::app::wiring;
use hookyard::bench::{
    self, Bare, Cost, Counts, EVENT_TYPE, Full, Limit, Load, Progress, Published, Reading, STALLED, Spread,
    peak_bytes, seconds,
};
use hookyard::clock::SystemClock;
use hookyard::courier::{Bodies, Sender};
use hookyard::egress::{Egress, HeaderMap, HeaderValue};
use hookyard::vault::Vault;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::Args;
use super::stage::Stage;
use crate::cli::terminal;

/// The sink's books.
pub(super) const FULL: &str = "full";
const BARE: &str = "bare";

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// For the outcomes of what has arrived to be in the ledger.
const RECORDED: Duration = Duration::from_secs(30);

/// The least that a delivery can cost.
pub(super) async fn bare(args: &Args, stage: &mut Stage, progress: &mut Progress) -> anyhow::Result<Limit> {
    let requests = u64::from(args.events) * u64::from(args.endpoints);
    progress.begin("measuring the bare limit: signed and sent, nothing between …");
    let config = stage.config()?;
    let sender = Sender {
        egress: Egress::new(&wiring::egress(&config)).context("set up egress")?,
        vault: Arc::new(Vault::new(&wiring::ring(&config.vault)).context("open vault")?),
        clock: Arc::new(SystemClock),
        bodies: Bodies::default(),
    };
    let url = stage.sink()?.url(BARE);
    let bare = Bare {
        sender,
        url: EndpointUrl::parse(&url, &wiring::policy(&config)).context("the sink as an endpoint")?,
        tenant: "bench".parse()?,
        event_type: EVENT_TYPE.parse()?,
        requests: u32::try_from(requests)?,
        in_flight: args.in_flight,
        data_bytes: args.payload_bytes as usize,
    };
    // Whoever is idle now costs nothing, and is left out.
    let mut meter = stage.meter();
    meter.watched.retain(|(name, _)| matches!(*name, "sink" | "load"));
    let before = meter.read()?;
    let done = Arc::new(AtomicU64::new(0));
    let sending = AbortOnDropHandle::new(tokio::spawn(bench::bare(bare, Arc::clone(&done))));
    let mut watch = args.watch();
    while !sending.is_finished() {
        sleep(LOOK_EVERY).await;
        let sent = done.load(Ordering::Relaxed);
        progress.show(&format!("bare limit: {sent} of {requests}"));
        stage.look().await?;
        if watch.is_over(sent) {
            bail!("waited {STALLED:?} for one more answer of the sink: {sent} of {requests} came");
        }
    }
    let sent = sending.await??;
    let after = meter.read()?;
    if let Some(why) = &sent.why {
        terminal::note(&format!("{} requests of the bare limit failed: {why}", sent.failed));
    }
    let counts = stage.sink()?.counts(BARE).await?;
    if counts.deliveries == 0 {
        bail!("nothing of the bare limit arrived");
    }
    let seconds = seconds(sent.began_micros, counts.last_micros);
    Ok(Limit {
        delivered: counts.deliveries,
        failed: sent.failed,
        seconds,
        deliveries_per_second: counts.deliveries as f64 / seconds,
        lag: stage.sink()?.lag(BARE).await?,
        cpu: Cost::between(&before, &after, counts.deliveries),
    })
}

/// The whole way: published, kept, queued, delivered, recorded.
pub(super) async fn full(args: &Args, stage: &mut Stage, progress: &mut Progress) -> anyhow::Result<Full> {
    progress.begin("measuring Hookyard: events published, and delivered to the sink …");
    let load = load(args, stage).await?;
    let meter = stage.meter();
    let before = meter.read()?;
    let accepted = Arc::new(AtomicU64::new(0));
    let publishing = AbortOnDropHandle::new(tokio::spawn(load.publish(Arc::clone(&accepted))));
    let (began, mut watch) = (Instant::now(), args.watch());
    let (published, counts) = loop {
        sleep(LOOK_EVERY).await;
        stage.look().await?;
        let counts = stage.sink()?.counts(FULL).await?;
        let taken = accepted.load(Ordering::Relaxed);
        progress.show(&format!(
            "published {taken} of {}, delivered {}: {:.0} a second",
            args.events,
            counts.deliveries,
            counts.deliveries as f64 / began.elapsed().as_secs_f64()
        ));
        let is_over = watch.is_over(taken + counts.received);
        let is_complete = counts.deliveries >= taken * u64::from(args.endpoints);
        if publishing.is_finished() && (is_complete || is_over) {
            break (publishing.await??, counts);
        }
        if is_over {
            bail!("waited {STALLED:?} for one more event to be taken: {taken} of {} were", args.events);
        }
    };
    let expected = published.accepted * u64::from(args.endpoints);
    if counts.deliveries >= expected {
        recorded(stage, expected).await?;
    }
    let after = meter.read()?;
    // Once more: what came twice may have come since.
    let counts = stage.sink()?.counts(FULL).await?;
    if let Some(why) = &published.why {
        terminal::note(&format!("an event was not accepted: {why}"));
    }
    summed(stage, &published, counts, expected, (&before, &after)).await
}

async fn summed(
    stage: &mut Stage,
    published: &Published,
    counts: Counts,
    expected: u64,
    (before, after): (&Reading, &Reading),
) -> anyhow::Result<Full> {
    let span = seconds(published.began_micros, counts.last_micros);
    let publishing = seconds(published.began_micros, published.ended_micros);
    Ok(Full {
        accepted: published.accepted,
        refused: published.refused,
        unanswered: published.unanswered,
        delivered: counts.deliveries,
        // An event that came twice under other ids does not stand in for one that never came.
        missing: expected
            .saturating_sub(counts.deliveries)
            .max(published.accepted.saturating_sub(counts.events)),
        duplicates: counts.received - counts.deliveries,
        seconds: span,
        deliveries_per_second: counts.deliveries as f64 / span,
        published_per_second: published.accepted as f64 / publishing,
        lag: stage.sink()?.lag(FULL).await?,
        cpu: Cost::between(before, after, counts.deliveries),
        service_peak_bytes: stage.node_pid().map(peak_bytes).transpose()?,
    })
}

async fn load(args: &Args, stage: &Stage) -> anyhow::Result<Load> {
    let access = stage.access()?;
    let mut headers = HeaderMap::new();
    let key = HeaderValue::try_from(format!("Bearer {}", access.key)).context("the key is no header")?;
    headers.insert("authorization", key);
    headers.insert("x-tenant-id", HeaderValue::try_from(&stage.target()?.tenant)?);
    Ok(Load {
        to: resolved(&access.url).await?,
        headers: vec![headers],
        spread: Spread::Alike,
        events: args.events,
        batch: args.batch,
        data_bytes: args.payload_bytes as usize,
        connections: args.publishers as usize,
        pace: args.pace(),
        clock: Arc::new(SystemClock),
    })
}

/// The loopback address of a URL that leads to this machine.
async fn resolved(url: &Url) -> anyhow::Result<SocketAddr> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(80);
    let found = tokio::net::lookup_host((host, port)).await.with_context(|| format!("find {host}"))?;
    let here = found.into_iter().find(|address| address.ip().is_loopback());
    here.with_context(|| format!("{host} leads to another machine"))
}

/// Waits for the ledger to have every outcome: what that costs is part of a delivery.
async fn recorded(stage: &Stage, expected: u64) -> anyhow::Result<()> {
    let until = Instant::now() + RECORDED;
    loop {
        let recorded = stage.target()?.recorded().await?;
        if recorded >= expected {
            return Ok(());
        }
        if Instant::now() >= until {
            bail!("waited {RECORDED:?} for the ledger to have {expected} outcomes: it has {recorded}");
        }
        sleep(LOOK_EVERY).await;
    }
}
