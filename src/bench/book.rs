//! The book that a sink keeps of one run: who came, how often, and how long after it was sent.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::stamp::Stamp;

/// What came so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Requests with a `webhook-id` and a stamp.
    pub received: u64,
    /// Different `webhook-id`s among them.
    pub deliveries: u64,
    /// Different events among them.
    pub events: u64,
    /// Requests without the one or the other.
    pub unreadable: u64,
    /// Requests that were answered 503, as their URL asked for; they count as nothing else.
    pub refused: u64,
    /// When the first and the last new delivery came: microseconds since 1970, 0 where none did.
    pub first_micros: u64,
    pub last_micros: u64,
}

/// How long after its event was sent a delivery arrived, for the first time: milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lag {
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// How many deliveries arrived how late.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Histogram {
    /// Of a bucket, the first of which begins at nothing.
    pub width_micros: u32,
    /// The last holds all that is later too.
    pub counts: Vec<u64>,
}

const BUCKET_MICROS: u32 = 250;
/// Up to 100 ms.
const BUCKETS: usize = 400;

#[derive(Debug, Default)]
pub(super) struct Book {
    counts: Counts,
    ids: HashSet<Box<str>>,
    events: HashSet<u32>,
    lags_micros: Vec<u32>,
}

impl Book {
    pub(super) fn note(&mut self, webhook_id: Option<&str>, stamp: Option<Stamp>, now_micros: u64) {
        let (Some(id), Some(stamp)) = (webhook_id, stamp) else {
            self.counts.unreadable += 1;
            return;
        };
        self.counts.received += 1;
        if self.events.insert(stamp.n) {
            self.counts.events += 1;
        }
        if self.ids.contains(id) {
            return;
        }
        self.ids.insert(id.into());
        self.counts.deliveries += 1;
        self.counts.last_micros = now_micros;
        if self.counts.deliveries == 1 {
            self.counts.first_micros = now_micros;
        }
        let lag = now_micros.saturating_sub(stamp.at);
        self.lags_micros.push(u32::try_from(lag).unwrap_or(u32::MAX));
    }

    /// One that is not taken.
    pub(super) fn refuse(&mut self) {
        self.counts.refused += 1;
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn lag(&self) -> Lag {
        let mut sorted = self.lags_micros.clone();
        sorted.sort_unstable();
        let at = |percent| rank(&sorted, percent).map_or(0.0, |micros| f64::from(micros) / 1000.0);
        Lag { p50_ms: at(50), p90_ms: at(90), p99_ms: at(99), max_ms: at(100) }
    }

    pub(super) fn histogram(&self) -> Histogram {
        let mut counts = vec![0; BUCKETS];
        for lag in &self.lags_micros {
            counts[((lag / BUCKET_MICROS) as usize).min(BUCKETS - 1)] += 1;
        }
        let last = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        counts.truncate(last);
        Histogram { width_micros: BUCKET_MICROS, counts }
    }
}

/// The smallest value that so many percent of all are not above (nearest rank).
fn rank(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_counts_once_however_often_it_comes() {
        let mut book = Book::default();
        let stamp = |n| Some(Stamp { n, at: 1_000 });
        book.note(Some("a"), stamp(1), 3_000);
        book.note(Some("b"), stamp(1), 5_000);
        book.note(Some("a"), stamp(1), 9_000);
        book.note(None, stamp(1), 9_000);
        book.note(Some("c"), None, 9_000);
        let expected = Counts {
            received: 3,
            deliveries: 2,
            events: 1,
            unreadable: 2,
            refused: 0,
            first_micros: 3_000,
            last_micros: 5_000,
        };
        assert_eq!(book.counts(), expected);
        assert_eq!(book.lag(), Lag { p50_ms: 2.0, p90_ms: 4.0, p99_ms: 4.0, max_ms: 4.0 });
        assert_eq!(Book::default().lag(), Lag::default());
    }

    #[test]
    fn a_histogram_leaves_nothing_out() {
        let mut book = Book::default();
        for (id, lag) in [("a", 0), ("b", 249), ("c", 250), ("d", 99_999), ("e", 7_000_000)] {
            book.note(Some(id), Some(Stamp { n: 1, at: 10 }), 10 + lag);
        }
        let Histogram { width_micros, counts } = book.histogram();
        assert_eq!((width_micros, counts.len(), counts.iter().sum()), (250, 400, 5_u64));
        assert_eq!((counts[0], counts[1], counts[399]), (2, 1, 2));
        assert_eq!(Book::default().histogram().counts, Vec::<u64>::new());
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let sorted: Vec<u32> = (1..=200).collect();
        assert_eq!([50, 90, 99, 100].map(|percent| rank(&sorted, percent)), [100, 180, 198, 200].map(Some));
        assert_eq!(rank(&[7], 50), Some(7));
    }
}
