//! What a measurement brought, for a person and for a program.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::{Lag, Reading};

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub settings: Settings,
    pub full: Full,
    pub bare: Limit,
    /// Deliveries a second, of those of the bare limit.
    pub ratio: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    pub version: &'static str,
    pub cores: usize,
    pub events: u32,
    pub endpoints: u32,
    /// Of all endpoints together.
    pub in_flight: u32,
    pub publishers: u32,
    pub batch: u32,
    /// Of an event's data.
    pub payload_bytes: u32,
    /// Events a second; none: flat out.
    pub rate: Option<f64>,
}

/// The whole way: published, kept, queued, delivered, recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Full {
    pub accepted: u64,
    pub refused: u64,
    pub unanswered: u64,
    /// Different `webhook-id`s that arrived.
    pub delivered: u64,
    pub missing: u64,
    pub duplicates: u64,
    /// From the first publish to the last arrival.
    pub seconds: f64,
    pub deliveries_per_second: f64,
    pub published_per_second: f64,
    pub lag: Lag,
    /// Of the processes that are the bench's own.
    pub cpu: Vec<Cost>,
    /// Memory of the service at its most, where that is the bench's own.
    pub service_peak_bytes: Option<u64>,
}

/// The same client and the same sink, with nothing between.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    pub delivered: u64,
    pub failed: u64,
    pub seconds: f64,
    pub deliveries_per_second: f64,
    pub lag: Lag,
    pub cpu: Vec<Cost>,
}

/// What one process spent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    pub process: &'static str,
    pub micros_per_delivery: f64,
}

impl Cost {
    /// What each process spent between two readings.
    pub fn between(before: &Reading, after: &Reading, deliveries: u64) -> Vec<Self> {
        let of = |(process, spent): (&'static str, Duration)| Self {
            process,
            micros_per_delivery: spent.as_secs_f64() * 1e6 / deliveries.max(1) as f64,
        };
        after.since(before).into_iter().map(of).collect()
    }
}

/// From one instant to another, at least a microsecond, so that it may be divided by.
pub fn seconds(from_micros: u64, to_micros: u64) -> f64 {
    to_micros.saturating_sub(from_micros).max(1) as f64 / 1e6
}

impl Full {
    /// Whether what was published arrived, each once.
    pub fn is_exact(&self) -> bool {
        self.refused + self.unanswered + self.missing + self.duplicates == 0
    }
}

/// A line of the table: what it says of the whole way, of the bare limit, and in words.
struct Line {
    name: String,
    full: String,
    bare: String,
    words: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.settings)?;
        let lines = self.lines();
        let width = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or_default();
        for Line { name, full, bare, words } in lines {
            let line = format!("{name:<width$}  {full:>11}  {bare:>11}   {words}");
            writeln!(f, "{}", line.trim_end())?;
        }
        let Full { accepted, delivered, missing, duplicates, refused, unanswered, .. } = self.full;
        write!(f, "\n{} events accepted, {} deliveries arrived: ", count(accepted), count(delivered))?;
        if self.full.is_exact() {
            return write!(f, "none missing, none twice.");
        }
        let wrong =
            [(missing, "missing"), (duplicates, "twice"), (refused, "refused"), (unanswered, "unanswered")];
        let wrong = wrong.iter().filter(|(number, _)| *number > 0);
        let wrong: Vec<_> = wrong.map(|(number, what)| format!("{} {what}", count(*number))).collect();
        write!(f, "{}.", wrong.join(", "))
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, cores, events, endpoints, in_flight, publishers, batch, payload_bytes, rate } =
            self;
        let pace = rate.map_or_else(|| "flat out".to_owned(), |rate| format!("{rate} a second"));
        write!(
            f,
            "hookyard {version} on {cores} cores: {} events of {payload_bytes} bytes to {endpoints} endpoint{}, \
             {in_flight} in flight;\npublished {pace} over {publishers} connections, {batch} a request",
            count(u64::from(*events)),
            if *endpoints == 1 { "" } else { "s" },
        )
    }
}

impl Report {
    fn lines(&self) -> Vec<Line> {
        let (full, bare) = (&self.full, &self.bare);
        let line = |name: &str, full: String, bare: String, words: &str| Line {
            name: name.to_owned(),
            full,
            bare,
            words: words.to_owned(),
        };
        let mut lines = vec![
            line("", "Hookyard".to_owned(), "bare limit".to_owned(), ""),
            line(
                "deliveries/s",
                count(full.deliveries_per_second.round() as u64),
                count(bare.deliveries_per_second.round() as u64),
                &format!("{:.0}% of the bare limit", 100.0 * self.ratio),
            ),
            line("published/s", count(full.published_per_second.round() as u64), String::new(), ""),
            line("seconds", format!("{:.2}", full.seconds), format!("{:.2}", bare.seconds), ""),
            line("lag p50", millis(full.lag.p50_ms), millis(bare.lag.p50_ms), self.lag_words()),
            line("lag p99", millis(full.lag.p99_ms), millis(bare.lag.p99_ms), ""),
            line("lag max", millis(full.lag.max_ms), millis(bare.lag.max_ms), ""),
        ];
        lines.extend(self.costs());
        lines.extend(full.service_peak_bytes.map(|bytes| {
            line("service's memory", format!("{} MiB", bytes >> 20), String::new(), "at its most")
        }));
        lines
    }

    fn lag_words(&self) -> &'static str {
        if self.settings.rate.is_some() {
            "from when an event was due to be published"
        } else {
            "from an event being sent; flat out it is the backlog"
        }
    }

    fn costs(&self) -> Vec<Line> {
        let micros = |micros: f64| format!("{micros:.0} µs");
        let of = |costs: &[Cost], process: &str| {
            costs.iter().find(|cost| cost.process == process).map(|cost| micros(cost.micros_per_delivery))
        };
        let mut lines: Vec<Line> = self
            .full
            .cpu
            .iter()
            .map(|cost| Line {
                name: format!("CPU {}", cost.process),
                full: micros(cost.micros_per_delivery),
                bare: of(&self.bare.cpu, cost.process).unwrap_or_default(),
                words: String::new(),
            })
            .collect();
        if self.full.service_peak_bytes.is_some() {
            let together = |costs: &[Cost]| micros(costs.iter().map(|cost| cost.micros_per_delivery).sum());
            let (full, bare) = (together(&self.full.cpu), together(&self.bare.cpu));
            lines.push(Line { name: "CPU together".into(), full, bare, words: "a delivery".into() });
        } else if let Some(last) = lines.last_mut() {
            last.words = "CPU is known only of what the bench started itself".into();
        }
        lines
    }
}

fn millis(millis: f64) -> String {
    if millis < 100.0 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") }
}

/// A number with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let lag = Lag { p50_ms: 48.71, p90_ms: 120.0, p99_ms: 160.4, max_ms: 201.0 };
        let cost = |process, micros_per_delivery| Cost { process, micros_per_delivery };
        Report {
            settings: Settings {
                version: "0.1.0",
                cores: 2,
                events: 20_000,
                endpoints: 1,
                in_flight: 64,
                publishers: 100,
                batch: 1,
                payload_bytes: 400,
                rate: None,
            },
            full: Full {
                accepted: 20_000,
                refused: 0,
                unanswered: 0,
                delivered: 20_000,
                missing: 0,
                duplicates: 0,
                seconds: 5.253_5,
                deliveries_per_second: 3_807.2,
                published_per_second: 3_900.0,
                lag,
                cpu: vec![cost("service", 113.6), cost("sink", 16.0), cost("load", 19.5)],
                service_peak_bytes: Some(52_000_000),
            },
            bare: Limit {
                delivered: 20_000,
                failed: 0,
                seconds: 0.9,
                deliveries_per_second: 22_222.2,
                lag,
                cpu: vec![cost("sink", 12.0), cost("load", 27.0)],
            },
            ratio: 0.171_3,
        }
    }

    #[test]
    fn it_is_read_at_a_glance() {
        insta::assert_snapshot!(report(), @r"
        hookyard 0.1.0 on 2 cores: 20,000 events of 400 bytes to 1 endpoint, 64 in flight;
        published flat out over 100 connections, 1 a request

                             Hookyard   bare limit
        deliveries/s            3,807       22,222   17% of the bare limit
        published/s             3,900
        seconds                  5.25         0.90
        lag p50               48.7 ms      48.7 ms   from an event being sent; flat out it is the backlog
        lag p99                160 ms       160 ms
        lag max                201 ms       201 ms
        CPU service            114 µs
        CPU sink                16 µs        12 µs
        CPU load                20 µs        27 µs
        CPU together           149 µs        39 µs   a delivery
        service's memory       49 MiB                at its most

        20,000 events accepted, 20,000 deliveries arrived: none missing, none twice.
        ");
    }

    #[test]
    fn what_is_not_known_and_what_is_wrong_is_said() {
        let mut report = report();
        report.full.cpu.remove(0);
        report.full.service_peak_bytes = None;
        (report.full.missing, report.full.duplicates) = (1_200, 3);
        let text = report.to_string();
        assert!(text.contains("CPU is known only of what the bench started itself"), "{text}");
        assert!(!text.contains("CPU together") && !text.contains("memory"), "{text}");
        assert!(text.ends_with("20,000 deliveries arrived: 1,200 missing, 3 twice."), "{text}");
        assert!(!report.full.is_exact());
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [0, 999, 1_000, 20_000, 1_234_567].map(count),
            ["0", "999", "1,000", "20,000", "1,234,567"]
        );
    }
}
