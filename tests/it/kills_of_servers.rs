//! The queue's server and the ledger's killed, with at least fifty requests held open: none of them dies of it, so
//! nothing comes twice, and all that was accepted arrives. Nobody starts the service anew.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::support::app::TestApp;
use crate::support::crowd::{Crowd, SETTINGS};
use crate::support::load::{Shape, p99};
use crate::support::tenant::Tenant;
use crate::support::{Receiver, app_with, process_with, wait};

/// Between two publishes of a client.
const PACE: Duration = Duration::from_millis(40);

async fn crowd() -> (TestApp, Crowd) {
    let app = app_with(&SETTINGS).await;
    let tenant = app.tenant("acme").await;
    (app, Crowd::new(tenant, &["100ms", "200ms"]).await)
}

/// Killed and restarted under load, twice: the answers come when it is back, and while it is away.
async fn nats_is_killed(its_store_too: bool) {
    let (mut app, crowd) = crowd().await;
    let load = crowd.load(2, PACE);
    for answered_meanwhile in [false, true] {
        crowd.hold().await;
        app.nats.kill().await.unwrap();
        if its_store_too {
            app.nats.wipe().await.unwrap();
        }
        load.until_accepted(20).await;
        if answered_meanwhile {
            crowd.receiver.open();
            load.until_accepted(20).await;
        }
        app.nats.restart().await.unwrap();
        load.until_accepted(20).await;
        crowd.receiver.open();
        load.until_accepted(20).await;
    }
    let seen = load.stop().await;
    assert_eq!(seen.refused, 0, "publishing does not need it");
    crowd.account(app.settled(&crowd.tenant)).await;
}

#[tokio::test]
async fn nats_killed_and_restarted() {
    nats_is_killed(false).await;
}

#[tokio::test]
async fn nats_killed_and_its_store_wiped() {
    nats_is_killed(true).await;
}

/// Bodies in memory may be so many (`ledger::payloads`): with more than that, what grows any further is kept by mistake.
const BODIES_BYTES: usize = 64 << 20;

/// Has the service send so many bytes of bodies, in events of a little more than this size: what comes later fits
/// where they were.
async fn fill(tenant: &Tenant, event_bytes: usize, bytes: usize) {
    /// Few at a time: memory that was needed for a moment would hide what grows.
    const BATCH_BYTES: usize = 256 << 10;

    let receiver = Receiver::start().await;
    let endpoint = tenant.endpoint(&receiver.url(), &["filling"]).await;
    let event = json!({"event": "filling", "data": "x".repeat(event_bytes + 4096)});
    let batch = Value::from(vec![event; BATCH_BYTES / event_bytes]);
    for _ in 0..bytes.div_ceil(BATCH_BYTES) {
        tenant.client.post("/events/batch", &batch).await.expect(202);
    }
    let look = async || tenant.show(&endpoint).await["queued"].as_u64();
    wait::until("all of it to be recorded", look, |queued| *queued == Some(0)).await;
}

#[tokio::test]
async fn nats_gone_for_a_minute() {
    const AWAY: Duration = Duration::from_mins(1);
    /// The wait after a failure, as the API takes it and as it is.
    const RETRY: (&str, Duration) = ("10s", Duration::from_secs(10));
    /// The grace of the audit, and what is promised beyond it.
    const LATE_MAX: Duration = Duration::from_secs(1 + 5);
    /// A publish of one event, in a build without optimisation.
    const PUBLISH_MAX: Duration = Duration::from_secs(1);
    const EVENT_BYTES: usize = 32 << 10;
    const FAILING: usize = 8;

    let mut process = process_with(&SETTINGS).await;
    let mut crowd = Crowd::new(process.tenant("acme").await, &[RETRY.0, RETRY.0]).await;
    fill(&crowd.tenant, EVENT_BYTES, BODIES_BYTES).await;
    let load = crowd.load_of(1, &Shape { pace: Duration::from_millis(100), bytes: EVENT_BYTES });
    load.until_accepted(50).await;
    // Scheduled while it was there, due while it is away.
    crowd.fail_next(FAILING);
    let tenant = crowd.tenant.clone();
    let retrying = async || tenant.deliveries("status=retrying").await.len();
    wait::until("retries to be scheduled", retrying, |count| *count == FAILING).await;
    // The first of what is held fails as well, while it is away.
    crowd.receiver.shut();
    crowd.fail_next(FAILING);
    let held = crowd.hold().await;
    let (before, resident_before) = (load.seen(), process.resident_bytes());
    process.nats.kill().await.unwrap();
    let gone = Instant::now();
    crowd.receiver.open();
    sleep_until(gone + AWAY).await;
    let (during, resident_after) = (load.seen(), process.resident_bytes());
    assert_eq!(retrying().await, 0);
    let back = Instant::now();
    process.nats.restart().await.unwrap();
    load.until_accepted(30).await;
    let seen = load.stop().await;
    crowd.account(process.settled(&crowd.tenant)).await;

    assert_eq!(seen.refused, 0, "publishing does not need it");
    let took = &during.took[before.took.len()..];
    assert!(p99(took) < PUBLISH_MAX, "{:?}", p99(took));
    // Were it kept that could not be queued, it would be all that was published, if only once.
    let published = took.len() * EVENT_BYTES;
    let grown = resident_after.saturating_sub(resident_before);
    assert!(grown < published / 2, "{} KiB more, {} KiB published", grown >> 10, published >> 10);
    let requests = crowd.receiver.requests();
    let retries: Vec<_> = requests.iter().filter(|one| one.header("x-webhook-attempt") == "2").collect();
    assert_eq!(retries.len(), 2 * FAILING);
    for retry in retries {
        let id = retry.header("webhook-id");
        let first = requests.iter().find(|one| one.header("webhook-id") == id).expect("a first attempt");
        // What was held was answered when the gate opened.
        let was_held = held.iter().any(|one| one.header("webhook-id") == id);
        let answered = if was_held { gone } else { first.at };
        let late = retry.at.saturating_duration_since(answered + RETRY.1);
        assert!(late < LATE_MAX && retry.at < back, "{id} was {late:?} late");
    }
}

#[tokio::test]
async fn postgres_killed_and_restarted() {
    /// In which all works again.
    const BACK_IN: Duration = Duration::from_secs(10);

    let (mut app, crowd) = crowd().await;
    let load = crowd.load(2, PACE);
    crowd.hold().await;
    crowd.on_disk(&load).await;
    app.postgres.kill().await.unwrap();
    // All that was held ends, and nobody can write it down.
    crowd.receiver.open();
    let under_way = async || crowd.receiver.under_way().len();
    wait::until("all to be answered", under_way, |count| *count == 0).await;
    load.until_refused(2).await;
    let accepted = load.seen().accepted;
    load.until_refused(2).await;
    assert_eq!(load.seen().accepted, accepted, "nobody could keep it");
    app.postgres.restart().await.unwrap();
    let back = Instant::now();
    load.until_accepted(2).await;
    assert!(back.elapsed() < BACK_IN, "{:?}", back.elapsed());
    // Again, with the answers when it is back.
    crowd.hold().await;
    crowd.on_disk(&load).await;
    app.postgres.kill().await.unwrap();
    app.postgres.restart().await.unwrap();
    load.until_accepted(2).await;
    crowd.receiver.open();
    load.until_accepted(20).await;
    load.stop().await;
    crowd.account(app.settled(&crowd.tenant)).await;
}

/// To a server and to each process that it has made.
fn signal_all(server: u32, signal: Signal) {
    let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap();
    let children = children.split_whitespace().map(|pid| pid.parse().unwrap());
    for pid in [server.cast_signed()].into_iter().chain(children) {
        // One that ended in this moment needs none.
        let _ = kill_process(Pid::from_raw(pid).unwrap(), signal);
    }
}

#[tokio::test]
async fn postgres_silent_and_back() {
    /// A connection that is waited for, the batch before, and its own: each as long as a statement may take and 5 s.
    const REFUSED_IN: Duration = Duration::from_secs(3 + 2 * (1 + 5) + 3);
    /// In which all works again.
    const BACK_IN: Duration = Duration::from_secs(10);

    let settings = [&SETTINGS[..], &[("HOOKYARD__POSTGRES__STATEMENT_TIMEOUT", "1s")]].concat();
    let app = app_with(&settings).await;
    let crowd = Crowd::new(app.tenant("acme").await, &["100ms", "200ms"]).await;
    let load = crowd.load(2, PACE);
    load.until_accepted(20).await;
    let server = app.postgres.pid().unwrap();
    signal_all(server, Signal::STOP);
    // Longer than anything waits, so that whatever waits for it has given up once.
    let stopped = Instant::now();
    while stopped.elapsed() < REFUSED_IN {
        let asked = Instant::now();
        let answer = crowd.tenant.client.post("/events", &json!({"event": "other", "data": 1})).await;
        assert_eq!(answer.problem().0, 503, "{}", answer.text());
        assert!(asked.elapsed() < REFUSED_IN, "{:?}", asked.elapsed());
    }
    let health = crowd.tenant.client.get("!/readyz").await;
    assert_eq!(health.status, 503, "{}", health.text());
    signal_all(server, Signal::CONT);
    let back = Instant::now();
    load.until_accepted(2).await;
    assert!(back.elapsed() < BACK_IN, "{:?}", back.elapsed());
    load.until_accepted(20).await;
    load.stop().await;
    crowd.account(app.settled(&crowd.tenant)).await;
}
