//! What a suite brought: of each figure the median of its runs. Written as JSON, and read again as a baseline.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Goal, Unit, Verdict};
use crate::machine::Machine;
use crate::row::{Row, Series};
use crate::statistics::median;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Results {
    pub version: String,
    /// When it began, RFC 3339.
    pub date: String,
    /// At the stated sizes.
    pub is_full: bool,
    pub runs: u32,
    pub machine: Machine,
    pub rows: Vec<Summary>,
    /// Scenarios that did not end well, with why.
    pub failures: Vec<String>,
}

/// A row over all its runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub name: String,
    pub what: String,
    pub is_scaled: bool,
    pub figures: Vec<Summed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Series>,
}

/// A figure over all its runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summed {
    pub name: String,
    pub unit: Unit,
    pub median: f64,
    pub lowest: f64,
    pub highest: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// Rows of the same name become one, in the order of their first.
pub fn summed(rows: &[Row]) -> Vec<Summary> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    let of = |name: &&str| rows.iter().filter(|row| row.name == *name).collect::<Vec<_>>();
    names.iter().map(of).filter_map(|runs| Summary::of(&runs)).collect()
}

impl Summary {
    fn of(runs: &[&Row]) -> Option<Self> {
        let first = runs.first()?;
        let is_scaled = runs.iter().any(|row| row.is_scaled);
        let figures = first.figures.iter().map(|figure| {
            let same = |row: &&Row| row.figures.iter().find(|other| other.name == figure.name).cloned();
            Summed::of(&runs.iter().filter_map(same).collect::<Vec<_>>(), figure, is_scaled)
        });
        let series = first.series.iter().map(|series| {
            let same = |row: &&Row| row.series.iter().find(|other| other.name == series.name).cloned();
            middle(&runs.iter().filter_map(same).collect::<Vec<_>>(), series)
        });
        Some(Self {
            name: first.name.clone(),
            what: first.what.clone(),
            is_scaled,
            figures: figures.collect(),
            series: series.collect(),
        })
    }

    pub fn figure(&self, name: &str) -> Option<&Summed> {
        self.figures.iter().find(|figure| figure.name == name)
    }
}

impl Summed {
    fn of(runs: &[Figure], first: &Figure, is_scaled: bool) -> Self {
        let values: Vec<f64> = runs.iter().map(|figure| figure.value).collect();
        let median = median(&values);
        Self {
            name: first.name.clone(),
            unit: first.unit,
            median,
            lowest: values.iter().copied().fold(f64::INFINITY, f64::min),
            highest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            goal: first.goal,
            verdict: first.goal.map(|goal| goal.verdict(median, is_scaled)),
        }
    }
}

/// Of each point of the first, the median over all.
fn middle(runs: &[Series], first: &Series) -> Series {
    let at = |x: f64| {
        let same =
            |series: &Series| series.points.iter().find(|point| point.0.to_bits() == x.to_bits()).copied();
        median(&runs.iter().filter_map(same).map(|point| point.1).collect::<Vec<_>>())
    };
    Series { name: first.name.clone(), points: first.points.iter().map(|(x, _)| (*x, at(*x))).collect() }
}

impl Results {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no results.json of ours", path.display()))
    }

    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self).context("write the results")?;
        fs::write(path, text + "\n").with_context(|| format!("write {}", path.display()))
    }

    pub fn row(&self, name: &str) -> Option<&Summary> {
        self.rows.iter().find(|row| row.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64, is_scaled: bool) -> Row {
        let mut row = Row::new("one", "events", is_scaled);
        row.aim("deliveries/s", Unit::PerSecond, value, Goal::AtLeast(6_000.0));
        row.draw("curve", vec![(1.0, value), (2.0, value * 2.0)]);
        row
    }

    #[test]
    fn the_median_of_the_runs_is_what_is_judged() {
        let other = Row::new("two", "events", false);
        let rows = [row(5_000.0, false), other, row(7_000.0, false), row(6_500.0, false)];
        let summed = summed(&rows);
        assert_eq!(summed.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        let figure = summed[0].figure("deliveries/s").unwrap();
        assert_eq!((figure.median, figure.lowest, figure.highest), (6_500.0, 5_000.0, 7_000.0));
        assert_eq!(figure.verdict, Some(Verdict::Reached));
        assert_eq!(summed[0].series[0].points, [(1.0, 6_500.0), (2.0, 13_000.0)]);
    }

    #[test]
    fn one_run_below_its_size_makes_all_scaled() {
        let summed = summed(&[row(7_000.0, false), row(7_000.0, true)]);
        assert_eq!(summed[0].figures[0].verdict, Some(Verdict::Scaled));
    }
}
