//! A disk without room, under either store: what was accepted is kept, what cannot be kept is refused, and once there is
//! room all goes on. Each store has a small disk of its own here, which only root can make: scripts/test.sh runs these
//! where it can, and says where it cannot.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::support::app::app_on;
use crate::support::outage::{Journey, journey_at, retrying_after};
use crate::support::{servers, wait};

const SETTINGS: [(&str, &str); 1] = [("HOOKYARD__AUDIT__GRACE", "1s")];

#[tokio::test]
#[ignore = "needs root, to mount a small disk"]
async fn no_room_for_the_queue() {
    /// The first publishes wait five seconds for a word, and a loaded machine takes its time too.
    const LATE: Duration = Duration::from_secs(5 + 1 + 5 + 4);

    let (postgres, nats) = tokio::join!(servers::postgres(), servers::nats_on_a_disk(16 << 20));
    let mut journey = journey_at(app_on(postgres, nats, &SETTINGS).await, &retrying_after(&["1s"])).await;
    let Journey { app, receiver, tenant, endpoint, .. } = &mut journey;
    tenant.publish_many("order.paid", 10).await;
    tenant.until_count(endpoint, "success", 10).await;
    app.nats.home.disk().fill();
    let full = Instant::now();
    for _ in 0..20 {
        tenant.publish_many("order.paid", 20).await;
    }
    receiver.answer([500; 3]);
    tenant.publish_many("order.paid", 20).await;
    // All of it from the ledger: a server without room says nothing to a publish.
    tenant.until_count(endpoint, "success", 430).await;
    assert!(full.elapsed() < LATE, "{:?}", full.elapsed());
    app.nats.home.disk().clear();
    // A stream whose disk was full takes nothing more before its server was started again: it is done without.
    tenant.publish_many("order.paid", 10).await;
    tenant.until_count(endpoint, "success", 440).await;
    app.nats.restart().await.unwrap();
    let more = journey.until_taken_again().await;
    journey.delivered(440 + more).await;
}

#[tokio::test]
#[ignore = "needs root, to mount a small disk"]
async fn no_room_for_the_ledger() {
    /// In which all works again.
    const BACK_IN: Duration = Duration::from_secs(10);

    let (postgres, nats) = tokio::join!(servers::postgres_on_a_disk(256 << 20), servers::nats());
    let journey = journey_at(app_on(postgres, nats, &SETTINGS).await, &retrying_after(&["1s"])).await;
    let Journey { app, receiver, tenant, .. } = &journey;
    receiver.shut();
    tenant.publish_many("order.paid", 12).await;
    receiver.wait_for(8).await;
    app.postgres.home.disk().fill();
    let event = json!({"event": "order.paid", "data": "x".repeat(100_000)});
    let (mut accepted, mut refused) = (12, 0);
    while refused < 20 {
        let answer = tenant.client.post("/events", &event).await;
        if answer.status == 202 {
            accepted += 1;
        } else {
            assert_eq!(answer.problem().0, 503, "{}", answer.text());
            assert!(answer.headers.contains_key("retry-after"));
            refused += 1;
        }
    }
    // What was under way ends while nobody can write it down.
    receiver.open();
    app.postgres.home.disk().clear();
    let room = Instant::now();
    let publish = async || tenant.client.post("/events", &event).await.status;
    wait::until("it to be taken again", publish, |status| *status == 202).await;
    assert!(room.elapsed() < BACK_IN, "{:?}", room.elapsed());
    journey.delivered(accepted + 1).await;
}
