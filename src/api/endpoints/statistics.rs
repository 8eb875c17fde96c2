//! Counts of attempts, as answers write them.

use std::time::Duration;

use domain::counts::Counts;
use domain::outcome::Outcome;
use domain::span::{NotASpan, Span};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::api::query::Query;

const HOUR: Duration = Duration::from_hours(1);
const WINDOW_MAX: Duration = Duration::from_hours(30 * 24);
/// Of each endpoint in a list.
const LISTED_MAX: Duration = Duration::from_hours(7 * 24);
const WINDOW_DEFAULT: Duration = Duration::from_hours(24);

/// How far back counts go: whole hours, the first of them the one in which the window begins.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub since: OffsetDateTime,
    pub until: OffsetDateTime,
}

impl Window {
    pub fn read(query: &mut Query, now: OffsetDateTime) -> Self {
        Self::back(query.parsed("window", |text| window(text, WINDOW_MAX)).unwrap_or(WINDOW_DEFAULT), now)
    }

    /// Of a list, where it was asked for.
    pub fn of_list(query: &mut Query, now: OffsetDateTime) -> Option<Self> {
        query.parsed("stats", |text| window(text, LISTED_MAX)).map(|length| Self::back(length, now))
    }

    fn back(length: Duration, now: OffsetDateTime) -> Self {
        let since = now - length;
        let since = since.replace_nanosecond(0).and_then(|at| at.replace_second(0));
        let since = since.and_then(|at| at.replace_minute(0)).unwrap_or(now);
        Self { since, until: now }
    }
}

fn window(text: &str, longest: Duration) -> Result<Duration, String> {
    let span = text.parse::<Span>().map_err(|error: NotASpan| error.to_string())?.duration();
    if (HOUR..=longest).contains(&span) {
        Ok(span)
    } else {
        Err(format!("must be from 1h to {}d", longest.as_secs() / 86_400))
    }
}

/// How many attempts ended how.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcomes {
    succeeded: u64,
    http_error: u64,
    timeout: u64,
    unreachable: u64,
    tls_error: u64,
    protocol_error: u64,
    blocked: u64,
}

/// How long attempts took, in milliseconds; null where there was none. Percentiles are counted in buckets: each is off by
/// 9.1 % at most.
#[derive(Debug, Serialize, ToSchema)]
pub struct Latency {
    #[schema(required)]
    mean: Option<u64>,
    #[schema(required)]
    p50: Option<u64>,
    #[schema(required)]
    p95: Option<u64>,
    #[schema(required)]
    p99: Option<u64>,
}

/// How late what was delivered was: milliseconds from when an event was accepted; null where nothing was. Percentiles are
/// counted in buckets, the last of which is ten minutes and more.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lag {
    #[schema(required)]
    p50: Option<u64>,
    #[schema(required)]
    p95: Option<u64>,
    #[schema(required)]
    p99: Option<u64>,
}

impl From<&Counts> for Lag {
    fn from(counts: &Counts) -> Self {
        let of = |percent| counts.lags.percentile(percent);
        Self { p50: of(50), p95: of(95), p99: of(99) }
    }
}

impl From<&Counts> for Outcomes {
    fn from(counts: &Counts) -> Self {
        Self {
            succeeded: counts.of(Outcome::Succeeded),
            http_error: counts.of(Outcome::HttpError),
            timeout: counts.of(Outcome::Timeout),
            unreachable: counts.of(Outcome::Unreachable),
            tls_error: counts.of(Outcome::TlsError),
            protocol_error: counts.of(Outcome::ProtocolError),
            blocked: counts.of(Outcome::Blocked),
        }
    }
}

impl From<&Counts> for Latency {
    fn from(counts: &Counts) -> Self {
        let of = |percent| counts.durations.percentile(percent);
        Self { mean: counts.mean_ms(), p50: of(50), p95: of(95), p99: of(99) }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_window_is_whole_hours_from_one_hour_to_thirty_days() {
        let now = datetime!(2026-01-02 03:04:05.6 UTC);
        let since = |query: &str| {
            let mut query = Query::of(&format!("/x?{query}").parse().unwrap());
            let window = Window::read(&mut query, now);
            query.finish().map(|()| window.since)
        };
        assert_eq!(since(""), Ok(datetime!(2026-01-01 03:00 UTC)));
        assert_eq!(since("window=1h"), Ok(datetime!(2026-01-02 02:00 UTC)));
        assert_eq!(since("window=1h10m"), Ok(datetime!(2026-01-02 01:00 UTC)));
        assert_eq!(since("window=30d"), Ok(datetime!(2025-12-03 03:00 UTC)));
        for bad in ["59m", "31d", "1", "-1h"] {
            assert!(since(&format!("window={bad}")).is_err(), "{bad}");
        }
    }
}
