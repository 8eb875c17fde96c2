//! Every metric of the actors: name, unit, help. No label holds a tenant or an endpoint.

use std::time::Duration;

use domain::delivery::{Reason, Status as DeliveryStatus};
use domain::endpoint::Status;
use domain::event::Source;
use domain::outcome::Outcome;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

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

/// Tells the exporter what each name means.
pub fn describe() {
    describe_counter!(EVENTS_ACCEPTED, "Events committed to the ledger, by source");
    describe_counter!(EVENTS_DUPLICATE, "Events whose id the ledger knew already");
    describe_counter!(EVENTS_UNMATCHED, "Events that no endpoint subscribed to");
    describe_counter!(
        DELIVERIES,
        "Verdicts: one an attempt, and one for each delivery that was closed without"
    );
    describe_counter!(ATTEMPTS, "HTTP requests made, by outcome");
    describe_counter!(RETRIES, "Attempts after the first");
    describe_counter!(DEAD_LETTERS, "Deliveries given up, by reason");
    describe_histogram!(ATTEMPT_SECONDS, Unit::Seconds, "How long an attempt took");
    describe_histogram!(DELIVERY_LAG_SECONDS, Unit::Seconds, "From an event's acceptance to its delivery");
    describe_gauge!(ENDPOINT_ACTORS, "Endpoint actors alive");
    describe_gauge!(BREAKERS_OPEN, "Endpoints whose breaker is open, or probes");
    describe_counter!(ACTOR_RESTARTS, "Actors that died and were started anew");
    describe_gauge!(ENDPOINTS, "Endpoints there are, by status");
    describe_gauge!(
        QUEUE_MESSAGES,
        "What waits: messages of the queue, each of up to 64 deliveries, ready or in_flight; retries, scheduled; deliveries in \
         the ledger alone, spilled"
    );
    describe_counter!(QUEUE_DROPPED, "References that stand for nothing, taken out of the queue, by reason");
    describe_histogram!(LEDGER_BATCH_ROWS, "Events or outcomes in one transaction of the ledger");
    describe_histogram!(LEDGER_BATCH_SECONDS, Unit::Seconds, "How long such a transaction took");
    describe_gauge!(SHARDS, "Shards that the nodes share, all together");
    describe_gauge!(SHARDS_OWNED, "Shards that this node owns");
    describe_counter!(AUDIT_REQUEUED, "Endpoints that the auditor found with something owed out of reach");
    begin_at_zero();
}

/// What is counted from nothing on is seen to rise with its first count: `rate` and `increase` need two values.
fn begin_at_zero() {
    for name in [EVENTS_DUPLICATE, EVENTS_UNMATCHED, RETRIES, ACTOR_RESTARTS, AUDIT_REQUEUED] {
        counter!(name).absolute(0);
    }
    for source in Source::ALL {
        counter!(EVENTS_ACCEPTED, "source" => source.as_str()).absolute(0);
    }
    for outcome in Outcome::ALL {
        counter!(ATTEMPTS, "outcome" => outcome.as_str()).absolute(0);
    }
    for reason in Dropped::ALL {
        counter!(QUEUE_DROPPED, "reason" => reason.as_str()).absolute(0);
    }
    for verdict in Close::WORDS {
        counter!(DELIVERIES, "verdict" => verdict).absolute(0);
    }
    for reason in Reason::ALL.into_iter().filter(|reason| reason.ends_in() == DeliveryStatus::Dead) {
        counter!(DEAD_LETTERS, "reason" => reason.as_str()).absolute(0);
    }
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

/// A transaction of the ledger was committed.
pub(crate) fn committed(rows: usize, took: Duration) {
    histogram!(LEDGER_BATCH_ROWS).record(rows as f64);
    histogram!(LEDGER_BATCH_SECONDS).record(took.as_secs_f64());
}

pub(crate) fn restarted() {
    counter!(ACTOR_RESTARTS).increment(1);
}

pub(crate) fn requeued(endpoints: usize) {
    counter!(AUDIT_REQUEUED).increment(endpoints as u64);
}
