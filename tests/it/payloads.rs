//! What a producer sent is what its receivers get, byte for byte.

use serde_json::json;

use crate::support::app::publish;
use crate::support::fixtures::{GITHUB_PULL_REQUEST, GITHUB_PUSH};
use crate::support::receiver::Request;
use crate::support::tenant::text;
use crate::support::verify::{hex_signature, is_signed_by};
use crate::support::{Receiver, app};

/// The bytes of `data` in a body.
fn data(request: &Request) -> String {
    let body = std::str::from_utf8(&request.body).expect("UTF-8");
    let (_, data) = body.split_once(",\"data\":").expect("data");
    data.strip_suffix('}').expect("the end").to_owned()
}

const ODD: &[&str] = &[
    "null",
    "true",
    "-0",
    "1.10",
    "1e400",
    "9007199254740993",
    "123456789012345678901234567890.000",
    r#""""#,
    r#""\u0000\ud83d\ude00\uD800 \/ \\ \" \b\f\n\r\t""#,
    "\"é e\u{301} 👩‍✈️ \u{2028} \u{feff} \u{10ffff} \u{7f}\"",
    "[]",
    r#"{"z":1,"a":2,"m":{"b":null,"a":null}}"#,
    r#"{"twice":1,"twice":2,"Twice":3}"#,
    "{ \"spaces\" :\t[ 1 ,2,\r\n 3 ] }",
    r#"{"":{"":[[[[[[[[{}]]]]]]]]},"ключ":"значение","\u006bey":1}"#,
];

#[tokio::test]
async fn every_payload_survives_byte_for_byte() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["odd.>"], &json!({"maxInFlight": 1})).await;
    for (n, payload) in ODD.iter().enumerate() {
        let event = text(&tenant.publish_raw(&format!("odd.{n}"), payload).await.expect(202)["eventId"]);
        let request = receiver.wait_for(n + 1).await.remove(n);
        assert_eq!(request.header("x-webhook-event"), format!("odd.{n}"));
        assert_eq!(data(&request), *payload);
        assert!(is_signed_by(&request, &endpoint.secret), "{payload}");
        let shown = tenant.client.get(&format!("/events/{event}")).await;
        let shown = shown.text();
        assert!(shown.contains(&format!("\"data\":{payload},")), "{shown}");
    }
}

#[tokio::test]
async fn a_retry_carries_the_same_bytes() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["odd"]).await;
    receiver.answer([500, 500]);
    tenant.publish_raw("odd", ODD[11]).await.expect(202);
    let requests = receiver.wait_for(3).await;
    for request in &requests {
        assert_eq!(
            (&request.body, request.header("webhook-id")),
            (&requests[0].body, requests[0].header("webhook-id"))
        );
        assert!(is_signed_by(request, &endpoint.secret));
    }
}

/// What GitHub sends reaches a receiver that verifies it, whichever way it came in.
fn check_github(request: &Request, secret: &str, payload: &str) {
    assert_eq!(data(request), payload.trim_end());
    assert!(is_signed_by(request, secret));
    assert_eq!(request.header("x-webhook-signature"), hex_signature(secret, &request.body));
    assert_eq!(request.header("content-length"), request.body.len().to_string());
}

#[tokio::test]
async fn github_bodies_by_http_and_by_nats() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxInFlight": 1});
    let patterns = ["github.push", "github.pr.*"];
    let endpoint = tenant.endpoint_with(&receiver.url(), &patterns, &settings).await;
    let bodies = [("github.push", GITHUB_PUSH), ("github.pull_request.opened", GITHUB_PULL_REQUEST)];
    let mut seen = 0;
    for (event, payload) in bodies {
        assert!(payload.len() > 20_000);
        let receipt = tenant.publish_raw(event, payload).await.expect(202);
        seen += 1;
        let request = receiver.wait_for(seen).await.remove(seen - 1);
        check_github(&request, &endpoint.secret, payload);
        publish(&app, &format!("events.acme.{event}"), &[], payload).await;
        seen += 1;
        let by_nats = receiver.wait_for(seen).await.remove(seen - 1);
        check_github(&by_nats, &endpoint.secret, payload);
        assert_eq!(by_nats.header("x-webhook-event"), event);
        let shown = tenant.delivery_when(&text(&receipt["eventId"]), &endpoint, "success").await;
        assert_eq!(
            shown["attempts"][0]["request"]["body"].as_str().map(str::as_bytes),
            Some(&request.body[..])
        );
    }
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 4);
}
