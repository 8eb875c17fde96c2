//! What an owner changes while a delivery waits for its next attempt.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::verify::{hex_signature, is_signed_by};
use crate::support::wait;
use crate::support::{Receiver, app};

struct Waiting {
    app: TestApp,
    receiver: Receiver,
    tenant: Tenant,
    endpoint: Endpoint,
    event: String,
}

/// A delivery whose first attempt failed, and whose next comes after `wait`.
async fn waiting(wait: &str) -> Waiting {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"retrySchedule": ["0s", wait]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    receiver.answer([500]);
    let event = tenant.publish("order.paid", &json!({})).await;
    tenant.delivery_when(&event, &endpoint, "retrying").await;
    Waiting { app, receiver, tenant, endpoint, event }
}

impl Waiting {
    async fn delivery_when(&self, status: &str) -> Value {
        self.tenant.delivery_when(&self.event, &self.endpoint, status).await
    }

    /// Until the scheduled retry has come up and was dealt with, however.
    async fn over(&self) {
        wait::until("the queue to be empty", async || self.app.queued().await, |queued| *queued == 0).await;
    }
}

#[tokio::test]
async fn an_edited_url_is_where_the_next_attempt_goes() {
    let Waiting { app, receiver, tenant, endpoint, event } = waiting("1s").await;
    let elsewhere = Receiver::start().await;
    let change = json!({"url": elsewhere.url_of("/new"), "customHeaders": {"X-New": "yes"}});
    tenant.change(&endpoint, &change).await;
    let request = elsewhere.wait_for(1).await.remove(0);
    assert_eq!((request.path.as_str(), request.header("x-new")), ("/new", "yes"));
    assert_eq!(request.header("x-webhook-attempt"), "2");
    assert!(request.at - receiver.requests()[0].at >= Duration::from_secs(1));
    let delivery = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(delivery["attempts"][1]["request"]["url"], elsewhere.url_of("/new"));
    app.settled(&tenant).await;
    assert_eq!((receiver.requests().len(), elsewhere.requests().len()), (1, 1));
}

#[tokio::test]
async fn fewer_retries_end_it_at_the_next_failure() {
    let Waiting { app, receiver, tenant, endpoint, event } = waiting("500ms").await;
    tenant.change(&endpoint, &json!({"maxRetries": 1})).await;
    receiver.always(500);
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    assert_eq!((&dead["deadReason"], &dead["attemptCount"]), (&json!("exhausted"), &json!(2)));
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn disabled_it_becomes_a_dead_letter() {
    let journey = waiting("500ms").await;
    journey.tenant.change(&journey.endpoint, &json!({"status": "disabled"})).await;
    let dead = journey.delivery_when("dead").await;
    assert_eq!((&dead["deadReason"], &dead["attemptCount"]), (&json!("endpoint_disabled"), &json!(1)));
    journey.over().await;
    assert_eq!(journey.delivery_when("dead").await["attemptCount"], 1);
    let unowed = journey.tenant.publish("order.lost", &json!({})).await;
    let unowed = journey.tenant.client.get(&format!("/events/{unowed}")).await.expect(200);
    assert_eq!(unowed["deliveryCount"], 0);
    assert_eq!(journey.receiver.requests().len(), 1);
    // Enabled again it does not come by itself, but by a replay.
    journey.tenant.change(&journey.endpoint, &json!({"status": "active"})).await;
    journey.tenant.client.post("/dead-letters/replay", &json!({})).await.expect(202);
    assert_eq!(journey.delivery_when("success").await["attemptCount"], 2);
}

#[tokio::test]
async fn deleted_it_is_skipped_and_its_log_stays() {
    let journey = waiting("500ms").await;
    let path = format!("/webhooks/{}", journey.endpoint.id);
    assert_eq!(journey.tenant.client.delete(&path).await.status, 204);
    let (status, kind, _) = journey.tenant.client.get(&path).await.problem();
    assert_eq!((status, kind.as_str()), (404, "not-found"));
    let skipped = journey.delivery_when("skipped").await;
    assert_eq!((&skipped["deadReason"], &skipped["attemptCount"]), (&json!("endpoint_deleted"), &json!(1)));
    journey.over().await;
    assert_eq!(journey.delivery_when("skipped").await["attempts"].as_array().map(Vec::len), Some(1));
    assert_eq!(journey.receiver.requests().len(), 1);
    assert_eq!(journey.tenant.dead_letters().await, Vec::<Value>::new());
}

#[tokio::test]
async fn deleted_while_a_request_runs_the_attempt_is_noted() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxInFlight": 1});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    receiver.shut();
    let first = tenant.publish("first", &json!({})).await;
    let second = tenant.publish("second", &json!({})).await;
    receiver.wait_for(1).await;
    assert_eq!(tenant.client.delete(&format!("/webhooks/{}", endpoint.id)).await.status, 204);
    receiver.open();
    app.settled(&tenant).await;
    let look = async || tenant.delivery_of(&first, &endpoint).await;
    let noted = wait::until("the attempt", look, |delivery| delivery["attemptCount"] == 1).await;
    assert_eq!(
        (&noted["status"], &noted["attempts"][0]["outcome"]),
        (&json!("skipped"), &json!("succeeded"))
    );
    let unsent = tenant.delivery_of(&second, &endpoint).await;
    assert_eq!((&unsent["status"], &unsent["attemptCount"]), (&json!("skipped"), &json!(0)));
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn disabled_while_a_request_runs_the_next_is_not_sent() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxInFlight": 1});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    receiver.shut();
    tenant.publish_many("order.paid", 5).await;
    receiver.wait_for(1).await;
    tenant.change(&endpoint, &json!({"status": "disabled"})).await;
    receiver.open();
    app.settled(&tenant).await;
    let dead = tenant.until_count(&endpoint, "dead", 5).await;
    assert!(dead.iter().all(|delivery| delivery["deadReason"] == "endpoint_disabled"), "{dead:#?}");
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn paused_it_waits_for_its_owner() {
    let journey = waiting("300ms").await;
    journey.tenant.change(&journey.endpoint, &json!({"status": "paused"})).await;
    let behind = journey.tenant.publish("order.lost", &json!({})).await;
    // The neighbour's next event is delivered while nothing moves here.
    let neighbour = journey.tenant.endpoint(&journey.receiver.url_of("/neighbour"), &["sentinel"]).await;
    journey.tenant.change(&neighbour, &json!({"maxRetries": 1, "retrySchedule": ["0s", "500ms"]})).await;
    journey.receiver.answer([500]);
    let sentinel = journey.tenant.publish("sentinel", &json!({})).await;
    journey.tenant.delivery_when(&sentinel, &neighbour, "success").await;
    let sent: Vec<String> = journey.receiver.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(sent, ["/hook", "/neighbour", "/neighbour"]);
    journey.tenant.change(&journey.endpoint, &json!({"status": "active"})).await;
    assert_eq!(journey.delivery_when("success").await["attemptCount"], 2);
    journey.tenant.delivery_when(&behind, &journey.endpoint, "success").await;
    journey.app.settled(&journey.tenant).await;
}

async fn rotate(tenant: &Tenant, endpoint: &Endpoint, overlap: &str) -> String {
    let path = format!("/webhooks/{}/rotate-secret", endpoint.id);
    let rotated = tenant.client.post(&path, &json!({"overlap": overlap})).await.expect(200);
    text(&rotated["secret"])
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_former_one() {
    let Waiting { app, receiver, tenant, endpoint, event } = waiting("500ms").await;
    let new = rotate(&tenant, &endpoint, "1h").await;
    assert_ne!(new, endpoint.secret);
    let request = receiver.wait_for(2).await.remove(1);
    assert_eq!(request.header("x-webhook-attempt"), "2");
    assert!(is_signed_by(&request, &endpoint.secret) && is_signed_by(&request, &new));
    assert_eq!(request.header("webhook-signature").split(' ').count(), 2);
    assert_eq!(request.header("x-webhook-signature"), hex_signature(&new, &request.body));
    tenant.delivery_when(&event, &endpoint, "success").await;
    // Without an overlap the newest signs alone.
    let newest = rotate(&tenant, &endpoint, "0s").await;
    tenant.publish("order.lost", &json!({})).await;
    let request = receiver.wait_for(3).await.remove(2);
    let signed = [&endpoint.secret, &new, &newest].map(|secret| is_signed_by(&request, secret));
    assert_eq!(signed, [false, false, true]);
    let shown = tenant.show(&endpoint).await;
    assert!(newest.ends_with(&text(&shown["secretHint"])), "{shown}");
    assert!(shown.get("secret").is_none());
    app.settled(&tenant).await;
}
