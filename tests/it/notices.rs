//! Operational events: what Hookyard tells a tenant of its own endpoints, to whoever subscribed to it, and without end.

use serde_json::{Value, json};

use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::{Receiver, app, app_with, wait};

/// What came of this type, oldest first.
async fn told(listener: &Receiver, event_type: &str, count: usize) -> Vec<Value> {
    let of_type = || -> Vec<Value> {
        let bodies = listener.requests();
        bodies.iter().map(Request::json).filter(|body| body["event"] == event_type).collect()
    };
    wait::until(event_type, async || of_type(), |found| found.len() >= count).await
}

async fn rotate(tenant: &Tenant, endpoint: &Endpoint) {
    tenant.client.post(&format!("/webhooks/{}/rotate-secret", endpoint.id), &json!({})).await.expect(200);
}

#[tokio::test]
async fn an_endpoint_that_fails_and_comes_back_is_told_of_to_who_asked() {
    let (app, receiver, listener, other) =
        (app().await, Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let (neighbour, foreign) = (app.tenant("other").await, Receiver::start().await);
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &json!({"name": "Orders"})).await;
    tenant.endpoint(&listener.url(), &["endpoint.*"]).await;
    // Wants everything: everything of its own, that is.
    tenant.endpoint(&other.url(), &[">"]).await;
    neighbour.endpoint(&foreign.url(), &["endpoint.>"]).await;
    receiver.answer([410]);
    tenant.publish("order.paid", &json!({})).await;
    let failed = &told(&listener, "endpoint.failed", 1).await[0]["data"];
    let expected = json!([endpoint.id, "Orders", receiver.url(), "answered 410 gone"]);
    assert_eq!(json!([failed["webhookId"], failed["name"], failed["url"], failed["reason"]]), expected);
    tenant.change(&endpoint, &json!({"status": "active"})).await;
    tenant.publish("order.paid", &json!({})).await;
    let recovered = &told(&listener, "endpoint.recovered", 1).await[0]["data"];
    assert_eq!((&recovered["webhookId"], &recovered["name"]), (&json!(endpoint.id), &json!("Orders")));
    app.settled(&tenant).await;
    assert_eq!(listener.requests().len(), 2);
    assert_eq!(other.requests().len(), 2, "the orders alone");
    assert!(foreign.requests().is_empty());
}

#[tokio::test]
async fn of_dead_letters_others_hear_and_none_begets_another() {
    let (app, receiver, listener, failing) =
        (app().await, Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let once = json!({"maxRetries": 0});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.*", "delivery.dead"], &once).await;
    tenant.endpoint(&listener.url(), &["delivery.dead"]).await;
    // Hears of it, and fails to take it: of that nobody hears.
    let deaf = tenant.endpoint_with(&failing.url(), &["delivery.*"], &once).await;
    failing.answer([500; 8]);
    receiver.answer([500; 8]);
    let body = json!({"event": "order.paid", "eventId": "order-7", "data": {}});
    tenant.client.post("/events", &body).await.expect(202);
    let dead = &told(&listener, "delivery.dead", 1).await[0]["data"];
    let expected = json!([endpoint.id, "order-7", "order.paid", "exhausted", 1, 500]);
    let found = ["webhookId", "eventId", "event", "deadReason", "attemptCount", "responseStatus"];
    assert_eq!(json!(found.map(|name| &dead[name])), expected);
    let path = format!("/deliveries/{}", dead["deliveryId"].as_str().unwrap());
    assert_eq!(tenant.client.get(&path).await.expect(200)["error"], dead["error"]);
    let died = wait::until(
        "the dead letter of what was told",
        async || tenant.client.get(&format!("/dead-letters?webhookId={}", deaf.id)).await.expect(200),
        |page| page["items"].as_array().is_some_and(|items| !items.is_empty()),
    );
    assert_eq!(died.await["items"][0]["event"], "delivery.dead");
    // A round later still nothing is told of that; and the one that it is about did not hear.
    rotate(&tenant, &endpoint).await;
    tenant.endpoint(&listener.url(), &["secret.rotated"]).await;
    rotate(&tenant, &endpoint).await;
    told(&listener, "secret.rotated", 1).await;
    app.settled(&tenant).await;
    let heard = listener.requests();
    assert_eq!(heard.iter().filter(|request| request.json()["event"] == "delivery.dead").count(), 1);
    assert_eq!(receiver.requests().len(), 1);
    let pool = app.pool().await;
    let left: i64 = sqlx::query_scalar("select count(*) from notices").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn new_secrets_and_limits_are_told_of_a_limit_once_an_hour() {
    let app = app_with(&[("HOOKYARD__LIMITS__ENDPOINTS_PER_USER", "1")]).await;
    let listener = Receiver::start().await;
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&listener.url(), &["secret.rotated", "limit.reached"]).await;
    let other = tenant.endpoint_with(&listener.url(), &["order.*"], &json!({"userId": "u1"})).await;
    for _ in 0..3 {
        let body = json!({"url": listener.url(), "events": ["a"], "userId": "u1"});
        tenant.client.post("/webhooks", &body).await.expect(409);
    }
    rotate(&tenant, &other).await;
    // Of its own secret as well: it signs with both.
    rotate(&tenant, &endpoint).await;
    let source = json!({"name": "In", "kind": "github"});
    let source = tenant.client.post("/sources", &source).await.expect(201);
    let id = source["id"].as_str().unwrap();
    tenant.client.post(&format!("/sources/{id}/rotate-secret"), &json!({})).await.expect(200);
    let rotated = told(&listener, "secret.rotated", 2).await;
    let subjects: Vec<_> = rotated.iter().map(|body| &body["data"]).collect();
    assert!(subjects.iter().any(|data| data["webhookId"] == other.id), "{subjects:?}");
    assert!(subjects.iter().any(|data| data["sourceId"] == id && data["name"] == "In"), "{subjects:?}");
    let limit = &told(&listener, "limit.reached", 1).await[0]["data"];
    assert_eq!(json!([limit["limit"], limit["max"], limit["userId"]]), json!(["endpointsPerUser", 1, "u1"]));
    app.settled(&tenant).await;
    let heard = listener.requests();
    let limits = heard.iter().filter(|request| request.json()["event"] == "limit.reached").count();
    // The hour may have ended meanwhile.
    assert!((1..=2).contains(&limits), "{limits}");
}
