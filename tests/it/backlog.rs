//! Work that waits: behind a pause, behind a slow endpoint, over a restart. All of it arrives, once, and nobody else
//! waits for it.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::wait;
use crate::support::{Receiver, app, app_with};

/// The numbers in the events of `publish_many`, and how often each came.
fn numbers<'a>(requests: impl IntoIterator<Item = &'a Request>) -> HashMap<u64, usize> {
    let mut seen = HashMap::new();
    for request in requests {
        *seen.entry(request.json()["data"]["n"].as_u64().expect("a number")).or_default() += 1;
    }
    seen
}

#[track_caller]
fn assert_each_once(receiver: &Receiver, count: usize) {
    let seen = numbers(&receiver.requests());
    let twice: Vec<_> = seen.iter().filter(|(_, times)| **times != 1).collect();
    assert_eq!((seen.len(), twice), (count, Vec::new()));
}

async fn small_hand(tenant: &Tenant, receiver: &Receiver) -> Endpoint {
    tenant.endpoint_with(&receiver.url(), &["order.>"], &json!({"maxInFlight": 2, "timeoutMs": 30_000})).await
}

#[tokio::test]
async fn a_paused_endpoint_keeps_and_resumed_it_drains() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = small_hand(&tenant, &receiver).await;
    tenant.change(&endpoint, &json!({"status": "paused"})).await;
    tenant.publish_many("order.paid", 60).await;
    assert_eq!(tenant.show(&endpoint).await["queued"], 60);
    // It is still paused, and still owed all of it, after a restart.
    app.restart().await;
    let tenant = app.again(&tenant);
    assert_eq!(tenant.deliveries("status=pending").await.len(), 60);
    let neighbour = Receiver::start().await;
    tenant.neighbour(&endpoint, &neighbour.url(), &["sentinel"]).await;
    tenant.publish("sentinel", &json!({})).await;
    neighbour.wait_for(1).await;
    assert_eq!(receiver.requests().len(), 0);
    tenant.change(&endpoint, &json!({"status": "active"})).await;
    receiver.wait_for(60).await;
    app.settled(&tenant).await;
    assert_each_once(&receiver, 60);
    assert_eq!(tenant.show(&endpoint).await["queued"], 0);
    assert!(receiver.most_at_once() <= 2);
}

#[tokio::test]
async fn a_change_is_noticed_while_others_publish() {
    let (app, receiver, busy) = (app().await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = small_hand(&tenant, &receiver).await;
    tenant.endpoint(&busy.url(), &["noise"]).await;
    let publishing = tokio::spawn({
        let tenant = tenant.clone();
        async move {
            loop {
                tenant.publish("noise", &json!({})).await;
            }
        }
    });
    for turn in 1..=20 {
        tenant.change(&endpoint, &json!({"status": "paused"})).await;
        tenant.publish("order.paid", &json!({"n": turn})).await;
        tenant.change(&endpoint, &json!({"status": "active"})).await;
        receiver.wait_for(turn).await;
    }
    assert!(!publishing.is_finished() && busy.count() > 0, "others did not publish");
    publishing.abort();
    assert_each_once(&receiver, 20);
}

#[tokio::test]
async fn a_slow_endpoint_spills_and_its_neighbour_is_served() {
    let (app, slow, quick) = (app().await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = small_hand(&tenant, &slow).await;
    tenant.endpoint(&quick.url(), &["order.>"]).await;
    slow.shut();
    tenant.publish_many("order.paid", 500).await;
    quick.wait_for(500).await;
    // All that the slow one has not answered: two under way, the rest waiting, most of it in the ledger alone.
    slow.wait_for(2).await;
    assert_eq!(slow.requests().len(), 2);
    assert_eq!(tenant.show(&endpoint).await["queued"], 500);
    let queued = async || app.queued().await;
    wait::until("the queue to hold a hand", queued, |queued| *queued <= 2 + 8).await;
    // Some of it fails once on the way.
    slow.answer((0..50).map(|n| if n % 5 == 0 { 500 } else { 200 }));
    slow.open();
    slow.wait_for(500 + 10).await;
    app.settled(&tenant).await;
    assert_eq!(tenant.deliveries(&format!("webhookId={}&status=success", endpoint.id)).await.len(), 500);
    let seen = numbers(&slow.requests());
    assert_eq!((seen.len(), seen.values().sum::<usize>()), (500, 510));
    assert!(slow.most_at_once() <= 2, "{} at once", slow.most_at_once());
    assert_each_once(&quick, 500);
    // Out of spilling again: what comes now comes at once.
    tenant.publish("order.lost", &json!({"n": 1000})).await;
    slow.wait_for(511).await;
}

#[tokio::test]
async fn a_restart_with_work_waiting_delivers_it_once() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    small_hand(&tenant, &receiver).await;
    receiver.shut();
    tenant.publish_many("order.paid", 100).await;
    receiver.wait_for(2).await;
    // What is under way ends while the service drains; the rest is for the next.
    let ((), ()) = tokio::join!(app.stop(), async { receiver.open() });
    let before = receiver.requests().len();
    assert!(before < 100, "{before}");
    app.start().await;
    let tenant = app.again(&tenant);
    receiver.wait_for(100).await;
    app.settled(&tenant).await;
    assert_each_once(&receiver, 100);
}

#[tokio::test]
async fn a_kill_with_work_under_way_loses_nothing() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = small_hand(&tenant, &receiver).await;
    receiver.shut();
    tenant.publish_many("order.paid", 100).await;
    let cut_off: Vec<String> =
        receiver.wait_for(2).await.iter().map(|request| request.header("webhook-id").to_owned()).collect();
    app.kill();
    receiver.open();
    app.start().await;
    let tenant = app.again(&tenant);
    tenant.until_count(&endpoint, "success", 100).await;
    app.settled(&tenant).await;
    // Only what was under way comes again, under the same id.
    let requests = receiver.requests();
    assert_eq!((requests.len(), numbers(&requests).len()), (102, 100));
    for id in cut_off {
        let again = requests.iter().filter(|request| request.header("webhook-id") == id);
        assert_eq!(again.count(), 2, "{id}");
    }
}

#[tokio::test]
async fn the_queue_wiped_with_work_waiting_loses_nothing() {
    let settings = [("HOOKYARD__AUDIT__GRACE", "1s")];
    let (mut app, receiver) = (app_with(&settings).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = small_hand(&tenant, &receiver).await;
    receiver.shut();
    tenant.publish_many("order.paid", 50).await;
    receiver.wait_for(2).await;
    app.nats.kill().await.unwrap();
    app.nats.wipe().await.unwrap();
    // Publishing goes on without it.
    tenant.publish("order.lost", &json!({"n": 50})).await;
    receiver.open();
    app.nats.restart().await.unwrap();
    tenant.until_count(&endpoint, "success", 51).await;
    let seen = numbers(&receiver.requests());
    assert_eq!(seen.len(), 51);
    let later = tenant.publish("order.lost", &json!({"n": 51})).await;
    let delivered: Value = tenant.delivery_when(&later, &endpoint, "success").await;
    assert_eq!(delivered["attemptCount"], 1);
}

#[tokio::test]
async fn the_ledger_away_delays_and_loses_nothing() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = small_hand(&tenant, &receiver).await;
    receiver.shut();
    tenant.publish_many("order.paid", 20).await;
    receiver.wait_for(2).await;
    app.postgres.kill().await.unwrap();
    // What is not in the ledger is not accepted.
    let refused = tenant.client.post("/events", &json!({"event": "order.lost", "data": {"n": 20}})).await;
    assert_eq!(refused.problem().0, 503, "{}", refused.text());
    receiver.open();
    app.postgres.restart().await.unwrap();
    let look = async || {
        tenant.client.post("/events", &json!({"event": "order.lost", "data": {"n": 21}})).await.status
    };
    wait::until("the ledger to be back", look, |status| *status == 202).await;
    let look = async || numbers(&receiver.requests());
    let seen = wait::until("all of it", look, |seen| seen.len() >= 21).await;
    assert!((0..20).all(|n| seen[&n] == 1), "{seen:?}");
    app.settled(&tenant).await;
    let sent = tenant.deliveries(&format!("webhookId={}&status=success", endpoint.id)).await;
    assert_eq!(sent.len(), receiver.requests().len());
}
