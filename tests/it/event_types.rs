//! The catalogue of event types: what is accepted is in it, with what people say of it; of each tenant its own.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::{app, wait};

async fn named(client: &Client, path: &str) -> Vec<(String, Value)> {
    let page = client.get(path).await.expect(200);
    let items = page["items"].as_array().unwrap().clone();
    items
        .into_iter()
        .map(|item| (item["event"].as_str().unwrap().to_owned(), item["events"].clone()))
        .collect()
}

async fn until_counted(client: &Client, event: &str, count: usize) -> Value {
    let path = format!("/event-types/{event}");
    let look = async || {
        let answer = client.get(&path).await;
        if answer.status == 200 { answer.json() } else { Value::Null }
    };
    wait::until("the events to be counted", look, |found| found["events"] == json!(count)).await
}

#[tokio::test]
async fn what_is_accepted_is_counted_once_and_over_a_restart() {
    let mut app: TestApp = app().await;
    let (tenant, rival) = (app.tenant("acme").await, app.tenant("rival").await);
    tenant.publish_many("order.paid", 30).await;
    let event = json!({"event": "order.late", "eventId": "late-1", "data": 1});
    for _ in 0..2 {
        tenant.client.post("/events", &event).await.expect(202);
    }
    app.nats_client().publish("events.acme.order.paid", "1".into()).await.unwrap();
    rival.publish("order.lost", &json!({})).await;
    let seen = until_counted(&tenant.client, "order.paid", 31).await;
    assert!(seen["firstSeenAt"].is_string() && seen["lastSeenAt"].is_string(), "{seen}");
    assert_eq!((&seen["description"], &seen["describedAt"]), (&Value::Null, &Value::Null));
    until_counted(&tenant.client, "order.late", 1).await;
    until_counted(&rival.client, "order.lost", 1).await;
    // Those of a node that ends are added at its end.
    tenant.publish_many("order.paid", 9).await;
    app.restart().await;
    let tenant = app.again(&tenant);
    until_counted(&tenant.client, "order.paid", 40).await;
    let all = named(&tenant.client, "/event-types").await;
    assert_eq!(all, [("order.late".to_owned(), json!(1)), ("order.paid".to_owned(), json!(40))]);
}

#[tokio::test]
async fn a_type_is_described_before_it_is_seen_and_after() {
    let app = app().await;
    let (tenant, rival) = (app.tenant("acme").await, app.tenant("rival").await);
    let client = &tenant.client;
    let example = r#"{"amount":12.50,"order":{"id":18446744073709551616}}"#;
    let body = format!(r#"{{"description":"Somebody paid","example":{example}}}"#);
    let path = "/event-types/order.paid";
    let put = |body: String| client.send(reqwest::Method::PUT, path, Some(("application/json", body.into())));
    assert_eq!(client.get(path).await.status, 404);
    let described = put(body).await;
    assert_eq!(described.status, 200, "{}", described.text());
    // As it was given, to the digit.
    assert!(described.text().contains(example), "{}", described.text());
    tenant.publish("order.paid", &json!({})).await;
    let seen = until_counted(client, "order.paid", 1).await;
    assert_eq!(seen["description"], "Somebody paid");
    let bare = put("{}".to_owned()).await.expect(200);
    assert_eq!(
        (&bare["description"], &bare["example"], &bare["events"]),
        (&Value::Null, &Value::Null, &json!(1))
    );
    let wrong = put(r#"{"description":"","more":1}"#.to_owned()).await;
    assert_eq!(wrong.problem().2, ["/description", "/more"]);
    assert_eq!(rival.client.get(path).await.status, 404);
    assert_eq!(rival.client.delete(path).await.status, 404);
    client.delete(path).await.expect(204);
    assert_eq!(client.get(path).await.status, 404);
    let lines = app.operator().get("/audit-log?action=event_type.described").await.expect(200);
    assert_eq!(lines["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn pages_go_by_name_and_a_tenant_has_so_many() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let events: Vec<_> = (0..2_100).map(|n| json!({"event": format!("a.n{n:04}"), "data": n})).collect();
    for events in events.chunks(1_000) {
        tenant.client.post("/events/batch", &json!(events)).await.expect(202);
    }
    let pool = app.pool().await;
    let count = async || {
        sqlx::query_scalar::<_, i64>("select count(*) from event_types").fetch_one(&pool).await.unwrap()
    };
    wait::until("as many as there may be", count, |count| *count >= 2_000).await;
    let mut found = Vec::new();
    let mut path = "/event-types?limit=250".to_owned();
    loop {
        let page = tenant.client.get(&path).await.expect(200);
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item["event"].clone()));
        let Some(next) = page["nextCursor"].as_str() else { break };
        path = format!("/event-types?limit=250&cursor={next}");
    }
    // Which of them are kept is open.
    let names: Vec<_> = found.iter().map(|name| name.as_str().unwrap()).collect();
    assert!(names.is_sorted_by(|one, next| one < next));
    assert_eq!(names.len(), 2_000);
    let one_more = tenant.client.send(
        reqwest::Method::PUT,
        "/event-types/b.one",
        Some(("application/json", "{}".into())),
    );
    assert_eq!(one_more.await.status, 422);
}
