//! The queue away, silent, emptied, deleted or gone back; the ledger away. All that was accepted is delivered, in time,
//! and nothing is sent that the log does not know of. Nobody starts the service anew.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tokio::time::Instant;

use crate::support::load::p99;
use crate::support::outage::{Journey, journey, retrying_after};
use crate::support::wait;

const GRACE: Duration = Duration::from_secs(1);
/// What is lost comes within grace and this.
const PROMISE: Duration = Duration::from_secs(5);
/// For a loaded machine.
const SLACK: Duration = Duration::from_secs(4);

#[tokio::test]
async fn in_fair_weather_the_auditor_finds_nothing() {
    let journey = journey("1s", &retrying_after(&["100ms", "1s"])).await;
    journey.receiver.answer([500; 30]);
    journey.tenant.publish_many("order.paid", 100).await;
    journey.delivered(100).await;
    let slow = journey.scheduled().await;
    journey.tenant.delivery_when(&slow, &journey.endpoint, "success").await;
    journey.delivered(101).await;
    assert_eq!(journey.app.counter("hookyard_audit_requeued_total").await, 0);
}

#[tokio::test]
async fn nats_killed_and_back_under_load() {
    let mut journey = journey("1s", &retrying_after(&["500ms", "1s"])).await;
    for round in 0..12 {
        if round == 4 {
            journey.app.nats.kill().await.unwrap();
        }
        if round == 8 {
            journey.app.nats.restart().await.unwrap();
        }
        journey.receiver.answer([500; 2]);
        journey.tenant.publish_many("order.paid", 20).await;
        journey.receiver.wait_for(20 * round).await;
    }
    journey.delivered(240).await;
}

#[tokio::test]
async fn the_store_wiped_while_nats_is_down() {
    let mut journey = journey("1s", &retrying_after(&["2s"])).await;
    journey.scheduled().await;
    journey.receiver.shut();
    // More than its hand takes.
    journey.tenant.publish_many("order.paid", 40).await;
    journey.receiver.wait_for(9).await;
    journey.app.nats.wipe().await.unwrap();
    journey.publish().await;
    journey.app.nats.restart().await.unwrap();
    journey.receiver.open();
    journey.publish().await;
    journey.delivered(43).await;
}

#[tokio::test]
async fn a_stream_deleted_is_noticed_and_made_again() {
    // Long enough that nothing here is found for being old.
    let journey = journey("20s", &retrying_after(&["3s"])).await;
    journey.scheduled().await;
    journey.stuck_in_the_stream(3).await;
    let deleted = Instant::now();
    for stream in [format!("DELIVERIES_{}", journey.shard), "RETRIES".to_owned()] {
        journey.app.jetstream().delete_stream(stream).await.unwrap();
    }
    // The one that hangs hides nobody.
    let requests = journey.receiver.wait_for(5).await;
    assert!(requests[4].at - deleted < PROMISE + SLACK, "{:?}", requests[4].at - deleted);
    journey.receiver.open();
    // Through the stream that was made anew.
    let published = Instant::now();
    journey.publish().await;
    let requests = journey.receiver.wait_for(6).await;
    assert!(requests[5].at - published < PROMISE);
    // The schedule is lost: ten seconds overdue, its retry comes from the ledger.
    journey.delivered(6).await;
    let due = requests[0].at + Duration::from_secs(3);
    let retried = journey.receiver.requests()[6].at - due;
    assert!(retried < Duration::from_secs(10) + PROMISE + SLACK, "{retried:?}");
    assert!(journey.app.counter("hookyard_audit_requeued_total").await >= 1);
}

#[tokio::test]
async fn a_consumer_deleted_is_made_again_at_once() {
    let journey = journey("30s", &retrying_after(&["2s"])).await;
    journey.scheduled().await;
    journey.receiver.shut();
    journey.publish().await;
    journey.receiver.wait_for(2).await;
    let former = journey.consumer().await;
    let deleted = Instant::now();
    journey.stream().await.delete_consumer(&former).await.unwrap();
    journey.publish().await;
    let requests = journey.receiver.wait_for(3).await;
    assert!(requests[2].at - deleted < Duration::from_secs(5));
    journey.receiver.open();
    journey.delivered(3).await;
    assert_ne!(journey.consumer().await, former);
}

#[tokio::test]
async fn a_stream_purged_is_filled_from_the_ledger() {
    let journey = journey("1s", &retrying_after(&["1s"])).await;
    journey.scheduled().await;
    journey.stuck_in_the_stream(3).await;
    let purged = Instant::now();
    journey.stream().await.purge().await.unwrap();
    // What hangs is overdue too, and held: the others are found beside it.
    let requests = journey.receiver.wait_for(6).await;
    let late = requests[5].at - purged;
    assert!(late < Duration::from_secs(1) + GRACE + PROMISE + SLACK, "{late:?}");
    journey.receiver.open();
    journey.delivered(5).await;
}

#[tokio::test]
async fn one_removed_and_a_stale_one_in_its_place() {
    let journey = journey("1s", &retrying_after(&["1s"])).await;
    let old = journey.publish().await;
    journey.delivered(1).await;
    journey.stuck_in_the_stream(4).await;
    let stream = journey.stream().await;
    // As many as before, and one of them stands for what is delivered.
    let held = journey.handed_out_to().await;
    let before = stream.get_info().await.unwrap().state.messages;
    let lost = stream.get_raw_message(held + 2).await.unwrap();
    let removed = Instant::now();
    assert!(stream.delete_message(lost.sequence).await.unwrap());
    let old = journey.tenant.client.get(&format!("/events/{old}")).await.expect(200);
    let stale = json!({"event": old["id"], "position": 1, "number": 1}).to_string();
    journey.app.jetstream().publish(lost.subject.clone(), stale.into()).await.unwrap().await.unwrap();
    assert_eq!(stream.get_info().await.unwrap().state.messages, before);
    let paused = journey.consumer().await;
    stream.resume_consumer(&paused).await.unwrap();
    // All but the first one hang, so that it is not the hand that brings it.
    let requests = journey.receiver.wait_for(6).await;
    let late = requests[5].at - removed;
    assert!(late < GRACE + PROMISE + SLACK, "{late:?}");
    journey.receiver.open();
    journey.delivered(6).await;
    assert_eq!(journey.app.counter("hookyard_audit_requeued_total").await, 1);
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

#[tokio::test]
async fn a_store_gone_back_to_an_old_copy() {
    let mut journey = journey("1s", &retrying_after(&["2s"])).await;
    let from_nats = async |journey: &Journey, name: &'static str| {
        let jetstream = journey.app.jetstream();
        let look = async || {
            let sent = jetstream.publish("events.acme.order.sent", format!("\"{name}\"").into()).await;
            match sent {
                Ok(sent) => sent.await.is_ok(),
                Err(_) => false,
            }
        };
        wait::until("the event to be stored", look, |stored| *stored).await;
    };
    from_nats(&journey, "before").await;
    journey.receiver.wait_for(1).await;
    journey.scheduled().await;
    journey.tenant.publish_many("order.paid", 10).await;
    journey.tenant.until_count(&journey.endpoint, "success", 11).await;
    journey.app.nats.stop().await.unwrap();
    let store = journey.app.nats.home.path().join("nats");
    let aside = journey.app.nats.home.path().join("aside");
    copy(&store, &aside);
    journey.app.nats.restart().await.unwrap();
    from_nats(&journey, "between").await;
    journey.tenant.publish_many("order.paid", 30).await;
    journey.tenant.until_count(&journey.endpoint, "success", 43).await;
    // In hand while it goes back.
    journey.receiver.shut();
    journey.tenant.publish_many("order.paid", 5).await;
    journey.receiver.wait_for(49).await;
    journey.app.nats.stop().await.unwrap();
    std::fs::remove_dir_all(&store).unwrap();
    std::fs::rename(&aside, &store).unwrap();
    journey.app.nats.restart().await.unwrap();
    journey.receiver.open();
    from_nats(&journey, "after").await;
    journey.tenant.publish_many("order.paid", 20).await;
    journey.delivered(69).await;
    let sent = journey.receiver.requests().into_iter().map(|request| request.json()["data"].clone());
    let sent: HashSet<String> = sent.filter_map(|data| data.as_str().map(str::to_owned)).collect();
    assert_eq!(sent, HashSet::from(["before", "between", "after"].map(str::to_owned)));
}

#[tokio::test]
async fn nats_away_and_the_retries_go_on() {
    let mut journey = journey("1s", &retrying_after(&["1s", "2s", "4s"])).await;
    // Scheduled while it was there, due while it is away.
    let early = journey.scheduled().await;
    journey.app.nats.kill().await.unwrap();
    journey.tenant.publish_many("order.paid", 5).await;
    journey.receiver.wait_for(6).await;
    journey.receiver.answer([500, 500, 500]);
    let late = journey.publish().await;
    let away = Instant::now();
    let mut count = 7;
    let mut slowest = Duration::ZERO;
    loop {
        let asked = Instant::now();
        journey.publish().await;
        slowest = slowest.max(asked.elapsed());
        count += 1;
        let early = journey.tenant.delivery_of(&early, &journey.endpoint).await;
        let late = journey.tenant.delivery_of(&late, &journey.endpoint).await;
        if early["status"] == "success" && late["status"] == "success" {
            break;
        }
        // Seven seconds of waits, and up to three times what an outage adds.
        assert!(away.elapsed() < Duration::from_secs(7) + 3 * (GRACE + PROMISE), "{early:#} {late:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(slowest < Duration::from_secs(1), "a publish took {slowest:?}");
    journey.tenant.until_count(&journey.endpoint, "success", count).await;
    // Back, with the schedule that was due long ago: it repeats nothing.
    journey.app.nats.restart().await.unwrap();
    journey.publish().await;
    journey.delivered(count + 1).await;
}

#[tokio::test]
async fn nats_silent_and_deliveries_go_on() {
    let journey = journey("1s", &retrying_after(&["1s"])).await;
    journey.scheduled().await;
    journey.signal(Signal::STOP);
    let silent = Instant::now();
    journey.receiver.answer([500; 3]);
    for count in 1..=20 {
        let asked = Instant::now();
        journey.publish().await;
        assert!(asked.elapsed() < Duration::from_secs(1), "publish {count} took {:?}", asked.elapsed());
    }
    // First attempts, retries that became due, and the one that the server holds.
    journey.tenant.until_count(&journey.endpoint, "success", 21).await;
    let took = silent.elapsed();
    // Without the pings that end a silent connection each batch of outcomes would wait its time.
    assert!(took < Duration::from_secs(9), "{took:?}");
    journey.signal(Signal::CONT);
    journey.publish().await;
    journey.delivered(22).await;
}

#[tokio::test]
async fn nats_silent_and_publishing_is_as_quick() {
    /// Of a hundred publishes all but one take less.
    const QUICK: Duration = Duration::from_millis(250);

    let journey = journey("1s", &retrying_after(&["1s"])).await;
    journey.publish().await;
    journey.signal(Signal::STOP);
    // Before the connection is given up, while that is noticed, and long after.
    let (silent, mut took) = (Instant::now(), Vec::new());
    while silent.elapsed() < Duration::from_secs(8) {
        let asked = Instant::now();
        journey.publish().await;
        took.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(took.len() > 100 && p99(&took) < QUICK, "{:?} of {}", p99(&took), took.len());
    journey.tenant.until_count(&journey.endpoint, "success", took.len() + 1).await;
    journey.signal(Signal::CONT);
    journey.delivered(took.len() + 1).await;
}

#[tokio::test]
async fn the_ledger_killed_under_load() {
    let mut journey = journey("1s", &retrying_after(&["500ms"])).await;
    journey.receiver.shut();
    journey.tenant.publish_many("order.paid", 12).await;
    journey.receiver.wait_for(8).await;
    journey.app.postgres.kill().await.unwrap();
    journey.receiver.open();
    let post = async || {
        let event = json!({"event": "order.paid", "data": {}});
        journey.tenant.client.post("/events", &event).await
    };
    let refused = post().await;
    assert_eq!(refused.problem().0, 503, "{}", refused.text());
    journey.app.postgres.restart().await.unwrap();
    let back = Instant::now();
    wait::until("the ledger to be back", async || post().await.status, |status| *status == 202).await;
    assert!(back.elapsed() < Duration::from_secs(10), "{:?}", back.elapsed());
    journey.delivered(13).await;
}
