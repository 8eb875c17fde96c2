//! `hookyard bench`: what a delivery costs here, and how long it takes, beside the bare limit.
//!
//! Who acts: [`Stage`] brings up what is measured, in a temporary folder, or finds what runs already; [`Target`] makes
//! tenant and endpoints there over the API; [`run::full`] and [`run::bare`] measure.
//! Promised: however it ends, no process and no folder stays behind; every wait has a limit and says what it waited
//! for; nothing but this machine is ever spoken to.
//! Left out: what the figures mean (docs/benchmarks.md).

mod run;
pub(super) mod sink;
mod stage;
mod target;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use hookyard::bench::{DATA_BYTES_MIN, Pace, Progress, Report, Settings, Watch};
use url::Url;

use self::stage::Stage;
use super::client::is_here;
use super::signals::Signals;
use super::{Misuse, terminal};

/// What an endpoint may have in flight.
const IN_FLIGHT_MAX: u32 = 256;
/// The sink remembers every one.
const DELIVERIES_MAX: u64 = 5_000_000;
/// Of one request to the API.
const REQUEST_BYTES_MAX: u64 = 16_000_000;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --url it starts a Postgres (with fsync), a nats-server and a node of its own in a temporary folder, measures,
and removes all of it. Settings from the environment (HOOKYARD__SECTION__KEY) apply to that node.
First comes the bare limit: the same client sends the same signed bodies to the same sink, without queue and ledger.
Then events are published, and delivered to the sink; it is checked that each arrived, once.

Examples:
  hookyard bench                                         20,000 events as fast as they go
  hookyard bench --events 30000 --rate 1000              the lag at a steady 1,000 events a second
  hookyard bench --endpoints 10 --batch 50 --json bench.json
  hookyard bench --url http://127.0.0.1:8013 --key hy_… measures a node that runs, like `hookyard dev`

Exit codes: 0 all arrived once, 1 something did not or the bench failed, 2 called or configured wrongly.")]
pub(super) struct Args {
    /// Events to publish
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    events: u32,
    /// Requests under way at a time, to all endpoints together
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    in_flight: u32,
    /// Connections that publish
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    publishers: u32,
    /// Events in one publishing request
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    batch: u32,
    /// Size of an event's data
    #[arg(long, value_name = "BYTES", default_value_t = 400,
        value_parser = clap::value_parser!(u32).range(DATA_BYTES_MIN as i64..=1_000_000))]
    payload_bytes: u32,
    /// Endpoints that every event is delivered to
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    endpoints: u32,
    /// Events a second; without it each publisher sends the next when the last is answered
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
    /// A node that runs already, on this machine; it must allow endpoints on loopback
    #[arg(long, requires = "key", conflicts_with = "data")]
    url: Option<Url>,
    /// The API key for it
    #[arg(long, env = "HOOKYARD_KEY", hide_env_values = true)]
    key: Option<String>,
    /// With --url an existing tenant, whose other endpoints may get the events too; else one is made, for which the key
    /// must be an operator's
    #[arg(long, env = "HOOKYARD_TENANT")]
    tenant: Option<String>,
    /// Where the data goes; kept afterwards, and must be empty or absent now
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Also write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    args.check()?;
    let mut signals = Signals::watch()?;
    let mut stage = Stage::new(args.data.as_deref())?;
    let mut progress = Progress::default();
    let measured = tokio::select! {
        measured = measure(&args, &mut stage, &mut progress) => measured,
        signal = signals.next() => Err(anyhow::anyhow!("ended by {signal} before all was measured")),
    };
    progress.end();
    signals.unless_again(stage.clear()).await?;
    let report = measured?;
    terminal::print(&report.to_string())?;
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report).context("write the report")?;
        std::fs::write(path, text + "\n").with_context(|| format!("write {}", path.display()))?;
    }
    if !report.full.is_exact() {
        bail!("not every event was delivered exactly once");
    }
    Ok(())
}

async fn measure(args: &Args, stage: &mut Stage, progress: &mut Progress) -> anyhow::Result<Report> {
    stage.start(args, progress).await?;
    let bare = run::bare(args, stage, progress).await?;
    let full = run::full(args, stage, progress).await?;
    let ratio = full.deliveries_per_second / bare.deliveries_per_second.max(f64::MIN_POSITIVE);
    Ok(Report { settings: args.settings(), full, bare, ratio })
}

impl Args {
    fn check(&self) -> Result<(), Misuse> {
        let here = |url: &Url| url.scheme() == "http" && is_here(url);
        if let Some(url) = self.url.as_ref().filter(|url| !here(url)) {
            return Err(Misuse(format!(
                "--url {url} is not http on this machine's loopback: the bench loads nothing else"
            )));
        }
        let wrong = if self.per_endpoint() > IN_FLIGHT_MAX {
            format!(
                "an endpoint has {IN_FLIGHT_MAX} in flight at most: give more --endpoints for --in-flight {}",
                self.in_flight
            )
        } else if u64::from(self.events) * u64::from(self.endpoints) > DELIVERIES_MAX {
            format!("--events times --endpoints is {DELIVERIES_MAX} at most")
        } else if u64::from(self.batch) * u64::from(self.payload_bytes) > REQUEST_BYTES_MAX {
            format!("--batch times --payload-bytes is {REQUEST_BYTES_MAX} at most")
        } else {
            return Ok(());
        };
        Err(Misuse(wrong))
    }

    /// The share of each endpoint.
    fn per_endpoint(&self) -> u32 {
        self.in_flight.div_ceil(self.endpoints)
    }

    fn pace(&self) -> Pace {
        self.rate.map_or(Pace::FlatOut, Pace::PerSecond)
    }

    fn watch(&self) -> Watch {
        let publishing = |rate| Duration::from_secs_f64(f64::from(self.events) / rate);
        let deliveries = u64::from(self.events) * u64::from(self.endpoints);
        Watch::new(deliveries, self.rate.map_or(Duration::ZERO, publishing))
    }

    fn settings(&self) -> Settings {
        Settings {
            version: env!("CARGO_PKG_VERSION"),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            events: self.events,
            endpoints: self.endpoints,
            in_flight: self.in_flight,
            publishers: self.publishers,
            batch: self.batch,
            payload_bytes: self.payload_bytes,
            rate: self.rate,
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| (0.1..=1_000_000.0).contains(rate));
    rate.ok_or_else(|| "give events a second, from 0.1 to 1000000".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn check(arguments: &[&str]) -> Result<(), String> {
        let line = [&["bench"], arguments].concat();
        let Line { args } = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        args.check().map_err(|misuse| misuse.to_string())
    }

    #[test]
    fn only_this_machine_is_measured() {
        assert_eq!(check(&["--url", "http://127.0.0.1:8013", "--key", "hy_1"]), Ok(()));
        for url in
            ["http://192.0.2.1", "https://hooks.example.com", "https://127.0.0.1", "http://localhost.example"]
        {
            let refused = check(&["--url", url, "--key", "hy_1"]).unwrap_err();
            assert!(refused.contains(url) && refused.contains("loopback"), "{refused}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for wrong in [
            &["--in-flight", "257"][..],
            &["--events", "1000000", "--endpoints", "6"],
            &["--batch", "1000", "--payload-bytes", "20000"],
            &["--payload-bytes", "63"],
            &["--rate", "0"],
            &["--events", "0"],
        ] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(check(&["--in-flight", "512", "--endpoints", "2"]), Ok(()));
    }
}
