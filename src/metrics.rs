//! Every metric that is counted outside of the actors: name, unit, help. No label holds a tenant or an endpoint.

use std::time::Duration;

use actors::metrics::Dropped;
use axum::http::StatusCode;
use domain::delivery::{Reason, Status};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use tokio::runtime::Handle;

const BUILD_INFO: &str = "hookyard_build_info";
const TASKS: &str = "hookyard_tasks";
const HTTP_REQUESTS: &str = "hookyard_http_requests_total";
const HTTP_REQUEST_SECONDS: &str = "hookyard_http_request_seconds";
/// The actors count here too, and say what it means.
const DEAD_LETTERS: &str = "hookyard_dead_letters_total";
const QUEUE_DROPPED: &str = "hookyard_queue_dropped_total";
const EVENTS_UNROUTABLE: &str = "hookyard_events_unroutable_total";
const CONFIG_RELOADS: &str = "hookyard_config_reloads_total";

/// Of the actors: what takes buckets other than a request's.
pub const DELIVERY_LAG_SECONDS: &str = "hookyard_delivery_lag_seconds";
pub const LEDGER_BATCH_ROWS: &str = "hookyard_ledger_batch_rows";

/// Tells the exporter what each name means.
pub fn describe() {
    describe_gauge!(BUILD_INFO, "1, with the version of this program");
    describe_gauge!(TASKS, "Tasks of the runtime that have not ended: actors, requests, timers");
    describe_counter!(
        EVENTS_UNROUTABLE,
        "Messages from NATS that stand for no event, and are kept with the reason"
    );
    counter!(EVENTS_UNROUTABLE).absolute(0);
    describe_counter!(
        CONFIG_RELOADS,
        "Times that the configuration was read again, by result: applied, or refused, which changed nothing"
    );
    describe_counter!(HTTP_REQUESTS, "Requests to the API that were answered, by route and status");
    describe_histogram!(HTTP_REQUEST_SECONDS, Unit::Seconds, "How long a request to the API took");
}

pub fn build_info() {
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Counts what the runtime has to do.
pub fn tasks() {
    gauge!(TASKS).set(Handle::current().metrics().num_alive_tasks() as f64);
}

/// A request was answered.
pub fn answered(route: &str, status: StatusCode, took: Duration) {
    let (route, status) = (route.to_owned(), status.as_str().to_owned());
    counter!(HTTP_REQUESTS, "route" => route.clone(), "status" => status).increment(1);
    histogram!(HTTP_REQUEST_SECONDS, "route" => route).record(took.as_secs_f64());
}

/// Deliveries were closed many at once, by nobody's attempt.
pub fn closed(reason: Reason, deliveries: u64) {
    if reason.ends_in() == Status::Dead && deliveries > 0 {
        counter!(DEAD_LETTERS, "reason" => reason.as_str()).increment(deliveries);
    }
}

/// References in the queue that nobody can read were dropped.
pub fn dropped(references: u64) {
    counter!(QUEUE_DROPPED, "reason" => Dropped::Unreadable.as_str()).increment(references);
}

/// A message from NATS could not be mapped, and is kept.
pub fn unroutable() {
    counter!(EVENTS_UNROUTABLE).increment(1);
}

/// The configuration was read again.
pub fn reloaded(applied: bool) {
    counter!(CONFIG_RELOADS, "result" => if applied { "applied" } else { "refused" }).increment(1);
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn what_is_given_up_is_counted_by_reason_and_what_is_skipped_is_not() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            closed(Reason::Retention, 3);
            closed(Reason::EndpointDeleted, 5);
        });
        let shown = handle.render();
        assert!(shown.contains("hookyard_dead_letters_total{reason=\"retention\"} 3"), "{shown}");
        assert!(!shown.contains("endpoint_deleted"), "{shown}");
    }

    #[test]
    fn names_that_are_the_actors_are_theirs_still() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            actors::metrics::describe();
            counter!(DEAD_LETTERS).increment(1);
            dropped(1);
            histogram!(DELIVERY_LAG_SECONDS).record(1.0);
            histogram!(LEDGER_BATCH_ROWS).record(1.0);
        });
        let shown = handle.render();
        for name in [DEAD_LETTERS, QUEUE_DROPPED, DELIVERY_LAG_SECONDS, LEDGER_BATCH_ROWS] {
            assert!(shown.contains(&format!("# HELP {name} ")), "{shown}");
        }
    }
}
