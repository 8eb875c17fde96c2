//! A batch of events: all of it, or nothing.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::Answer;
use crate::support::tenant::Tenant;
use crate::support::{Receiver, app};

async fn lines(tenant: &Tenant, body: &str) -> Answer {
    let body = Some(("application/x-ndjson", Bytes::from(body.to_owned())));
    tenant.client.send(Method::POST, "/events/batch", body).await
}

async fn events(tenant: &Tenant) -> usize {
    tenant.client.get("/events?limit=250").await.expect(200)["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_list_and_lines_are_taken_in_their_order() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["n.>"]).await;
    let event = |n: usize| json!({"event": format!("n.{n}"), "eventId": format!("e{n}"), "data": n});
    let list: Vec<Value> = (0..3).map(event).collect();
    let ids = |receipts: &Value| -> Vec<Value> {
        receipts["items"].as_array().unwrap().iter().map(|receipt| receipt["eventId"].clone()).collect()
    };
    let receipts = tenant.client.post("/events/batch", &json!(list)).await.expect(202);
    assert_eq!(ids(&receipts), ["e0", "e1", "e2"]);
    let receipts = lines(&tenant, &format!("{}\r\n\n{}\n", event(3), event(4))).await.expect(202);
    assert_eq!(ids(&receipts), ["e3", "e4"]);
    app.settled(&tenant).await;
    let mut got: Vec<u64> =
        receiver.requests().iter().filter_map(|request| request.json()["data"].as_u64()).collect();
    got.sort_unstable();
    assert_eq!(got, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn one_bad_event_and_nothing_is_taken() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let invalid = |pointers: &[&str]| {
        (422, "invalid-request".to_owned(), pointers.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let batch = json!([{"event": "a", "data": 1}, {"event": "b..c", "data": 1}, 7, {"event": "d", "x": 1}]);
    let refused = tenant.client.post("/events/batch", &batch).await.problem();
    assert_eq!(refused, invalid(&["/1/event", "/2", "/3/data", "/3/x"]));
    let good = r#"{"event":"a","data":1}"#;
    let refused = lines(&tenant, &format!("{good}\n{{\"event\":\"\",\"data\":1}}\n")).await.problem();
    assert_eq!(refused, invalid(&["/1/event"]));
    let refused = lines(&tenant, &format!("{good}\n{{\"event\":\n")).await;
    assert_eq!(refused.problem(), (400, "malformed-json".to_owned(), Vec::new()));
    assert!(refused.json()["detail"].as_str().unwrap().starts_with("line 2,"), "{}", refused.text());
    for odd in [json!([]), json!({}), json!("a"), json!(vec![json!({"event": "a", "data": 1}); 1001])] {
        assert_eq!(tenant.client.post("/events/batch", &odd).await.problem(), invalid(&[""]));
    }
    assert_eq!(events(&tenant).await, 0);
    let thousand = json!(vec![json!({"event": "a", "data": 1}); 1000]);
    let receipts = tenant.client.post("/events/batch", &thousand).await.expect(202);
    assert_eq!(receipts["items"].as_array().map(Vec::len), Some(1000));
    receiver.wait_for(1000).await;
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 1000);
}

/// What one commit owes, in many messages of many deliveries.
#[tokio::test]
async fn a_batch_that_owes_thousands_is_delivered() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    for _ in 0..5 {
        tenant.endpoint(&receiver.url(), &["order.>"]).await;
    }
    tenant.publish_many("order.paid", 1000).await;
    receiver.wait_for(5000).await;
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 5000);
}
