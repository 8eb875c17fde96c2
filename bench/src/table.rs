//! The results as tables that are read in a terminal and in Markdown alike.

use std::fmt::Write as _;

use crate::figure::Unit;
use crate::results::{Results, Summary, Summed};

/// Of a scenario that delivers something, in this order.
const FLOW: [(&str, &str); 11] = [
    ("deliveries/s", "deliveries/s"),
    ("of the bare limit", "of bare"),
    ("CPU service", "service"),
    ("CPU Postgres", "Postgres"),
    ("CPU nats-server", "nats"),
    ("CPU sink", "sink"),
    ("CPU load", "load"),
    ("CPU together", "CPU together"),
    ("lag p50", "lag p50"),
    ("lag p99", "lag p99"),
    ("memory at most", "memory"),
];

pub fn text(results: &Results) -> String {
    let mut text = String::new();
    let machine = &results.machine;
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        text,
        "hookyard {} on {} cores ({}), {} MiB; nats-server {}, Postgres {}; {}; {}.\n",
        results.version,
        machine.cores,
        machine.cpu,
        machine.memory_mib,
        machine.nats_server,
        machine.postgres,
        results.date,
        if results.runs == 1 {
            "one run".to_owned()
        } else {
            format!("the median of {} runs, and their range", results.runs)
        },
    );
    text.push_str(&goals(results));
    text.push('\n');
    text.push_str(&flows(results));
    text.push('\n');
    text.push_str(&others(results));
    for failure in &results.failures {
        let _ = writeln!(text, "\nFAILED: {failure}");
    }
    text
}

fn goals(results: &Results) -> String {
    let mut lines = vec![["scenario", "what", "goal", "measured", ""].map(str::to_owned).to_vec()];
    for row in &results.rows {
        for figure in &row.figures {
            let (Some(goal), Some(verdict)) = (figure.goal, figure.verdict) else { continue };
            let goal = goal.words(figure.unit);
            lines.push(vec![
                row.name.clone(),
                figure.name.clone(),
                goal,
                ranged(figure, results),
                verdict.to_string(),
            ]);
        }
    }
    aligned(&lines)
}

fn flows(results: &Results) -> String {
    let mut lines =
        vec![["scenario"].into_iter().chain(FLOW.map(|(_, head)| head)).map(str::to_owned).collect()];
    for row in results.rows.iter().filter(|row| row.figure("deliveries/s").is_some()) {
        let cell = |(name, _): (&str, &str)| {
            row.figure(name).map(|figure| figure.unit.show(figure.median)).unwrap_or_default()
        };
        lines.push([row.name.clone()].into_iter().chain(FLOW.map(cell)).collect());
    }
    aligned(&lines)
}

/// What has no goal and no place in the table of flows.
fn others(results: &Results) -> String {
    let is_other =
        |figure: &&Summed| figure.goal.is_none() && !FLOW.iter().any(|(name, _)| *name == figure.name);
    let mut lines = vec![["scenario", "what was done", "besides"].map(str::to_owned).to_vec()];
    for row in &results.rows {
        let figures = row.figures.iter().filter(is_other);
        let figures: Vec<String> =
            figures.map(|figure| format!("{} {}", figure.name, ranged(figure, results))).collect();
        lines.push(vec![row.name.clone(), what(row), figures.join("; ")]);
    }
    aligned(&lines)
}

fn what(row: &Summary) -> String {
    if row.is_scaled { format!("{} (SCALED)", row.what) } else { row.what.clone() }
}

fn ranged(figure: &Summed, results: &Results) -> String {
    let Summed { unit, median, lowest, highest, .. } = figure;
    if results.runs == 1 {
        return unit.show(*median);
    }
    format!("{} ({}–{})", unit.show(*median), unit.show(*lowest), unit.show(*highest))
}

/// What changed against a baseline, figure by figure.
pub fn compared(now: &Results, then: &Results) -> String {
    let mut lines = vec![["scenario", "what", "baseline", "now", "change"].map(str::to_owned).to_vec()];
    for row in &now.rows {
        let Some(before) = then.row(&row.name) else { continue };
        for figure in &row.figures {
            let Some(earlier) = before.figure(&figure.name) else { continue };
            let change = if figure.unit == Unit::Exponent {
                format!("{:+.3}", figure.median - earlier.median)
            } else {
                format!("{:+.1}%", (figure.median / earlier.median - 1.0) * 100.0)
            };
            let show = |figure: &Summed| figure.unit.show(figure.median);
            let name = if row.is_scaled == before.is_scaled {
                row.name.clone()
            } else {
                format!("{} (other size)", row.name)
            };
            lines.push(vec![name, figure.name.clone(), show(earlier), show(figure), change]);
        }
    }
    aligned(&lines)
}

/// A table in Markdown whose columns stand below each other. The first line is its head.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..lines.first().map_or(0, Vec::len)).map(width).collect();
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if at == 0 {
            let rule: Vec<String> = widths.iter().map(|width| "-".repeat((*width).max(3))).collect();
            let _ = writeln!(text, "| {} |", rule.join(" | "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Goal;
    use crate::machine::Machine;
    use crate::results::summed;
    use crate::row::Row;

    fn results(rates: &[f64]) -> Results {
        let rows: Vec<Row> = rates
            .iter()
            .map(|rate| {
                let mut row = Row::new("one", "60,000 events", false);
                row.aim("deliveries/s", Unit::PerSecond, *rate, Goal::AtLeast(6_000.0));
                row.add("CPU service", Unit::Micros, 130.0);
                row.add("published", Unit::PerSecond, rate * 2.0);
                row
            })
            .collect();
        Results {
            version: "0.1.0".into(),
            date: "2026-11-25T21:00:00Z".into(),
            is_full: true,
            runs: rates.len() as u32,
            machine: Machine {
                cores: 2,
                cpu: "A CPU".into(),
                memory_mib: 8_000,
                nats_server: "2.15".into(),
                postgres: "15.18".into(),
            },
            rows: summed(&rows),
            failures: vec!["storm: 3 missing".into()],
        }
    }

    #[test]
    fn goal_flow_and_failure_are_all_said() {
        let text = text(&results(&[5_000.0, 7_000.0, 6_500.0]));
        for line in [
            "| one      | deliveries/s | ≥ 6,000/s | 6,500/s (5,000/s–7,000/s) | reached |",
            "| one      | 60,000 events | published 13,000/s (10,000/s–14,000/s) |",
            "FAILED: storm: 3 missing",
        ] {
            assert!(text.contains(line), "no {line} in\n{text}");
        }
        assert!(text.contains("the median of 3 runs") && text.contains("130 µs"), "{text}");
    }

    #[test]
    fn a_change_is_told_in_percent() {
        let text = compared(&results(&[6_600.0]), &results(&[6_000.0]));
        assert!(text.contains("| one      | deliveries/s | 6,000/s  | 6,600/s  | +10.0% |"), "{text}");
    }
}
