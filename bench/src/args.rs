//! The command line.

use std::path::PathBuf;

use anyhow::bail;
use clap::Parser;

use crate::context::Sizes;
use crate::scenarios::Scenario;
use crate::suite::Suite;

const RUNS_FULL: u32 = 5;
/// Where the figures are that are kept.
const KEPT: &str = "docs/benchmarks";
const QUICK: &str = "target/bench";

/// Measures Hookyard on this machine, scenario by scenario, beside the least that a delivery can cost here.
#[derive(Debug, Parser)]
#[command(
    name = "hookyard-bench",
    version,
    max_term_width = 100,
    after_help = "\
Each scenario starts a Postgres (with fsync), a nats-server, a node and a sink of its own in a temporary folder, and removes
all of it. What is accepted must arrive, once, or the scenario fails. docs/benchmarks.md says what each of them does.

Exit codes: 0 all measured, 1 a scenario failed, 2 called wrongly. A goal that is missed is no failure."
)]
pub struct Args {
    /// The stated sizes, and five runs of each; else sizes that are done in minutes, once
    #[arg(long)]
    full: bool,
    /// Only these scenarios, or those whose names begin so
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// How often; the median counts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: Option<u32>,
    /// Say which scenarios there are
    #[arg(long)]
    pub list: bool,
    /// Where the results go: docs/benchmarks for all of --full, else target/bench
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A results.json to compare with
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// For the test of the suite: so large a part of each size
    #[arg(long, hide = true, default_value_t = 1.0)]
    scale: f64,
}

impl Args {
    pub fn suite(&self) -> anyhow::Result<Suite> {
        for name in &self.only {
            if !Scenario::ALL.iter().any(|scenario| scenario.is_called(name)) {
                bail!("no scenario is called {name}: see --list");
            }
        }
        let is_asked = |scenario: &Scenario| {
            self.only.is_empty() || self.only.iter().any(|name| scenario.is_called(name))
        };
        let mut scenarios: Vec<Scenario> = Scenario::ALL.into_iter().filter(is_asked).collect();
        if !scenarios.contains(&Scenario::One) && scenarios.iter().any(|scenario| scenario.needs_one()) {
            scenarios.insert(0, Scenario::One);
        }
        let runs = self.runs.unwrap_or(if self.full { RUNS_FULL } else { 1 });
        Ok(Suite { scenarios, runs, sizes: Sizes { is_full: self.full, scale: self.scale } })
    }

    pub fn out(&self) -> PathBuf {
        let kept = if self.full && self.only.is_empty() { KEPT } else { QUICK };
        self.out.clone().unwrap_or_else(|| PathBuf::from(kept))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn args(line: &[&str]) -> Args {
        Args::try_parse_from([&["hookyard-bench"], line].concat()).unwrap()
    }

    #[test]
    fn what_is_kept_is_overwritten_by_all_of_it_alone() {
        assert_eq!(args(&[]).out(), Path::new(QUICK));
        assert_eq!(args(&["--full", "--only", "one"]).out(), Path::new(QUICK));
        assert_eq!(args(&["--full"]).out(), Path::new(KEPT));
        assert_eq!(args(&["--full", "--out", "x"]).out(), Path::new("x"));
        assert_eq!((args(&["--full"]).suite().unwrap().runs, args(&[]).suite().unwrap().runs), (5, 1));
    }

    #[test]
    fn what_is_held_against_one_endpoint_measures_it_too() {
        let scenarios = |line: &[&str]| args(line).suite().unwrap().scenarios;
        assert_eq!(scenarios(&["--only", "endpoints-1000"]), [Scenario::One, Scenario::Endpoints1000]);
        assert_eq!(scenarios(&["--only", "lag", "nats"]), [Scenario::Nats, Scenario::Lag]);
        assert!(args(&["--only", "two"]).suite().is_err());
    }
}
