//! The queue's store full: what it does not take goes on from the ledger, and once there is room it takes again. Nobody
//! starts anything anew, and nobody is told less than that it was refused.

use std::time::Duration;

use async_nats::jetstream;
use serde_json::json;
use tokio::time::Instant;

use crate::support::app::app_on;
use crate::support::outage::{Journey, journey_at, retrying_after};
use crate::support::{servers, wait};

/// The store's, which the streams' own books are a part of.
const STORE_BYTES: u64 = 4 << 20;
/// A retry whose schedule is stored and does not fire is ten seconds overdue before the ledger brings it: and these, the
/// auditor's five, and for a loaded machine.
const LATE: Duration = Duration::from_secs(1 + 10 + 5 + 4);

/// Publishes for somebody who takes everything and subscribes to nothing, until not one byte more is taken.
async fn fill(jetstream: &jetstream::Context) {
    for size in [100_000, 1_000, 10] {
        let payload = json!("x".repeat(size)).to_string();
        loop {
            let sent = jetstream.publish("events.acme.filling", payload.clone().into()).await.unwrap().await;
            if let Err(refused) = sent {
                assert!(refused.to_string().contains("10023"), "{refused}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_full_store_delays_and_loses_nothing() {
    let (postgres, nats) = tokio::join!(servers::postgres(), servers::nats_of(STORE_BYTES));
    let app = app_on(postgres, nats, &[("HOOKYARD__AUDIT__GRACE", "1s")]).await;
    let mut journey = journey_at(app, &retrying_after(&["1s"])).await;
    let Journey { app, receiver, tenant, endpoint, .. } = &journey;
    // Scheduled while there was room, due when there is none.
    journey.scheduled().await;
    fill(&app.jetstream()).await;
    let full = Instant::now();
    for _ in 0..10 {
        tenant.publish_many("order.paid", 20).await;
    }
    receiver.answer([500; 3]);
    tenant.publish_many("order.paid", 20).await;
    tenant.until_count(endpoint, "success", 221).await;
    assert!(full.elapsed() < LATE, "{:?}", full.elapsed());
    let refusing = async || app.counter("hookyard_queue_lines_refusing").await;
    // Of the one endpoint's shard: what is new, and its retries.
    wait::until("lines to be told that take nothing", refusing, |lines| *lines == 2).await;
    // Room again: it is used, without anybody's doing.
    app.jetstream().get_stream("EVENTS").await.unwrap().purge().await.unwrap();
    let more = journey.until_taken_again().await;
    tenant.until_count(endpoint, "success", 221 + more).await;
    // A schedule that did not fire for want of room fires when its server is started again, and brings nothing twice.
    journey.app.nats.restart().await.unwrap();
    journey.delivered(221 + more).await;
}
