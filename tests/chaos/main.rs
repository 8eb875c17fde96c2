//! Chaos tests: a load, something that goes wrong meanwhile, and an account of every event at the end. `make chaos` runs
//! them; docs/reliability.md says what they showed.
//!
//! Who acts: the [`producer`] remembers what was accepted, the [`sink`] what arrived, a [fault](faults) does what it does
//! to the [`stage`], and the [`reconciler`] holds one against the other, and against the ledger.
//! Promised: however it ends, no process stays behind; every wait has a limit; the same seed strikes at the same moments.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod api;
mod cast;
mod clock;
mod faults;
mod ledger;
mod plot;
mod producer;
mod proxy;
mod reconciler;
mod report;
mod resources;
mod run;
mod scene;
#[path = "../it/support/servers.rs"]
mod servers;
mod sink;
mod stage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;

use crate::faults::Fault;
use crate::report::Outcome;
use crate::run::Settings;

/// Chaos tests of Hookyard: under load, something goes wrong, and nothing may be lost
#[derive(Debug, Parser)]
struct Args {
    /// Show what can be done to it, and do nothing
    #[arg(long)]
    list: bool,
    /// Only this; may be given several times
    #[arg(long, value_name = "FAULT")]
    only: Vec<String>,
    /// The short form, for CI
    #[arg(long)]
    short: bool,
    /// How long each load takes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(5..=3600))]
    seconds: Option<u64>,
    /// Events a second
    #[arg(long, value_name = "R", default_value_t = 220, value_parser = clap::value_parser!(u32).range(1..=2000))]
    rate: u32,
    /// At which moments it happens
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// What is run only when asked for: the soak
    extra: Vec<String>,
    /// Where the soak's samples are plotted, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Also write what came of it as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    if args.list {
        for fault in faults::all() {
            println!("{:<16} {}", fault.name(), fault.about());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = args.chosen()?;
    tokio::select! {
        done = all(&args, &chosen) => done,
        // What runs goes with what is dropped.
        signal = tokio::signal::ctrl_c() => {
            signal.context("wait for ctrl-C")?;
            anyhow::bail!("ended before all was done");
        }
    }
}

async fn all(args: &Args, chosen: &[Box<dyn Fault>]) -> anyhow::Result<ExitCode> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut is_well = true;
    for fault in chosen {
        if let Some(missing) = fault.missing() {
            eprintln!("{}: SKIPPED, {missing}", fault.name());
            continue;
        }
        let settings = Settings {
            seed: args.seed,
            per_second: f64::from(args.rate),
            length: args.length(fault.as_ref()),
            repeated_max: args.repeated_max(fault.as_ref()),
        };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chaos").join(fault.name());
        let wrong = match run::run(fault.as_ref(), settings, &folder).await {
            Ok(outcome) => {
                let wrong = outcome.wrong();
                outcomes.push(outcome);
                wrong
            }
            Err(error) => vec![format!("{error:#}")],
        };
        for what in &wrong {
            eprintln!("{}: {what}", fault.name());
        }
        if !wrong.is_empty() {
            is_well = false;
            eprintln!("{}: FAILED, the logs are in {}", fault.name(), folder.display());
        }
    }
    print!("{}", report::table(&outcomes));
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&outcomes)? + "\n";
        std::fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
    }
    let plotted = outcomes.iter().find(|outcome| !outcome.samples.is_empty());
    if let (Some(path), Some(outcome)) = (&args.plot, plotted) {
        std::fs::write(path, plot::svg(&outcome.samples))
            .with_context(|| format!("write {}", path.display()))?;
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Args {
    fn chosen(&self) -> anyhow::Result<Vec<Box<dyn Fault>>> {
        let mut all = faults::all();
        let named: Vec<&String> = self.only.iter().chain(&self.extra).collect();
        for name in &named {
            let is_there = all.iter().any(|fault| fault.name() == *name);
            anyhow::ensure!(is_there, "there is no fault {name}: --list shows what there is");
        }
        all.retain(|fault| {
            let plan = fault.plan();
            let is_asked_for = named.iter().any(|name| *name == fault.name());
            let is_meant = if self.short { plan.short_seconds.is_some() } else { !plan.is_extra };
            let is_meant = is_meant && named.is_empty();
            is_asked_for || is_meant
        });
        Ok(all)
    }

    /// What a kill repeats is what was under way, however long the load: in the short form there is less to divide it by, and
    /// more is under way in a build without optimisation.
    fn repeated_max(&self, fault: &dyn Fault) -> f64 {
        const SHORT: f64 = 3.0;
        fault.plan().repeated_max * if self.short { SHORT } else { 1.0 }
    }

    fn length(&self, fault: &dyn Fault) -> Duration {
        let plan = fault.plan();
        let planned = if self.short { plan.short_seconds.unwrap_or(plan.seconds) } else { plan.seconds };
        Duration::from_secs(self.seconds.unwrap_or(planned))
    }
}
