//! An event goes in; its endpoint gets it once, signed, and the log says so.

use serde_json::{Value, json};

use crate::support::tenant::text;
use crate::support::verify::{hex_signature, is_signed_by};
use crate::support::{Receiver, app, receiver::Reply};

#[tokio::test]
async fn an_event_reaches_its_endpoint_signed() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"customHeaders": {"X-Env": "prod"}});
    let endpoint =
        tenant.endpoint_with(&receiver.url_of("/hook?a=b%20c"), &["member.created"], &settings).await;
    receiver.answer([Reply::from(201).with("x-answer", "yes").saying("thank you")]);
    let data = r#"{"z": 1.10, "name": "Grüße 👋", "none": null}"#;
    let event = text(&tenant.publish_raw("member.created", data).await.expect(202)["eventId"]);

    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook?a=b%20c"));
    let delivery = tenant.delivery_when(&event, &endpoint, "success").await;
    let id = text(&delivery["id"]);
    assert!(is_signed_by(&request, &endpoint.secret), "{:?}", request.headers);
    assert!(!is_signed_by(&request, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert_eq!(request.header("x-webhook-signature"), hex_signature(&endpoint.secret, &request.body));
    for (name, value) in [
        ("content-type", "application/json"),
        ("webhook-id", id.as_str()),
        ("x-webhook-id", id.as_str()),
        ("x-webhook-event", "member.created"),
        ("x-webhook-attempt", "1"),
        ("x-env", "prod"),
        ("user-agent", concat!("Hookyard/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
    let shown = tenant.client.get(&format!("/events/{event}")).await.expect(200);
    let timestamp = text(&shown["timestamp"]);
    let body = format!(
        "{{\"event\":\"member.created\",\"timestamp\":\"{timestamp}\",\"eventId\":\"{event}\",\"data\":{data}}}"
    );
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    check_log(&delivery, &receiver.url_of("/hook?a=b%20c"), &body, &event);
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 1);
}

/// The delivery as `GET /deliveries/{id}` shows it.
fn check_log(delivery: &Value, url: &str, body: &str, event: &str) {
    let expected = json!({"eventId": event, "event": "member.created", "status": "success", "attemptCount": 1,
        "responseStatus": 201, "error": null, "deadReason": null, "nextAttemptAt": null});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&delivery[name], value, "{name} of {delivery:#}");
    }
    assert!(delivery["deliveredAt"].is_string(), "{delivery:#}");
    let attempts = delivery["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 1);
    let attempt = &attempts[0];
    assert_eq!((&attempt["number"], &attempt["outcome"]), (&json!(1), &json!("succeeded")));
    assert!(attempt["durationMs"].as_u64().is_some_and(|ms| ms < 15_000), "{attempt:#}");
    assert_eq!((&attempt["request"]["url"], &attempt["request"]["body"]), (&json!(url), &json!(body)));
    assert_eq!(attempt["request"]["headers"]["X-Webhook-Attempt"], "1");
    assert_eq!(attempt["response"]["status"], 201);
    assert_eq!(attempt["response"]["headers"]["x-answer"], "yes");
    assert_eq!(
        (&attempt["response"]["body"], &attempt["response"]["truncated"]),
        (&json!("thank you"), &json!(false))
    );
}

#[tokio::test]
async fn a_plain_secret_signs_too_and_headers_take_another_prefix() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let secret = "a plain secret, 30 bytes: é.";
    let settings = json!({"secret": secret, "headerPrefix": "X-DevCard-"});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    assert_eq!(endpoint.secret, secret);
    tenant.publish("order.paid", &json!(1)).await;
    let request = receiver.wait_for(1).await.remove(0);
    assert!(is_signed_by(&request, secret));
    assert_eq!(request.header("x-devcard-signature"), hex_signature(secret, &request.body));
    assert_eq!(request.header("x-devcard-event"), "order.paid");
    assert!(!request.headers.contains_key("x-webhook-event"));
}

#[tokio::test]
async fn the_same_event_id_twice_is_delivered_once() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.>"]).await;
    let event = |n: u32| json!({"event": "order.paid", "eventId": "order-42", "data": {"n": n}});
    let publish = async |n: u32| tenant.client.post("/events", &event(n)).await.expect(202);
    assert_eq!(publish(1).await, json!({"eventId": "order-42", "duplicate": false}));
    assert_eq!(publish(2).await, json!({"eventId": "order-42", "duplicate": true}));
    // Many at once: one of them is the first.
    let race = json!({"event": "order.raced", "eventId": "raced", "data": {}});
    let racing = (0..20).map(|_| tenant.client.post("/events", &race));
    let answers = futures_util::future::join_all(racing).await;
    let fresh = answers.into_iter().filter(|answer| answer.json()["duplicate"] == false).count();
    assert_eq!(fresh, 1);
    // The same id of another tenant is another event.
    let other = app.tenant("other").await;
    assert_eq!(other.client.post("/events", &event(3)).await.expect(202)["duplicate"], false);

    app.settled(&tenant).await;
    let mut seen: Vec<String> =
        receiver.requests().iter().map(|request| request.json()["eventId"].to_string()).collect();
    seen.sort();
    assert_eq!(seen, [r#""order-42""#, r#""raced""#]);
    assert_eq!(receiver.requests().iter().filter(|request| request.json()["data"]["n"] == 2).count(), 0);
    assert!(app.counter("hookyard_events_duplicate_total").await >= 20);
}

#[tokio::test]
async fn a_duplicate_within_one_batch_is_noticed() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    let event = |id: &str, n: u32| json!({"event": "order.paid", "eventId": id, "data": {"n": n}});
    let batch = json!([event("a", 1), event("b", 2), event("a", 3), event("a", 4)]);
    let receipts = tenant.client.post("/events/batch", &batch).await.expect(202);
    let duplicates: Vec<&Value> =
        receipts["items"].as_array().unwrap().iter().map(|receipt| &receipt["duplicate"]).collect();
    assert_eq!(duplicates, [false, false, true, true]);
    app.settled(&tenant).await;
    let mut seen: Vec<u64> =
        receiver.requests().iter().filter_map(|request| request.json()["data"]["n"].as_u64()).collect();
    seen.sort_unstable();
    assert_eq!(seen, [1, 2]);
}
