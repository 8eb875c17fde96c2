//! What came of the runs: a table with a line each, what was found in words, and all of it as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::reconciler::Findings;
use crate::resources::Sample;

/// Of each kind of finding, so many are shown.
const SHOWN_MAX: usize = 10;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    pub fault: &'static str,
    pub about: &'static str,
    pub seed: u64,
    pub nodes: usize,
    /// Of the load.
    pub seconds: f64,
    pub strikes: usize,
    /// Events, by what their producer knows of them.
    pub accepted: usize,
    pub refused: usize,
    pub unknown: usize,
    /// Of the endpoint that gets everything and answers at once.
    pub longest_pause_seconds: f64,
    /// After the load; null: it took too long.
    pub drained_seconds: Option<f64>,
    /// Retries that the queue still means to fire at some time, of what was delivered long ago.
    pub schedules_left: Option<u64>,
    /// The most that one node had resident.
    pub peak_bytes: u64,
    pub repeated_max: f64,
    #[serde(flatten)]
    pub findings: Findings,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
}

impl Outcome {
    /// The part of what arrived that arrived again.
    fn repeated(&self) -> f64 {
        self.findings.duplicated.len() as f64 / self.findings.delivered.max(1) as f64
    }

    /// What is wrong with it, if anything.
    pub fn wrong(&self) -> Vec<String> {
        let Findings { lost, duplicated, phantom, split, overtaken, too_fast, .. } = &self.findings;
        let mut wrong = Vec::new();
        let mut note = |what: &str, found: &[String]| {
            if !found.is_empty() {
                let shown = found.iter().take(SHOWN_MAX).map(|one| format!("\n    {one}"));
                wrong.push(format!("{} {what}:{}", found.len(), shown.collect::<String>()));
            }
        };
        note("LOST", lost);
        note("PHANTOM", phantom);
        note("SPLIT", split);
        note("out of order", overtaken);
        note("too fast", too_fast);
        if self.repeated() > self.repeated_max {
            note("DUPLICATED, more than may be", duplicated);
        }
        if self.drained_seconds.is_none() {
            wrong.push("it did not drain in time".to_owned());
        }
        if self.findings.delivered == 0 {
            wrong.push("nothing was delivered".to_owned());
        }
        wrong
    }
}

/// The table, a line for each run.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| fault | times | events accepted | refused | unknown | delivered | dead letters | LOST | DUPLICATED | \
         PHANTOM | SPLIT | longest pause | drained in | memory |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    for outcome in outcomes {
        let Findings { delivered, dead, lost, duplicated, phantom, split, .. } = &outcome.findings;
        let drained =
            outcome.drained_seconds.map_or_else(|| "never".to_owned(), |took| format!("{took:.1} s"));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {delivered} | {dead} | {} | {} | {} | {} | {:.1} s | {drained} | {} MiB |",
            outcome.fault,
            outcome.strikes,
            outcome.accepted,
            outcome.refused,
            outcome.unknown,
            lost.len(),
            duplicated.len(),
            phantom.len(),
            split.len(),
            outcome.longest_pause_seconds,
            outcome.peak_bytes >> 20,
        );
    }
    text
}
