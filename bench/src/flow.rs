//! Events published and delivered, watched to their end and measured: what every scenario is made of.
//!
//! Promised: it fails where not every accepted event arrived, or one arrived twice; what recording costs is counted, as
//! a flow has ended only when the node has recorded it all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use hookyard::bench::{Cost, Counts, Lag, Load, Pace, Published, STALLED, Watch, count, peak_bytes, seconds};
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::broker::Broker;
use crate::context::Context;
use crate::figure::Unit;
use crate::row::Row;
use crate::stage::Stage;

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// For the outcomes of what has arrived to be recorded.
const RECORDED: Duration = Duration::from_mins(1);

/// How events come in.
pub enum Source {
    Http(Load),
    Nats(Broker),
}

pub struct Flow<'a> {
    pub source: Source,
    /// The sink's, which holds nothing yet.
    pub book: &'a str,
    /// How many endpoints get each event.
    pub fan_out: u32,
}

#[derive(Debug)]
pub struct Measured {
    /// From the first publish to the last arrival.
    pub per_second: f64,
    pub published_per_second: f64,
    pub lag: Lag,
    pub cpu: Vec<Cost>,
    /// Memory of the service at its most, so far.
    pub peak_bytes: u64,
}

impl Source {
    fn events(&self) -> u32 {
        match self {
            Self::Http(load) => load.events,
            Self::Nats(broker) => broker.events,
        }
    }

    /// How long the publishers alone take at their pace.
    fn planned(&self) -> Duration {
        match self {
            Self::Http(Load { pace: Pace::PerSecond(rate), events, .. }) => {
                Duration::from_secs_f64(f64::from(*events) / rate)
            }
            Self::Http(_) | Self::Nats(_) => Duration::ZERO,
        }
    }

    pub async fn publish(self, accepted: Arc<AtomicU64>) -> anyhow::Result<Published> {
        match self {
            Self::Http(load) => Ok(load.publish(accepted).await?),
            Self::Nats(broker) => broker.publish(accepted).await,
        }
    }
}

impl Flow<'_> {
    pub async fn measure(self, cx: &mut Context, stage: &mut Stage) -> anyhow::Result<Measured> {
        let Self { source, book, fan_out } = self;
        let events = source.events();
        let expected = u64::from(events) * u64::from(fan_out);
        let (of_events, of_deliveries) = (count(events.into()), count(expected));
        cx.begin(&format!("{book}: {of_events} events, {of_deliveries} deliveries"));
        let mut watch = Watch::new(expected, source.planned());
        let recorded = stage.api.delivered().await?;
        let meter = stage.rig.meter();
        let before = meter.read()?;
        let accepted = Arc::new(AtomicU64::new(0));
        let publishing = AbortOnDropHandle::new(tokio::spawn(source.publish(Arc::clone(&accepted))));
        loop {
            sleep(LOOK_EVERY).await;
            stage.rig.look().await?;
            let counts = stage.sink.counts(book).await?;
            let taken = accepted.load(Ordering::Relaxed);
            cx.show("delivered", counts.deliveries, expected);
            if publishing.is_finished() && counts.deliveries >= taken * u64::from(fan_out) {
                break;
            }
            if watch.is_over(taken + counts.received) {
                let Counts { deliveries, .. } = counts;
                bail!(
                    "waited {STALLED:?} for one more: {taken} of {events} events were taken, {deliveries} of {expected} deliveries arrived"
                );
            }
        }
        let published = publishing.await??;
        until_recorded(stage, recorded + expected).await?;
        let after = meter.read()?;
        // Once more: what came twice may have come since.
        let counts = stage.sink.counts(book).await?;
        check(&published, &counts, events, expected)?;
        Ok(Measured {
            per_second: expected as f64 / seconds(published.began_micros, counts.last_micros),
            published_per_second: f64::from(events) / seconds(published.began_micros, published.ended_micros),
            lag: stage.sink.lag(book).await?,
            cpu: Cost::between(&before, &after, expected),
            peak_bytes: peak_bytes(stage.node_pid()?)?,
        })
    }
}

/// Waits for the node to have recorded so many.
async fn until_recorded(stage: &Stage, expected: u64) -> anyhow::Result<()> {
    let until = Instant::now() + RECORDED;
    loop {
        let recorded = stage.api.delivered().await?;
        if recorded >= expected {
            return Ok(());
        }
        if Instant::now() >= until {
            bail!("waited {RECORDED:?} for {expected} outcomes to be recorded: {recorded} are");
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Waits for a book to have so many; then none of them may have come twice.
pub async fn until_arrived(
    cx: &mut Context,
    stage: &mut Stage,
    book: &str,
    expected: u64,
) -> anyhow::Result<()> {
    let mut watch = Watch::new(expected, Duration::ZERO);
    loop {
        stage.rig.look().await?;
        let counts = stage.sink.counts(book).await?;
        cx.show("delivered", counts.deliveries, expected);
        if counts.deliveries >= expected {
            return once(&counts, expected);
        }
        if watch.is_over(counts.received) {
            bail!("waited {STALLED:?} for one more delivery: {} of {expected} arrived", counts.deliveries);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Every event was taken, and arrived as often as it was to.
fn check(published: &Published, counts: &Counts, events: u32, expected: u64) -> anyhow::Result<()> {
    taken(published, events)?;
    once(counts, expected)?;
    if counts.events != u64::from(events) {
        bail!("only {} of {events} events arrived at all", counts.events);
    }
    Ok(())
}

pub fn taken(published: &Published, events: u32) -> anyhow::Result<()> {
    let Published { accepted, refused, unanswered, why, .. } = published;
    if *accepted != u64::from(events) {
        let why = why.as_deref().unwrap_or("nobody said why");
        bail!("{accepted} of {events} events were taken, {refused} refused, {unanswered} unanswered: {why}");
    }
    Ok(())
}

fn once(counts: &Counts, expected: u64) -> anyhow::Result<()> {
    let Counts { received, deliveries, unreadable, .. } = *counts;
    if deliveries != expected || received != deliveries || unreadable > 0 {
        bail!(
            "{expected} deliveries were owed: {deliveries} arrived in {received} requests, {unreadable} were unreadable"
        );
    }
    Ok(())
}

impl Measured {
    pub fn cpu_together(&self) -> f64 {
        self.cpu.iter().map(|cost| cost.micros_per_delivery).sum()
    }

    /// The figures of a flow, `bare` being the deliveries a second without queue and ledger.
    pub fn tell(&self, row: &mut Row, bare: f64) {
        row.add("deliveries/s", Unit::PerSecond, self.per_second);
        row.add("of the bare limit", Unit::Times, self.per_second / bare);
        for cost in &self.cpu {
            row.add(format!("CPU {}", cost.process), Unit::Micros, cost.micros_per_delivery);
        }
        row.add("CPU together", Unit::Micros, self.cpu_together());
        row.add("lag p50", Unit::Millis, self.lag.p50_ms);
        row.add("lag p99", Unit::Millis, self.lag.p99_ms);
        row.add("memory at most", Unit::Mib, self.peak_bytes as f64 / f64::from(1 << 20));
        row.add("published", Unit::PerSecond, self.published_per_second);
        row.add("bare limit", Unit::PerSecond, bare);
    }
}

/// A task that publishes beside what is measured.
pub struct Beside {
    events: u32,
    publishing: AbortOnDropHandle<anyhow::Result<Published>>,
}

impl Beside {
    pub fn start(source: Source) -> Self {
        let events = source.events();
        let publishing = AbortOnDropHandle::new(tokio::spawn(source.publish(Arc::default())));
        Self { events, publishing }
    }

    /// Waits for it to end; all of its events must have been taken.
    pub async fn end(self) -> anyhow::Result<()> {
        let published = self.publishing.await.context("publish beside what is measured")??;
        taken(&published, self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Counts = Counts {
        received: 20,
        deliveries: 20,
        events: 10,
        unreadable: 0,
        refused: 0,
        first_micros: 1,
        last_micros: 2,
    };

    #[test]
    fn every_event_has_to_arrive_as_often_as_it_is_owed_and_no_more() {
        let published = Published { accepted: 10, ..Published::default() };
        assert!(check(&published, &WHOLE, 10, 20).is_ok());
        for (counts, wrong) in [
            (Counts { received: 19, deliveries: 19, ..WHOLE }, "19 arrived in 19 requests"),
            (Counts { received: 21, ..WHOLE }, "20 arrived in 21 requests"),
            (Counts { unreadable: 1, ..WHOLE }, "1 were unreadable"),
            (Counts { events: 9, ..WHOLE }, "only 9 of 10"),
        ] {
            let error = check(&published, &counts, 10, 20).unwrap_err().to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn what_was_not_taken_is_told_with_why() {
        let why = Some("503: overloaded".to_owned());
        let published = Published { accepted: 9, refused: 1, why, ..Published::default() };
        let error = taken(&published, 10).unwrap_err().to_string();
        assert!(error.contains("9 of 10") && error.contains("503: overloaded"), "{error}");
    }
}
