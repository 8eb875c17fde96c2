//! A request that is sent again under its Idempotency-Key does nothing again, and is answered as it was before.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app, wait};

const KEY: &str = "idempotency-key";

fn keyed(client: &Client, key: &str) -> Client {
    client.with_header(KEY, key.to_owned())
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

fn least(receiver: &Receiver) -> Value {
    json!({"url": receiver.url(), "events": ["order.>"]})
}

/// Everything that an answer tells, but what is of this one request.
fn told(answer: &Answer) -> (u16, Vec<Option<String>>, String) {
    let header = |name: &str| answer.header(name).map(str::to_owned);
    (answer.status, ["content-type", "location", "etag"].map(header).to_vec(), answer.text())
}

#[tokio::test]
async fn twenty_at_once_make_one_endpoint() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let client = keyed(&tenant.client, "once");
    let wanted = least(&receiver);
    let answers = join_all((0..20).map(|_| client.post("/webhooks", &wanted))).await;
    let first = told(answers.iter().find(|answer| !is_replayed(answer)).expect("one made it"));
    assert_eq!(first.0, 201, "{}", first.2);
    assert_eq!(answers.iter().filter(|answer| is_replayed(answer)).count(), 19);
    assert!(answers.iter().all(|answer| told(answer) == first), "the secret too");
    let endpoints = tenant.client.get("/webhooks").await.expect(200);
    assert_eq!(endpoints["items"].as_array().map(Vec::len), Some(1));
    let secret = text(&answers[0].json()["secret"]);
    let rows: Vec<String> = sqlx::query_scalar("select encode(sealed, 'escape') from idempotency")
        .fetch_all(&app.pool().await)
        .await
        .unwrap();
    assert!(rows.len() == 1 && !rows[0].contains(&secret) && !rows[0].contains("webhookId"), "{rows:?}");
}

#[tokio::test]
async fn a_key_is_for_one_request_of_one_tenant() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, other) = (app.tenant("acme").await, app.tenant("other").await);
    let client = keyed(&tenant.client, "mine");
    let wrong = client.post("/webhooks", &json!({"url": "nowhere", "events": ["a"]})).await;
    assert_eq!(wrong.problem().1, "invalid-request");
    let made = client.post("/webhooks", &least(&receiver)).await.expect(201);
    let another = client.post("/webhooks", &json!({"url": receiver.url(), "events": ["a"]})).await;
    assert_eq!(
        another.problem(),
        (422, "idempotency-key-reused".to_owned(), vec!["Idempotency-Key".to_owned()])
    );
    let elsewhere = client.post("/dead-letters/replay", &least(&receiver)).await;
    assert_ne!(elsewhere.status, 202);
    let published = client.post("/events", &json!({"event": "a", "data": {}})).await;
    assert_eq!(published.problem().1, "idempotency-key-reused");
    let theirs = keyed(&other.client, "mine").post("/webhooks", &least(&receiver)).await;
    assert!(!is_replayed(&theirs));
    assert_ne!(theirs.expect(201)["id"], made["id"]);
    for bad in ["", &"x".repeat(256)] {
        let answer = keyed(&tenant.client, bad).post("/webhooks", &least(&receiver)).await;
        assert_eq!(answer.problem().2, ["Idempotency-Key"]);
    }
    sqlx::query("update idempotency set expires_at = now()").execute(&app.pool().await).await.unwrap();
    let later = client.post("/webhooks", &least(&receiver)).await;
    assert!(!is_replayed(&later), "a day is over");
    assert_ne!(later.expect(201)["id"], made["id"]);
    assert!(is_replayed(&client.post("/webhooks", &least(&receiver)).await));
}

/// Sends a request twice, and has it done once. Answers with what it was answered.
async fn twice(app: &TestApp, client: &Client, path: &str, body: &Value) -> Value {
    let count = async || {
        let pool = app.pool().await;
        sqlx::query_scalar::<_, i64>("select count(*) from audit_log").fetch_one(&pool).await.unwrap()
    };
    let (client, before) = (keyed(client, path), count().await);
    let (first, second) = (client.post(path, body).await, client.post(path, body).await);
    assert!(first.status < 300, "{path}: {}", first.text());
    assert_eq!((is_replayed(&first), is_replayed(&second)), (false, true), "{path}");
    assert_eq!(told(&first), told(&second), "{path}");
    assert_eq!(count().await - before, 1, "{path}");
    first.json()
}

#[tokio::test]
async fn whatever_is_made_is_made_once() {
    let (app, receiver) = (app().await, Receiver::start().await);
    receiver.always(500_u16);
    let tenant = app.tenant("acme").await;
    twice(&app, &app.operator(), "/tenants", &json!({"id": "new", "name": "New"})).await;
    twice(&app, &tenant.client, "/keys", &json!({"name": "k", "role": "viewer"})).await;
    let endpoint = twice(&app, &tenant.client, "/webhooks", &least(&receiver)).await;
    let path = format!("/webhooks/{}", text(&endpoint["id"]));
    let rotated = twice(&app, &tenant.client, &format!("{path}/rotate-secret"), &json!({})).await;
    assert_ne!(rotated["secret"], endpoint["secret"]);
    tenant.client.patch(&path, &json!({"maxRetries": 0})).await.expect(200);
    tenant.publish("order.paid", &json!({})).await;
    let dead =
        wait::until("a dead letter", async || tenant.dead_letters().await, |dead| dead.len() == 1).await;
    twice(&app, &tenant.client, &format!("/deliveries/{}/retry", text(&dead[0]["id"])), &json!({})).await;
    receiver.wait_for(2).await;
    wait::until("it to be dead again", async || tenant.dead_letters().await, |dead| dead.len() == 1).await;
    twice(&app, &tenant.client, &format!("{path}/replay"), &json!({})).await;
    receiver.wait_for(3).await;
    twice(&app, &tenant.client, "/dead-letters/replay", &json!({})).await;
}

/// What it was about may be gone when the answer is asked for again.
#[tokio::test]
async fn a_replay_is_answered_as_before_though_its_endpoint_is_gone() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["a"]).await;
    let (client, path) = (keyed(&tenant.client, "replay"), format!("/webhooks/{}/replay", endpoint.id));
    let first = client.post(&path, &json!({"status": ["unsent"]})).await;
    assert_eq!(first.status, 202, "{}", first.text());
    tenant.client.delete(&format!("/webhooks/{}", endpoint.id)).await;
    let second = client.post(&path, &json!({"status": ["unsent"]})).await;
    assert_eq!((told(&second), is_replayed(&second)), (told(&first), true));
    assert_eq!(tenant.client.post(&path, &json!({})).await.status, 404);
}

#[tokio::test]
async fn a_test_is_sent_once() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["a"]).await;
    let client = keyed(&tenant.client, "test");
    let path = format!("/webhooks/{}/test", endpoint.id);
    let (first, second) = (client.post(&path, &json!({})).await, client.post(&path, &json!({})).await);
    assert_eq!((told(&first), is_replayed(&second)), (told(&second), true));
    assert_eq!(receiver.count(), 1);
}

/// Publishes twice, and once more when the answer is lost: as after a crash between the commit and its keeping.
async fn published_once(
    app: &TestApp,
    tenant: &Tenant,
    path: &str,
    kind: &str,
    body: &'static str,
) -> Vec<String> {
    let client = keyed(&tenant.client, path);
    let send = async || client.send(Method::POST, path, Some((kind, body.into()))).await;
    let (first, second) = (send().await, send().await);
    assert_eq!(
        (first.status, told(&first), is_replayed(&second)),
        (202, told(&second), true),
        "{}",
        second.text()
    );
    sqlx::query("delete from idempotency").execute(&app.pool().await).await.unwrap();
    let third = send().await;
    assert!(!is_replayed(&third));
    let receipts = |answer: &Answer| -> Vec<(String, bool)> {
        let whole = answer.json();
        let items = whole["items"].as_array().cloned().unwrap_or_else(|| vec![whole.clone()]);
        items.iter().map(|item| (text(&item["eventId"]), item["duplicate"] == true)).collect()
    };
    let ids: Vec<String> = receipts(&first).into_iter().map(|(id, _)| id).collect();
    assert_eq!(receipts(&first), ids.iter().map(|id| (id.clone(), false)).collect::<Vec<_>>());
    assert_eq!(receipts(&third), ids.iter().map(|id| (id.clone(), true)).collect::<Vec<_>>());
    ids
}

#[tokio::test]
async fn events_are_delivered_once_whatever_becomes_of_the_answer() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.>"]).await;
    let one = r#"{"event":"order.paid","data":{"n":1}}"#;
    let mut ids = published_once(&app, &tenant, "/events", "application/json", one).await;
    let several = "{\"event\":\"order.paid\",\"data\":{\"n\":2}}\n{\"event\":\"order.paid\",\"eventId\":\"own\",\"data\":{\"n\":3}}\n";
    ids.extend(published_once(&app, &tenant, "/events/batch", "application/x-ndjson", several).await);
    assert_eq!((ids.len(), ids[2].as_str()), (3, "own"));
    app.settled(&tenant).await;
    let mut seen: Vec<String> =
        receiver.requests().iter().map(|request| text(&request.json()["eventId"])).collect();
    let mut expected = ids.clone();
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(
        tenant.client.get(&format!("/events/{}", ids[0])).await.expect(200)["eventId"],
        ids[0].as_str()
    );
}
