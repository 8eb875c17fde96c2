//! What the queue holds and the ledger knows nothing of: references of deliveries that came after the backup which the
//! ledger was restored from, and messages that are none. Each is done with at once and counted, and nothing else waits.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::outage::{Journey, journey, retrying_after};
use crate::support::wait;

const DROPPED: &str = "hookyard_queue_dropped_total";

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

/// The ledger's files, and those of its backup.
fn places(journey: &Journey) -> [PathBuf; 2] {
    ["postgres", "backup"].map(|name| journey.app.postgres.home.path().join(name))
}

/// One delivery is in the backup, and another in the ledger alone.
async fn backed_up() -> Journey {
    let mut journey = journey("1s", &retrying_after(&["4s"])).await;
    journey.publish().await;
    journey.delivered(1).await;
    let [cluster, backup] = places(&journey);
    journey.app.postgres.stop().await.unwrap();
    copy(&cluster, &backup);
    journey.app.postgres.restart().await.unwrap();
    until_taken(&journey).await;
    journey.tenant.until_count(&journey.endpoint, "success", 2).await;
    journey
}

/// Until an event is accepted again.
async fn until_taken(journey: &Journey) {
    let taken = async || journey.tenant.publish_raw("order.paid", "{}").await.status;
    wait::until("the ledger to be back", taken, |status| *status == 202).await;
}

async fn restore(journey: &mut Journey) {
    let [cluster, backup] = places(journey);
    journey.app.postgres.stop().await.unwrap();
    std::fs::remove_dir_all(&cluster).unwrap();
    std::fs::rename(&backup, &cluster).unwrap();
    journey.app.postgres.restart().await.unwrap();
}

async fn queue_is_empty(journey: &Journey) {
    wait::until("the queue to be empty", async || journey.app.queued().await, |queued| *queued == 0).await;
}

#[tokio::test]
async fn after_a_restore_what_the_ledger_does_not_know_is_dropped() {
    let mut journey = backed_up().await;
    // One that waits for its next attempt, one under way, and three that nobody has pulled.
    journey.scheduled().await;
    journey.stuck_in_the_stream(3).await;
    assert_eq!(journey.receiver.count(), 4);
    journey.app.kill();
    journey.receiver.open();
    restore(&mut journey).await;
    journey.app.start().await;
    journey.tenant = journey.app.again(&journey.tenant);
    let dropped = async || journey.app.counter(DROPPED).await;
    wait::until("all five to be dropped", dropped, |count| *count == 5).await;
    queue_is_empty(&journey).await;
    // What comes now is delivered, under positions that were given before.
    journey.tenant.publish_many("order.paid", 3).await;
    journey.tenant.until_count(&journey.endpoint, "success", 4).await;
    journey.app.settled(&journey.tenant).await;
    assert_eq!((journey.receiver.count(), dropped().await), (7, 5));
}

#[tokio::test]
async fn a_restore_beneath_a_running_node() {
    let mut journey = backed_up().await;
    journey.scheduled().await;
    // Under way, and in the hand.
    journey.receiver.shut();
    journey.tenant.publish_many("order.paid", 12).await;
    journey.receiver.wait_for(3 + 8).await;
    restore(&mut journey).await;
    journey.receiver.open();
    queue_is_empty(&journey).await;
    until_taken(&journey).await;
    let look = async || journey.tenant.deliveries("status=success").await.len();
    wait::until("it to be delivered", look, |delivered| *delivered == 2).await;
    journey.app.settled(&journey.tenant).await;
}

#[tokio::test]
async fn what_nobody_can_read_is_dropped_at_once() {
    let journey = journey("30s", &retrying_after(&["1s"])).await;
    let jetstream = journey.app.jetstream();
    let (shard, endpoint) = (journey.shard, &journey.endpoint.id);
    let event = "evt_01m89y6q7ae26r0sb3p79h9tht";
    let good = json!({"event": event, "position": 1, "number": 2}).to_string();
    let together = json!([1, {"event": event, "endpoint": endpoint, "position": 1, "number": 2}]).to_string();
    for (to, body) in [
        (endpoint.as_str(), "{"),
        (endpoint, r#"{"event":"evt_1","position":1,"number":1}"#),
        ("nobody", &good),
        // Of an event, and of an endpoint, that there are not.
        (endpoint, &good),
        ("ep_01m89y6r1xfza98etrwp5an0h3", &good),
        // Of two that came together one can be read, of others nothing.
        ("group", &together),
        ("group", "[]"),
    ] {
        jetstream
            .publish(format!("deliver.{shard}.{to}"), body.to_owned().into())
            .await
            .unwrap()
            .await
            .unwrap();
    }
    queue_is_empty(&journey).await;
    let counted = async |reason: &str| {
        let shown = journey.app.client().get("!/metrics").await.text();
        let start = format!("{DROPPED}{{reason=\"{reason}\"}} ");
        shown.lines().find_map(|line| line.strip_prefix(&start)?.parse::<u64>().ok())
    };
    assert_eq!((counted("unreadable").await, counted("unknown").await), (Some(5), Some(3)));
    assert_eq!(counted("refused").await, Some(0));
    journey.publish().await;
    journey.delivered(1).await;
}
