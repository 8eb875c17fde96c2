//! The charts that the results make, each where its scenario was measured.

use crate::chart::{Axis, Chart, Shape};
use crate::results::Results;

/// Of a histogram, lags after this part of all are left out: one of them would press the rest together.
const SHOWN: f64 = 0.995;

/// Their files, with what goes into them.
pub fn of(results: &Results) -> Vec<(&'static str, String)> {
    let series = |row: &str, name: &str| {
        let series = results.row(row)?.series.iter().find(|series| series.name == name)?;
        Some(series.points.clone()).filter(|points| points.len() > 1)
    };
    let mut charts = Vec::new();
    if let (Some(delivered), Some(bare)) =
        (series("growth-endpoints", "deliveries/s"), series("growth-endpoints", "bare limit"))
    {
        let chart = Chart {
            title: "Throughput against endpoints",
            across: Axis { title: "endpoints, each event to one of them", is_logarithmic: true },
            up: "a second",
            curves: vec![("deliveries", delivered), ("bare limit", bare)],
            shape: Shape::Line,
        };
        charts.push(("throughput.svg", chart.svg()));
    }
    if let Some(lags) = series("lag", "lag") {
        let chart = Chart {
            title: "Lag at 200 events a second",
            across: Axis { title: "from when an event was due until it arrived, ms", is_logarithmic: false },
            up: "deliveries",
            curves: vec![("deliveries in 0.25 ms", most_of(lags))],
            shape: Shape::Bars,
        };
        charts.push(("lag.svg", chart.svg()));
    }
    if let Some(memory) = series("backlog", "memory") {
        let chart = Chart {
            title: "Memory of the service against backlog",
            across: Axis { title: "deliveries that wait", is_logarithmic: false },
            up: "MiB resident",
            curves: vec![("service", memory)],
            shape: Shape::Line,
        };
        charts.push(("memory.svg", chart.svg()));
    }
    charts
}

/// The first so many buckets that hold nearly all.
fn most_of(mut lags: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let wanted = lags.iter().map(|(_, count)| count).sum::<f64>() * SHOWN;
    let mut sum = 0.0;
    let last = lags.iter().position(|(_, count)| {
        sum += count;
        sum >= wanted
    });
    lags.truncate(last.map_or(0, |last| last + 1));
    lags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_few_that_are_very_late_are_not_drawn() {
        let mut lags: Vec<(f64, f64)> = (0..10).map(|at| (f64::from(at), 100.0)).collect();
        lags.push((10.0, 0.0));
        lags.push((400.0, 5.0));
        assert_eq!(most_of(lags).len(), 10);
        assert_eq!(most_of(Vec::new()), []);
    }
}
