//! `Retry-After` on 429 and 503 holds the whole endpoint, and counts towards nothing.

use std::time::{Duration, SystemTime};

use serde_json::json;
use tokio::time::Instant;

use crate::support::app::TestApp;
use crate::support::receiver::{Reply, Request};
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::{Receiver, app};

/// One failure that counts, and it would be given up.
async fn touchy(tenant: &Tenant, receiver: &Receiver) -> Endpoint {
    let settings =
        json!({"retrySchedule": ["0s", "1ms"], "autoDisableAfter": 1, "autoDisableMinDuration": "0s"});
    tenant.endpoint_with(&receiver.url(), &[">"], &settings).await
}

/// The endpoint answers the first event with `reply`; nothing more comes before `until`, and then both do.
async fn check_held(app: &TestApp, receiver: &Receiver, reply: Reply, until: impl Fn(&Request) -> Instant) {
    let tenant = app.tenant("acme").await;
    let endpoint = touchy(&tenant, receiver).await;
    receiver.answer([reply]);
    let first = tenant.publish("first", &json!({})).await;
    let held = tenant.delivery_when(&first, &endpoint, "retrying").await;
    assert_eq!(held["attemptCount"], 1);
    let second = tenant.publish("second", &json!({})).await;
    tenant.delivery_when(&second, &endpoint, "success").await;
    let delivered = tenant.delivery_when(&first, &endpoint, "success").await;
    assert_eq!(delivered["attemptCount"], 2);
    app.settled(&tenant).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    let until = until(&requests[0]);
    for request in &requests[1..] {
        assert!(request.at >= until, "{:?} too early", until - request.at);
    }
    let shown = tenant.show(&endpoint).await;
    assert_eq!((&shown["status"], &shown["consecutiveFailures"]), (&json!("active"), &json!(0)));
}

#[tokio::test]
async fn seconds_on_429() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let reply = Reply::from(429).with("retry-after", "1");
    check_held(&app, &receiver, reply, |first| first.at + Duration::from_secs(1)).await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the receiver answers with a date")]
async fn a_date_on_503() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let now = (SystemTime::now(), Instant::now());
    let date = httpdate::fmt_http_date(now.0 + Duration::from_secs(3));
    let until = now.1 + httpdate::parse_http_date(&date).unwrap().duration_since(now.0).unwrap();
    check_held(&app, &receiver, Reply::from(503).with("retry-after", date), |_| until).await;
}

#[tokio::test]
async fn on_another_status_it_holds_nothing() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"retrySchedule": ["0s", "1h"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    receiver
        .answer([Reply::from(500).with("retry-after", "3600"), Reply::from(429).with("retry-after", "soon")]);
    for event in ["first", "second"] {
        let event = tenant.publish(event, &json!({})).await;
        tenant.delivery_when(&event, &endpoint, "retrying").await;
    }
    let third = tenant.publish("third", &json!({})).await;
    tenant.delivery_when(&third, &endpoint, "success").await;
    assert_eq!(tenant.show(&endpoint).await["failureCount"], 2);
}
