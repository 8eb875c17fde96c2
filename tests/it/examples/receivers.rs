//! Receivers get what is published and verify it. None of them believes a forgery, an old recording, or a repeat.

use bytes::Bytes;
use reqwest::Method;
use serde_json::json;
use standardwebhooks::Webhook;

use super::{Language, Needs};
use crate::support::app;
use crate::support::client::Client;
use crate::support::ledger::now;
use crate::support::running::Running;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::wait;

const SECRET: &str = "whsec_b3VyIHNlY3JldCwgb2YgdGhlIGV4YW1wbGVzIGFsb25l";
const ANOTHER: &str = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbm90IG91cnMh";

/// What a receiver answers to requests that are not the service's own, or are those again.
async fn assert_wary(receiver: &mut Running, url: &str) {
    let webhook = Webhook::new(SECRET).unwrap();
    let now = now().unix_timestamp();
    let body = br#"{"event":"order.seen","data":{}}"#;
    let signed = |id: &str, at: i64| webhook.sign(id, at, body).unwrap();
    let forged = Webhook::new(ANOTHER).unwrap().sign("dlv_1", now, body).unwrap();
    let both = format!("{forged} v1a,AAAA {}", signed("dlv_1", now));
    let cases: [(&str, i64, &str, &[u8], u16); 9] = [
        ("dlv_1", now, &both, body, 204),
        // The same once more is not worked on again.
        ("dlv_1", now, &both, body, 204),
        ("dlv_2", now, &forged, body, 401),
        ("dlv_2", now, &signed("dlv_1", now), body, 401),
        ("dlv_2", now - 1, &signed("dlv_2", now), body, 401),
        ("dlv_2", now, &signed("dlv_2", now), br#"{"event":"order.seen","data":{} }"#, 401),
        ("dlv_2", now, "v1,", body, 401),
        // Signed well, and recorded long ago; or of a clock that is wrong.
        ("dlv_2", now - 360, &signed("dlv_2", now - 360), body, 400),
        ("dlv_2", now + 360, &signed("dlv_2", now + 360), body, 400),
    ];
    let sender = Client::new(url.to_owned());
    for (id, at, signature, body, status) in cases {
        let client = sender
            .with_header("webhook-id", id.to_owned())
            .with_header("webhook-timestamp", at.to_string())
            .with_header("webhook-signature", signature.to_owned());
        let answer =
            client.send(Method::POST, "!/", Some(("application/json", Bytes::copy_from_slice(body)))).await;
        assert_eq!(answer.status, status, "{id} {at} {signature}: {}", answer.text());
    }
    let unsigned = sender.post("!/", &json!({})).await;
    assert_eq!(unsigned.status, 400, "{}", unsigned.text());
    receiver.until("verified  order.seen  dlv_1").await;
    receiver.until("again  dlv_1").await;
    // Eight of these, and the one before.
    let look = async || receiver.count("refused");
    wait::until("all that was refused", look, |refused| *refused == 9).await;
    assert_eq!((receiver.count("verified  order.seen"), receiver.count("again")), (1, 1));
}

async fn endpoint(tenant: &Tenant, url: &str, event: &str, secret: &str) -> Endpoint {
    tenant.endpoint_with(url, &[event], &json!({"secret": secret, "maxRetries": 0})).await
}

/// A receiver gets what is published and verifies it; by another secret it refuses it.
async fn receives(language: Language) {
    let Some(mut command) = language.program("receivers", "receive", Needs::Nothing).await else { return };
    command.env("WEBHOOK_SECRET", SECRET).env("PORT", "0");
    let mut receiver = Running::start(command);
    let listening = receiver.until("listening on ").await;
    let url = listening.strip_prefix("listening on ").and_then(|url| url.strip_suffix('/')).unwrap();
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let ours = endpoint(&tenant, url, "order.paid", SECRET).await;
    let theirs = endpoint(&tenant, url, "order.forged", ANOTHER).await;
    let paid = tenant.publish("order.paid", &json!({"id": 42})).await;
    let delivery = tenant.delivery_when(&paid, &ours, "success").await;
    assert_eq!((&delivery["responseStatus"], &delivery["attemptCount"]), (&json!(204), &json!(1)));
    let line = receiver.until("verified  order.paid").await;
    assert!(line.contains(&text(&delivery["id"])) && line.contains("42}"), "{line}");

    let forged = tenant.publish("order.forged", &json!({"id": 43})).await;
    let refused = tenant.delivery_when(&forged, &theirs, "dead").await;
    assert_eq!(refused["responseStatus"], 401);
    receiver.until("refused  401").await;
    app.settled(&tenant).await;
    assert_eq!((receiver.count("verified"), receiver.count("refused")), (1, 1));
    assert_wary(&mut receiver, url).await;
}

#[tokio::test]
async fn in_rust() {
    receives(Language::Rust).await;
}

#[tokio::test]
async fn in_node() {
    receives(Language::Node).await;
}

#[tokio::test]
async fn in_python() {
    receives(Language::Python).await;
}

#[tokio::test]
async fn in_go() {
    receives(Language::Go).await;
}
