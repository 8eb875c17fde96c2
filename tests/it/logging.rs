//! The log: what `docs/LOGGING.md` says of it, and what it must not hold.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::app::OPERATOR_KEY;
use crate::support::process::process_with;
use crate::support::provider::{Provider, TOKEN};
use crate::support::tenant::text;
use crate::support::{Receiver, wait};

const DEBUG: &str = "info,hookyard=debug,actors=debug,domain=debug,async_nats=warn,sqlx=warn";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SECRET: &str = "a-signing-secret-of-its-owners";
const BEARER: &str = "a-credential-of-its-owners";
const PAYLOAD: &str = "4111 1111 1111 1111";
const ANSWER: &str = "who are you?";

/// The lines that the page shows.
fn documented() -> Vec<Value> {
    let page = include_str!("../../docs/LOGGING.md");
    page.lines()
        .filter(|line| line.starts_with("{\""))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The names of a line's fields, and of its span's.
fn fields(line: &Value) -> BTreeSet<String> {
    let names = |value: &Value, prefix: &str| -> Vec<String> {
        value.as_object().into_iter().flatten().map(|(name, _)| format!("{prefix}{name}")).collect()
    };
    names(line, "").into_iter().chain(names(&line["span"], "span.")).collect()
}

#[tokio::test]
async fn an_event_is_followed_by_its_ids_and_no_secret_is_written() {
    let process = process_with(&[("HOOKYARD__LOG__FILTER", DEBUG)]).await;
    let (good, bad, discord) = (Receiver::start().await, Receiver::start().await, Provider::discord().await);
    bad.always(crate::support::receiver::Reply::from(500).saying(ANSWER));
    let tenant = process.tenant("acme").await;
    let secrets =
        json!({"secret": SECRET, "auth": {"bearer": BEARER}, "customHeaders": {"X-Api-Key": BEARER}});
    let endpoint = tenant.endpoint_with(&good.url_of("/hook?token=in-the-url"), &["order.>"], &secrets).await;
    let impatient = json!({"maxRetries": 1, "retrySchedule": ["0s", "100ms"]});
    let failing = tenant.endpoint_with(&bad.url(), &["order.paid"], &impatient).await;
    tenant.endpoint_with(discord.url(), &["order.paid.too"], &json!({"kind": "discord"})).await;
    let producer = json!({"name": "producer", "role": "producer"});
    let key = text(&tenant.client.post("/keys", &producer).await.expect(201)["key"]);
    let client = process.client().with_key(&key);
    let client = client.with_header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"));
    let client = client.with_header("x-request-id", "followed".to_owned());
    let event = json!({"event": "order.paid", "eventId": "order-42", "data": {"card": PAYLOAD}});
    client.post("/events", &event).await.expect(202);
    client.post("/events", &json!({"event": "order.paid.too", "data": {"card": PAYLOAD}})).await.expect(202);
    let dead = tenant.delivery_when("order-42", &failing, "dead").await;
    let done = tenant.delivery_when("order-42", &endpoint, "success").await;
    let id = text(&tenant.client.get("/events/order-42").await.expect(200)["id"]);
    discord.wait_for(1).await;
    tenant.client.post(&format!("/webhooks/{}/rotate-secret", endpoint.id), &json!({})).await.expect(200);

    let of_it = |line: &&Value| {
        line["event"] == id.as_str()
            || line["span"]["path"] == "/api/v1/events" && line["message"] == "request answered"
    };
    let wanted = documented();
    let look = async || process.lines();
    // The last line may come a moment after what it tells of.
    let lines = wait::until("every line of the page", look, |lines| {
        wanted.iter().all(|shown| lines.iter().filter(of_it).any(|line| line["message"] == shown["message"]))
    });
    let lines = lines.await;
    assert!(lines.iter().all(Value::is_object), "{lines:#?}");
    for shown in &wanted {
        let mut found = lines.iter().filter(of_it).filter(|line| line["message"] == shown["message"]);
        let line = found.next().unwrap();
        assert_eq!(fields(line), fields(shown), "{line:#}");
        assert_eq!((&line["level"], &line["target"]), (&shown["level"], &shown["target"]));
        let trace = if line["trace_id"].is_null() { &line["span"]["trace_id"] } else { &line["trace_id"] };
        assert_eq!(trace, TRACE, "{line:#}");
        assert!(line["span"].is_null() || line["span"]["request_id"] == "followed", "{line:#}");
    }
    let of = |message: &str| lines.iter().filter(of_it).find(|line| line["message"] == message).unwrap();
    assert_eq!((&of("dead letter")["delivery"], &of("delivered")["delivery"]), (&dead["id"], &done["id"]));
    assert_eq!(of("dead letter")["tenant"], "acme");

    let said = process.logged();
    for secret in
        [SECRET, BEARER, PAYLOAD, ANSWER, TOKEN, OPERATOR_KEY, &key, "in-the-url", "whsec_", "AAECAwQFBgcI"]
    {
        for spelling in crate::auth::spellings(secret) {
            assert!(!said.contains(&spelling), "{secret} is in the log as {spelling}");
        }
    }
}
