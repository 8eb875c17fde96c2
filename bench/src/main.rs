//! `hookyard-bench`: what Hookyard does on this machine, scenario by scenario, beside the bare limit.
//!
//! Who acts: a [`Suite`](suite::Suite) runs the [scenarios](scenarios::Scenario); each puts up a [`Stage`](stage::Stage),
//! makes a [`Crowd`](crowd::Crowd) of endpoints there, lets [`Flow`](flow::Flow)s go and answers with a [`Row`](row::Row);
//! [`Results`](results::Results) hold the median of the runs, and are shown as [tables](table) and [charts].
//! Promised: however it ends, no process and no folder stays behind; every wait has a limit; nothing but this machine is
//! spoken to.
//! Left out: making Hookyard fast, and what the figures mean (docs/benchmarks.md).

mod api;
mod args;
mod broker;
mod chart;
mod charts;
mod context;
mod crowd;
mod figure;
mod fill;
mod flow;
mod limit;
mod machine;
mod results;
mod row;
mod scenarios;
mod spread;
mod stage;
mod statistics;
mod suite;
mod table;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Args;
use crate::results::Results;
use crate::scenarios::Scenario;

const FAILED: u8 = 1;
const MISUSED: u8 = 2;
/// What still runs when all is measured gets so long to notice.
const LEFT_BEHIND: Duration = Duration::from_secs(1);
const GENERATED: &str =
    "<!-- Written by hookyard-bench; changes are lost. docs/benchmarks.md says what it means. -->\n\n";

fn main() -> ExitCode {
    let args = Args::parse();
    if args.list {
        for scenario in Scenario::ALL {
            say(&scenario.rows().join("  "));
        }
        return ExitCode::SUCCESS;
    }
    let (suite, baseline) = match args.suite().and_then(|suite| Ok((suite, baseline(&args)?))) {
        Ok(suite) => suite,
        Err(error) => return failed(&error, MISUSED),
    };
    // Refused only where one is installed already, and there is no other in this program.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let measured = on_runtime(async {
        let mut interrupt = signal(SignalKind::interrupt()).context("watch for SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("watch for SIGTERM")?;
        // Whatever is under way is dropped, and so are its processes and its folder.
        tokio::select! {
            results = Box::pin(suite.run()) => results,
            _ = interrupt.recv() => bail!("ended by SIGINT before all was measured"),
            _ = terminate.recv() => bail!("ended by SIGTERM before all was measured"),
        }
    });
    match measured.and_then(|results| told(&results, baseline.as_ref(), &args.out())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => failed(&error, FAILED),
    }
}

fn baseline(args: &Args) -> anyhow::Result<Option<Results>> {
    args.baseline.as_deref().map(Results::read).transpose()
}

fn on_runtime<T>(measuring: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("start the runtime")?;
    let done = runtime.block_on(measuring);
    runtime.shutdown_timeout(LEFT_BEHIND);
    done
}

/// Writes all of it down, and shows it; answers with whether no scenario failed.
fn told(results: &Results, baseline: Option<&Results>, out: &Path) -> anyhow::Result<bool> {
    let text = table::text(results);
    say(&text);
    if let Some(baseline) = baseline {
        say(&table::compared(results, baseline));
    }
    fs::create_dir_all(out).with_context(|| format!("make {}", out.display()))?;
    results.write(&out.join("results.json"))?;
    let path = out.join("results.md");
    fs::write(&path, format!("{GENERATED}{text}")).with_context(|| format!("write {}", path.display()))?;
    for (name, svg) in charts::of(results) {
        let path = out.join(name);
        fs::write(&path, svg).with_context(|| format!("write {}", path.display()))?;
    }
    say(&format!("written to {}", out.display()));
    Ok(results.failures.is_empty())
}

fn failed(error: &anyhow::Error, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr().lock(), "hookyard-bench: {error:#}");
    ExitCode::from(code)
}

/// A reader who went away is no error of ours.
fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}
