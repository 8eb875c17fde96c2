//! `hookyard_queue_messages` and `GET /status` against backlogs that are known, in each of their states.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::wait;
use crate::support::{Receiver, app_with};

/// Ready, in flight, scheduled, spilled.
type Depth = [u64; 4];

async fn depth(app: &TestApp) -> Depth {
    let mut depth = [0; 4];
    for (state, number) in ["ready", "in_flight", "scheduled", "spilled"].into_iter().zip(&mut depth) {
        *number = app.counter(&format!("hookyard_queue_messages{{state=\"{state}\"}}")).await;
    }
    depth
}

async fn until(app: &TestApp, expected: Depth) {
    let what = format!("ready, in flight, scheduled and spilled to be {expected:?}");
    wait::until(&what, async || depth(app).await, |depth| *depth == expected).await;
    let status = app.operator().get("/status").await.expect(200);
    let told = ["ready", "inFlight", "scheduled", "spilled"].map(|state| status["backlog"][state].as_u64());
    assert_eq!(told, expected.map(Some));
}

/// An endpoint whose shard is nobody else's.
async fn apart(tenant: &Tenant, others: &[&Endpoint], url: &str, event: &str) -> Endpoint {
    loop {
        let settings = json!({"maxInFlight": 2, "maxRetries": 1, "retrySchedule": ["0s", "1h"]});
        let made = tenant.endpoint_with(url, &[event], &settings).await;
        if others.iter().all(|other| other.shard() != made.shard()) {
            return made;
        }
        tenant.client.delete(&format!("/webhooks/{}", made.id)).await.expect(204);
    }
}

#[tokio::test]
async fn a_known_backlog_is_told_in_each_state() {
    // What a shard hands out at a time, less than an endpoint's hand: the rest stays ready.
    let settings = [("HOOKYARD__QUEUE__MAX_ACK_PENDING", "4"), ("HOOKYARD__QUEUE__PULL_BATCH", "4")];
    let mut app = app_with(&settings).await;
    let (hanging, failing, well) =
        (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    hanging.shut();
    failing.always(500);
    let tenant = app.tenant("acme").await;
    let slow = apart(&tenant, &[], &hanging.url(), "slow").await;
    let broken = apart(&tenant, &[&slow], &failing.url(), "broken").await;
    let paused = apart(&tenant, &[&slow, &broken], &well.url(), "paused").await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    until(&app, [0, 0, 0, 0]).await;

    for _ in 0..11 {
        tenant.publish("slow", &json!({})).await;
    }
    // Of the queue messages are counted: these are one, and three once they are retries.
    tenant.publish_many("slow", 5).await;
    tenant.publish_many("broken", 3).await;
    tenant.publish_many("paused", 120).await;
    until(&app, [8, 4, 3, 120]).await;

    hanging.open();
    until(&app, [0, 0, 3, 120]).await;

    // The next process knows nothing but what the stores tell.
    app.kill();
    app.start().await;
    let tenant = app.again(&tenant);
    until(&app, [0, 0, 3, 120]).await;

    tenant.publish_many("paused", 5).await;
    until(&app, [0, 0, 3, 125]).await;
    tenant.change(&paused, &json!({"status": "active"})).await;
    until(&app, [0, 0, 3, 0]).await;
    well.wait_for(125).await;
}
