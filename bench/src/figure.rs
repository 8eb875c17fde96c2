//! One measured number, what it is to reach, and whether it did.

use std::fmt;

use hookyard::bench::count;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    PerSecond,
    MbPerSecond,
    /// So many times something else.
    Times,
    /// Of CPU time.
    Micros,
    Millis,
    Seconds,
    Mib,
    /// Of one core.
    Percent,
    Exponent,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Reached,
    Missed,
    /// It ran below its stated size, which is not reached, whatever the number.
    Scaled,
}

/// What one run brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub name: String,
    pub unit: Unit,
    pub value: f64,
    pub goal: Option<Goal>,
}

impl Goal {
    pub fn verdict(self, value: f64, is_scaled: bool) -> Verdict {
        let is_reached = match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        };
        match (is_scaled, is_reached) {
            (true, _) => Verdict::Scaled,
            (false, true) => Verdict::Reached,
            (false, false) => Verdict::Missed,
        }
    }

    pub fn words(self, unit: Unit) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {}", unit.show(least)),
            Self::AtMost(most) => format!("≤ {}", unit.show(most)),
        }
    }
}

impl Unit {
    pub fn show(self, value: f64) -> String {
        let whole = |value: f64| count(value.round().max(0.0) as u64);
        match self {
            Self::PerSecond => format!("{}/s", whole(value)),
            Self::MbPerSecond => format!("{value:.1} MB/s"),
            Self::Times => format!("{value:.2}×"),
            Self::Micros => format!("{} µs", whole(value)),
            Self::Millis if value < 100.0 => format!("{value:.1} ms"),
            Self::Millis => format!("{} ms", whole(value)),
            Self::Seconds => format!("{value:.2} s"),
            Self::Mib => format!("{} MiB", whole(value)),
            Self::Percent => format!("{value:.2}%"),
            Self::Exponent => format!("{value:+.3}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reached => "reached",
            Self::Missed => "missed",
            Self::Scaled => "SCALED",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_at_its_edge_and_never_below_the_stated_size() {
        for (goal, value, verdict) in [
            (Goal::AtLeast(6_000.0), 6_000.0, Verdict::Reached),
            (Goal::AtLeast(6_000.0), 5_999.9, Verdict::Missed),
            (Goal::AtMost(1.2), 1.2, Verdict::Reached),
            (Goal::AtMost(1.2), 1.21, Verdict::Missed),
            (Goal::AtMost(1.2), f64::NAN, Verdict::Missed),
        ] {
            assert_eq!(goal.verdict(value, false), verdict, "{goal:?} {value}");
            assert_eq!(goal.verdict(value, true), Verdict::Scaled);
        }
    }

    #[test]
    fn numbers_are_shown_with_their_units() {
        assert_eq!(Goal::AtLeast(6_000.0).words(Unit::PerSecond), "≥ 6,000/s");
        assert_eq!(Goal::AtMost(1.5).words(Unit::Times), "≤ 1.50×");
        assert_eq!(Unit::Millis.show(3.06), "3.1 ms");
        assert_eq!(Unit::Millis.show(12_345.6), "12,346 ms");
        assert_eq!(Unit::Exponent.show(0.0314), "+0.031");
    }
}
