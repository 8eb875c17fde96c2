//! Every metric of the actors: name, unit, labels, help. No label holds a tenant or an endpoint.

mod metric;

use std::time::Duration;

use domain::delivery::{Reason, Status as DeliveryStatus};
use domain::endpoint::Status;
use domain::event::Source;
use domain::outcome::Outcome;
use metrics::{counter, gauge, histogram};

pub use self::metric::{Kind, Label, Metric, Values};
use crate::directory::Directory;
use crate::ports::{Close, Depth, Record};

const EVENTS_ACCEPTED: &str = "hookyard_events_accepted_total";
const EVENTS_DUPLICATE: &str = "hookyard_events_duplicate_total";
const EVENTS_UNMATCHED: &str = "hookyard_events_unmatched_total";
const DELIVERIES: &str = "hookyard_deliveries_total";
const ATTEMPTS: &str = "hookyard_attempts_total";
const RETRIES: &str = "hookyard_retries_total";
const DEAD_LETTERS: &str = "hookyard_dead_letters_total";
const ATTEMPT_SECONDS: &str = "hookyard_attempt_seconds";
const DELIVERY_LAG_SECONDS: &str = "hookyard_delivery_lag_seconds";
const ENDPOINT_ACTORS: &str = "hookyard_endpoint_actors";
const BREAKERS_OPEN: &str = "hookyard_breakers_open";
const ACTOR_RESTARTS: &str = "hookyard_actor_restarts_total";
const ENDPOINTS: &str = "hookyard_endpoints";
const QUEUE_MESSAGES: &str = "hookyard_queue_messages";
const QUEUE_DROPPED: &str = "hookyard_queue_dropped_total";
const LEDGER_BATCH_ROWS: &str = "hookyard_ledger_batch_rows";
const LEDGER_BATCH_SECONDS: &str = "hookyard_ledger_batch_seconds";
const SHARDS: &str = "hookyard_shards";
const SHARDS_OWNED: &str = "hookyard_shards_owned";
const AUDIT_REQUEUED: &str = "hookyard_audit_requeued_total";
/// Of [`QUEUE_MESSAGES`].
const STATES: [&str; 4] = ["ready", "in_flight", "scheduled", "spilled"];

/// All of them.
pub const ALL: [Metric; 20] = [
    Metric {
        name: EVENTS_ACCEPTED,
        kind: Kind::Counter,
        unit: "events",
        labels: &[Label {
            name: "source",
            values: Values::These(|| Source::ALL.map(Source::as_str).to_vec()),
        }],
        help: "Events committed to the ledger, by source",
        purpose: "What comes in",
    },
    Metric {
        name: EVENTS_DUPLICATE,
        kind: Kind::Counter,
        unit: "events",
        labels: &[],
        help: "Events whose id the ledger knew already",
        purpose: "Producers that publish again: safe, and a sign that they do not hear our answers",
    },
    Metric {
        name: EVENTS_UNMATCHED,
        kind: Kind::Counter,
        unit: "events",
        labels: &[],
        help: "Events that no endpoint subscribed to",
        purpose: "What is published for nobody",
    },
    Metric {
        name: DELIVERIES,
        kind: Kind::Counter,
        unit: "deliveries",
        labels: &[Label { name: "verdict", values: Values::These(|| Close::WORDS.to_vec()) }],
        help: "Verdicts: one an attempt, and one for each delivery that was closed without",
        purpose: "What goes out, and what does not; while it stands still, nothing is done",
    },
    Metric {
        name: ATTEMPTS,
        kind: Kind::Counter,
        unit: "attempts",
        labels: &[Label {
            name: "outcome",
            values: Values::These(|| Outcome::ALL.map(Outcome::as_str).to_vec()),
        }],
        help: "HTTP requests made, by outcome",
        purpose: "Success and failure rates",
    },
    Metric {
        name: RETRIES,
        kind: Kind::Counter,
        unit: "attempts",
        labels: &[],
        help: "Attempts after the first",
        purpose: "What failures cost: beside attempts, how many requests are made in vain",
    },
    Metric {
        name: DEAD_LETTERS,
        kind: Kind::Counter,
        unit: "deliveries",
        labels: &[Label { name: "reason", values: Values::These(dead_reasons) }],
        help: "Deliveries given up, by reason",
        purpose: "What nobody gets unless it is replayed",
    },
    Metric {
        name: ATTEMPT_SECONDS,
        kind: Kind::Histogram,
        unit: "seconds",
        labels: &[],
        help: "How long an attempt took",
        purpose: "How fast endpoints answer",
    },
    Metric {
        name: DELIVERY_LAG_SECONDS,
        kind: Kind::Histogram,
        unit: "seconds",
        labels: &[],
        help: "From an event's acceptance to its delivery",
        purpose: "How late deliveries are, retries and waits included; past an hour it reads as an hour",
    },
    Metric {
        name: ENDPOINT_ACTORS,
        kind: Kind::Gauge,
        unit: "actors",
        labels: &[],
        help: "Endpoint actors alive",
        purpose: "How many endpoints of this node have work",
    },
    Metric {
        name: BREAKERS_OPEN,
        kind: Kind::Gauge,
        unit: "endpoints",
        labels: &[],
        help: "Endpoints whose breaker is open, or probes",
        purpose: "How many endpoints are down",
    },
    Metric {
        name: ACTOR_RESTARTS,
        kind: Kind::Counter,
        unit: "actors",
        labels: &[],
        help: "Actors that died and were started anew",
        purpose: "Panics: bugs, or what somebody struck on purpose",
    },
    Metric {
        name: ENDPOINTS,
        kind: Kind::Gauge,
        unit: "endpoints",
        labels: &[Label {
            name: "status",
            values: Values::These(|| Status::ALL.map(Status::as_str).to_vec()),
        }],
        help: "Endpoints there are, by status. Every node tells of all",
        purpose: "Endpoints that were given up (failed) or switched off",
    },
    Metric {
        name: QUEUE_MESSAGES,
        kind: Kind::Gauge,
        unit: "messages",
        labels: &[Label { name: "state", values: Values::These(|| STATES.to_vec()) }],
        help: "What waits: messages of the queue, each of up to 64 deliveries, ready or in_flight; retries, scheduled; deliveries in the ledger alone, spilled",
        purpose: "The backlog. Each node tells of its shards: add them up",
    },
    Metric {
        name: QUEUE_DROPPED,
        kind: Kind::Counter,
        unit: "references",
        labels: &[Label {
            name: "reason",
            values: Values::These(|| Dropped::ALL.map(Dropped::as_str).to_vec()),
        }],
        help: "References that stand for nothing, taken out of the queue, by reason",
        purpose: "A ledger that was set back, or strangers that publish to deliver.>",
    },
    Metric {
        name: LEDGER_BATCH_ROWS,
        kind: Kind::Histogram,
        unit: "rows",
        labels: &[Label { name: "of", values: Values::These(|| Batch::ALL.map(Batch::as_str).to_vec()) }],
        help: "Events, or outcomes, in one transaction of the ledger",
        purpose: "How well batching works: large batches under load are what keeps deliveries cheap",
    },
    Metric {
        name: LEDGER_BATCH_SECONDS,
        kind: Kind::Histogram,
        unit: "seconds",
        labels: &[Label { name: "of", values: Values::These(|| Batch::ALL.map(Batch::as_str).to_vec()) }],
        help: "How long such a transaction took",
        purpose: "How fast Postgres commits: what publishing waits for, and what limits recording",
    },
    Metric {
        name: SHARDS,
        kind: Kind::Gauge,
        unit: "shards",
        labels: &[],
        help: "Shards that the nodes share, all together",
        purpose: "Beside the next: whether each has an owner",
    },
    Metric {
        name: SHARDS_OWNED,
        kind: Kind::Gauge,
        unit: "shards",
        labels: &[],
        help: "Shards that this node owns",
        purpose: "How evenly the nodes share the work",
    },
    Metric {
        name: AUDIT_REQUEUED,
        kind: Kind::Counter,
        unit: "endpoints",
        labels: &[],
        help: "Endpoints that the auditor found with something owed out of reach",
        purpose: "What the queue lost and the ledger made good",
    },
];

fn dead_reasons() -> Vec<&'static str> {
    let dead = Reason::ALL.into_iter().filter(|reason| reason.ends_in() == DeliveryStatus::Dead);
    dead.map(Reason::as_str).collect()
}

/// Tells the exporter what each name means.
pub fn describe() {
    ALL.iter().for_each(Metric::describe);
}

pub(crate) fn accepted(source: &'static str, events: u64, unmatched: u64) {
    counter!(EVENTS_ACCEPTED, "source" => source).increment(events);
    counter!(EVENTS_UNMATCHED).increment(unmatched);
}

pub(crate) fn duplicate() {
    counter!(EVENTS_DUPLICATE).increment(1);
}

pub(crate) fn recorded(record: &Record) {
    if let Some(report) = &record.report {
        counter!(ATTEMPTS, "outcome" => report.ending.outcome.as_str()).increment(1);
        histogram!(ATTEMPT_SECONDS).record(report.attempt.duration_ms as f64 / 1000.0);
        if record.number > 1 {
            counter!(RETRIES).increment(1);
        }
    }
    let status = record.close.status();
    if status == DeliveryStatus::Success {
        let lag = record.at - record.delivery.event.made_at();
        histogram!(DELIVERY_LAG_SECONDS).record(lag.as_seconds_f64().max(0.0));
    }
    if let Some(reason) = record.close.reason().filter(|_| status == DeliveryStatus::Dead) {
        counter!(DEAD_LETTERS, "reason" => reason.as_str()).increment(1);
    }
    counter!(DELIVERIES, "verdict" => record.close.as_str()).increment(1);
}

/// Why a reference was taken out of the queue although nobody did what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// It is none.
    Unreadable,
    /// The ledger does not know the delivery: it was restored from a backup, or the reference is forged.
    Unknown,
    /// The ledger cannot tell where the delivery stands, however often it is asked.
    Refused,
}

impl Dropped {
    pub const ALL: [Self; 3] = [Self::Unreadable, Self::Unknown, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
        }
    }
}

pub(crate) fn dropped(reason: Dropped, references: usize) {
    counter!(QUEUE_DROPPED, "reason" => reason.as_str()).increment(references as u64);
}

pub(crate) fn actors(alive: usize, breakers_open: usize) {
    gauge!(ENDPOINT_ACTORS).set(alive as f64);
    gauge!(BREAKERS_OPEN).set(breakers_open as f64);
}

/// How many endpoints this node knows of, by status.
pub fn endpoints(directory: &Directory) {
    let counts = directory.counts();
    for status in Status::ALL {
        let count = counts.get(&status).copied().unwrap_or(0);
        gauge!(ENDPOINTS, "status" => status.as_str()).set(count as f64);
    }
}

pub(crate) fn shards(all: u16, owned: usize) {
    gauge!(SHARDS).set(f64::from(all));
    gauge!(SHARDS_OWNED).set(owned as f64);
}

pub(crate) fn queue(depth: Depth) {
    gauge!(QUEUE_MESSAGES, "state" => "ready").set(depth.ready as f64);
    gauge!(QUEUE_MESSAGES, "state" => "in_flight").set(depth.in_flight as f64);
    gauge!(QUEUE_MESSAGES, "state" => "scheduled").set(depth.scheduled as f64);
}

pub(crate) fn spilled(deliveries: u64) {
    gauge!(QUEUE_MESSAGES, "state" => "spilled").set(deliveries as f64);
}

/// What is written many at once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Batch {
    Events,
    Outcomes,
}

impl Batch {
    const ALL: [Self; 2] = [Self::Events, Self::Outcomes];

    fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Outcomes => "outcomes",
        }
    }
}

/// A transaction of the ledger was committed.
pub(crate) fn committed(batch: Batch, rows: usize, took: Duration) {
    histogram!(LEDGER_BATCH_ROWS, "of" => batch.as_str()).record(rows as f64);
    histogram!(LEDGER_BATCH_SECONDS, "of" => batch.as_str()).record(took.as_secs_f64());
}

pub(crate) fn restarted() {
    counter!(ACTOR_RESTARTS).increment(1);
}

pub(crate) fn requeued(endpoints: usize) {
    counter!(AUDIT_REQUEUED).increment(endpoints as u64);
}
