//! Every metric that is counted outside of the actors: name, unit, labels, help. No label holds a tenant or an endpoint.

use std::time::Duration;

use actors::metrics::{Dropped, Kind, Label, Metric, Values};
use axum::http::StatusCode;
use domain::delivery::{Reason, Status};
use metrics::{counter, gauge, histogram};
use time::OffsetDateTime;
use tokio::runtime::Handle;

const BUILD_INFO: &str = "hookyard_build_info";
const TASKS: &str = "hookyard_tasks";
const HTTP_REQUESTS: &str = "hookyard_http_requests_total";
const HTTP_REQUEST_SECONDS: &str = "hookyard_http_request_seconds";
const EVENTS_UNROUTABLE: &str = "hookyard_events_unroutable_total";
const CONFIG_RELOADS: &str = "hookyard_config_reloads_total";
const LEDGER_UP: &str = "hookyard_ledger_up";
const NATS_UP: &str = "hookyard_nats_up";
const QUEUE_LINES_REFUSING: &str = "hookyard_queue_lines_refusing";
const QUEUE_STORE: &str = "hookyard_queue_store_bytes";
const QUEUE_STORE_LIMIT: &str = "hookyard_queue_store_limit_bytes";
const LEDGER: &str = "hookyard_ledger_bytes";
const LEDGER_WATERMARK: &str = "hookyard_ledger_watermark_timestamp_seconds";
const KEY_EXPIRY: &str = "hookyard_key_expiry_timestamp_seconds";
const CERTIFICATE_EXPIRY: &str = "hookyard_certificate_expiry_timestamp_seconds";
/// What a reading of the configuration comes to.
const RELOADS: [&str; 2] = ["refused", "applied"];
/// The settings that name a file with certificates.
pub const CERTIFICATE_FILES: [&str; 2] = ["nats.tls_ca_file", "egress.extra_ca_file"];
/// The actors count here too, and say what it means.
const DEAD_LETTERS: &str = "hookyard_dead_letters_total";
const QUEUE_DROPPED: &str = "hookyard_queue_dropped_total";

/// Of the actors: what takes buckets other than a request's.
pub const DELIVERY_LAG_SECONDS: &str = "hookyard_delivery_lag_seconds";
pub const LEDGER_BATCH_ROWS: &str = "hookyard_ledger_batch_rows";

/// All of them.
pub const ALL: [Metric; 15] = [
    Metric {
        name: BUILD_INFO,
        kind: Kind::Gauge,
        unit: "programs",
        labels: &[Label { name: "version", values: Values::Any("a version") }],
        help: "1, with the version of this program",
        purpose: "Which versions run, while one is rolled out",
    },
    Metric {
        name: TASKS,
        kind: Kind::Gauge,
        unit: "tasks",
        labels: &[],
        help: "Tasks of the runtime that have not ended: actors, requests, timers",
        purpose: "Whether something piles up in the process",
    },
    Metric {
        name: EVENTS_UNROUTABLE,
        kind: Kind::Counter,
        unit: "messages",
        labels: &[],
        help: "Messages from NATS that stand for no event, and are kept with the reason",
        purpose: "Producers whose messages are not understood: GET /api/v1/unroutable shows them",
    },
    Metric {
        name: HTTP_REQUESTS,
        kind: Kind::Counter,
        unit: "requests",
        labels: &[
            Label {
                name: "route",
                values: Values::Any("a path of the API, as it is written in docs/openapi.json"),
            },
            Label { name: "status", values: Values::Any("a status code") },
        ],
        help: "Requests to the API that were answered, by route and status",
        purpose: "Who asks for what, and what is refused",
    },
    Metric {
        name: HTTP_REQUEST_SECONDS,
        kind: Kind::Histogram,
        unit: "seconds",
        labels: &[Label {
            name: "route",
            values: Values::Any("a path of the API, as it is written in docs/openapi.json"),
        }],
        help: "How long a request to the API took",
        purpose: "How long producers wait",
    },
    Metric {
        name: CONFIG_RELOADS,
        kind: Kind::Counter,
        unit: "reloads",
        labels: &[Label { name: "result", values: Values::These(|| RELOADS.to_vec()) }],
        help: "Times that the configuration was read again, by result: applied, or refused, which changed nothing",
        purpose: "A change of the settings that nobody has noticed was refused",
    },
    Metric {
        name: LEDGER_UP,
        kind: Kind::Gauge,
        unit: "1 is yes",
        labels: &[],
        help: "Whether Postgres answered this node within the last second or so",
        purpose: "Without it nothing is accepted",
    },
    Metric {
        name: NATS_UP,
        kind: Kind::Gauge,
        unit: "1 is yes",
        labels: &[],
        help: "Whether this node is connected to NATS",
        purpose: "Without it deliveries go on from the ledger, slower",
    },
    Metric {
        name: QUEUE_LINES_REFUSING,
        kind: Kind::Gauge,
        unit: "lines",
        labels: &[],
        help: "Lines of shards, two each, of which the queue took nothing from this node within the last minute",
        purpose: "A store or a disk of NATS that is full",
    },
    Metric {
        name: QUEUE_STORE,
        kind: Kind::Gauge,
        unit: "bytes",
        labels: &[],
        help: "What the streams of our account take of NATS' disks. One node tells, once a minute; 0 elsewhere",
        purpose: "Beside the next: how full the queue's store is",
    },
    Metric {
        name: QUEUE_STORE_LIMIT,
        kind: Kind::Gauge,
        unit: "bytes",
        labels: &[],
        help: "What our account may take of them; 0 where it has no limit, and on the nodes that do not tell",
        purpose: "Set one: the limit of the server itself is not told to us",
    },
    Metric {
        name: LEDGER,
        kind: Kind::Gauge,
        unit: "bytes",
        labels: &[],
        help: "Size of the ledger's database. One node tells, once a minute; 0 elsewhere",
        purpose: "Beside the size of Postgres' disk, which is not told to us",
    },
    Metric {
        name: LEDGER_WATERMARK,
        kind: Kind::Gauge,
        unit: "seconds",
        labels: &[],
        help: "What events made before this owe was tried, or is read from the ledger by its endpoint. One node tells, once a minute; 0 elsewhere",
        purpose: "Its age is a minute and a half where nothing is late; what is older is owed, and nobody has it",
    },
    Metric {
        name: KEY_EXPIRY,
        kind: Kind::Gauge,
        unit: "seconds",
        labels: &[],
        help: "When the first API key expires that was used within a week and made for longer than a month; 0 where none does, and on the nodes that do not tell",
        purpose: "To make another in time",
    },
    Metric {
        name: CERTIFICATE_EXPIRY,
        kind: Kind::Gauge,
        unit: "seconds",
        labels: &[Label { name: "file", values: Values::These(|| CERTIFICATE_FILES.to_vec()) }],
        help: "When the first certificate expires of a file in the settings, as it was at the start",
        purpose: "To replace it in time",
    },
];

/// Tells the exporter what each name means.
pub fn describe() {
    ALL.iter().for_each(Metric::describe);
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

/// How the stores answer this node.
pub fn stores(ledger: bool, nats: bool, lines_refusing: usize) {
    gauge!(LEDGER_UP).set(f64::from(u8::from(ledger)));
    gauge!(NATS_UP).set(f64::from(u8::from(nats)));
    gauge!(QUEUE_LINES_REFUSING).set(lines_refusing as f64);
}

/// How large the ledger is, up to when it is settled, and when the next key expires.
pub fn ledger(bytes: u64, watermark: Option<OffsetDateTime>, key_expiry: Option<OffsetDateTime>) {
    let seconds = |at: Option<OffsetDateTime>| at.map_or(0.0, |at| at.unix_timestamp() as f64);
    gauge!(LEDGER).set(bytes as f64);
    gauge!(LEDGER_WATERMARK).set(seconds(watermark));
    gauge!(KEY_EXPIRY).set(seconds(key_expiry));
}

/// What the queue has stored, and may.
pub fn queue_store(bytes: u64, limit: Option<u64>) {
    gauge!(QUEUE_STORE).set(bytes as f64);
    gauge!(QUEUE_STORE_LIMIT).set(limit.unwrap_or_default() as f64);
}

pub fn certificate_expiry(setting: &'static str, at: OffsetDateTime) {
    gauge!(CERTIFICATE_EXPIRY, "file" => setting).set(at.unix_timestamp() as f64);
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
    counter!(CONFIG_RELOADS, "result" => RELOADS[usize::from(applied)]).increment(1);
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
