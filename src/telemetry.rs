//! What the process says of itself: log lines on stderr, and the recorder behind `/metrics`.
//!
//! Names, units and help texts of metrics belong to the crates that count; only the buckets are chosen here, since
//! the exporter takes them when it is installed. Left out: traces sent elsewhere.

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config::{Log, LogFormat};
use crate::metrics::{DELIVERY_LAG_SECONDS, LEDGER_BATCH_ROWS};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read log filter {filter:?}")]
    Filter {
        filter: String,
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    #[error("install log subscriber")]
    Subscriber(#[from] tracing_subscriber::util::TryInitError),
    #[error("install metrics recorder")]
    Metrics(#[from] BuildError),
}

/// Requests, attempts, batches: from a loopback answer to a deadline of some minutes.
const SECONDS: [f64; 16] =
    [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];
/// From accepted to delivered: retries reach into the hours.
const LAG_SECONDS: [f64; 17] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0,
];
const ROWS: [f64; 13] =
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0, 20_000.0, 50_000.0];

/// Installs logging and metrics for the whole process, once; a second call is an error.
/// Whoever holds the handle renders `/metrics` with it and calls `run_upkeep` every few seconds.
pub fn init(log: &Log) -> Result<PrometheusHandle, Error> {
    init_log(log)?;
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(BuildError::from)?;
    Ok(handle)
}

/// Logging alone, for commands that serve no metrics.
pub fn init_log(log: &Log) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&log.filter)
        .map_err(|source| Error::Filter { filter: log.filter.clone(), source })?;
    let terminal = std::io::stderr().is_terminal();
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !terminal,
    };
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    } else {
        lines.with_ansi(terminal).boxed()
    };
    Registry::default().with(filter).with(lines).try_init()?;
    Ok(())
}

fn recorder() -> Result<PrometheusRecorder, BuildError> {
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full(DELIVERY_LAG_SECONDS.to_owned()), &LAG_SECONDS)?
        .set_buckets_for_metric(Matcher::Full(LEDGER_BATCH_ROWS.to_owned()), &ROWS)?
        .build_recorder())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(name: &'static str) -> String {
        let recorder = recorder().unwrap();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || metrics::histogram!(name).record(0.2));
        handle.render()
    }

    #[test]
    fn seconds_are_bucketed() {
        let text = rendered("hookyard_attempt_seconds");
        assert!(text.contains("hookyard_attempt_seconds_bucket{le=\"0.1\"} 0"), "{text}");
        assert!(text.contains("hookyard_attempt_seconds_bucket{le=\"0.25\"} 1"), "{text}");
        assert!(text.contains("hookyard_attempt_seconds_bucket{le=\"60\"} 1"), "{text}");
    }

    #[test]
    fn lag_reaches_an_hour() {
        let text = rendered(DELIVERY_LAG_SECONDS);
        assert!(text.contains("hookyard_delivery_lag_seconds_bucket{le=\"3600\"} 1"), "{text}");
    }

    #[test]
    fn batches_are_counted_in_rows() {
        let text = rendered(LEDGER_BATCH_ROWS);
        assert!(text.contains("hookyard_ledger_batch_rows_bucket{le=\"20000\"} 1"), "{text}");
    }

    #[test]
    fn a_wrong_filter_is_an_error() {
        let log = Log { format: LogFormat::Json, filter: "no such=filter=at all".to_owned() };
        assert!(matches!(init_log(&log), Err(Error::Filter { .. })));
    }
}
