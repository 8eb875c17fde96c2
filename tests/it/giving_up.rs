//! Endpoints that are given up: at once on 410, or after failing for too long; and how they come back.

use serde_json::{Value, json};

use crate::support::tenant::{Endpoint, Tenant};
use crate::support::{Receiver, app, receiver::Reply};

async fn reactivate(tenant: &Tenant, endpoint: &Endpoint) {
    let shown = tenant.change(endpoint, &json!({"status": "active"})).await;
    let expected = (&json!("active"), &json!(null), &json!(0));
    assert_eq!((&shown["status"], &shown["statusReason"], &shown["consecutiveFailures"]), expected);
}

#[tokio::test]
async fn gone_gives_the_endpoint_up_and_what_it_was_owed_is_dead() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"retrySchedule": ["0s", "1h"], "maxInFlight": 1});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    receiver.answer([500, 410]);
    let first = tenant.publish("first", &json!({})).await;
    tenant.delivery_when(&first, &endpoint, "retrying").await;
    let second = tenant.publish("second", &json!({})).await;
    let gone = tenant.delivery_when(&second, &endpoint, "dead").await;
    assert_eq!((&gone["deadReason"], &gone["attemptCount"]), (&json!("gone"), &json!(1)));
    let waiting = tenant.delivery_when(&first, &endpoint, "dead").await;
    assert_eq!(
        (&waiting["deadReason"], &waiting["nextAttemptAt"]),
        (&json!("endpoint_failed"), &json!(null))
    );
    let shown = tenant.until_status(&endpoint, "failed").await;
    assert_eq!(shown["statusReason"], "answered 410 gone");
    // It is owed nothing new.
    let third = tenant.publish("third", &json!({})).await;
    let shown = tenant.client.get(&format!("/events/{third}")).await.expect(200);
    assert_eq!(shown["deliveryCount"], 0);
    let (status, kind, _) = tenant
        .client
        .post(&format!("/deliveries/{}/retry", gone["id"].as_str().unwrap()), &json!({}))
        .await
        .problem();
    assert_eq!((status, kind.as_str()), (409, "endpoint-not-active"));

    reactivate(&tenant, &endpoint).await;
    let fourth = tenant.publish("fourth", &json!({})).await;
    tenant.delivery_when(&fourth, &endpoint, "success").await;
    tenant.client.post("/dead-letters/replay", &json!({})).await.expect(202);
    for (event, attempts) in [(first, 2), (second, 2)] {
        let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
        assert_eq!(delivered["attemptCount"], attempts);
    }
    assert_eq!(receiver.requests().len(), 5);
}

/// Up to three failures in a row, and the pauses between them short.
fn strict() -> Value {
    json!({"autoDisableAfter": 3, "autoDisableMinDuration": "0s", "maxRetries": 10,
        "retrySchedule": ["0s", "20ms"], "maxInFlight": 1})
}

#[tokio::test]
async fn three_failures_in_a_row_and_the_endpoint_is_given_up() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &strict()).await;
    // Two in a row are not three: success begins anew.
    receiver.answer([500, 500, 200, 500, 500, 200]);
    for event in ["order.1", "order.2"] {
        let event = tenant.publish(event, &json!({})).await;
        let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
        assert_eq!(delivered["attemptCount"], 3);
    }
    assert_eq!(tenant.show(&endpoint).await["status"], "active");

    receiver.always(500);
    let event = tenant.publish("order.3", &json!({})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    assert_eq!((&dead["deadReason"], &dead["attemptCount"]), (&json!("endpoint_failed"), &json!(3)));
    let shown = tenant.until_status(&endpoint, "failed").await;
    assert_eq!(
        (&shown["statusReason"], &shown["consecutiveFailures"]),
        (&json!("3 attempts failed in a row"), &json!(3))
    );
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 9);

    // Active again it starts clean, at once: two failures are two.
    reactivate(&tenant, &endpoint).await;
    receiver.always(200);
    receiver.answer([500, 500]);
    let event = tenant.publish("order.4", &json!({})).await;
    let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(delivered["attemptCount"], 3);
    assert_eq!(tenant.show(&endpoint).await["status"], "active");
}

#[tokio::test]
async fn failures_of_a_short_time_are_forgiven() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut settings = strict();
    settings["autoDisableMinDuration"] = json!("1h");
    settings["maxRetries"] = json!(5);
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    receiver.always(Reply::from(404));
    let event = tenant.publish("order.paid", &json!({})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    assert_eq!((&dead["deadReason"], &dead["attemptCount"]), (&json!("exhausted"), &json!(6)));
    assert_eq!(tenant.show(&endpoint).await["status"], "active");
}
