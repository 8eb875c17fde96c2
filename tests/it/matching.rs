//! Who gets what: fan-out, patterns, endpoints made a moment ago, and events that nobody wants.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::tenant::text;
use crate::support::{Receiver, app};

#[tokio::test]
async fn one_event_reaches_a_hundred_endpoints() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    for n in 0..100 {
        tenant.endpoint(&receiver.url_of(&format!("/{n}")), &["order.paid"]).await;
    }
    let event = tenant.publish("order.paid", &json!({"order": 1})).await;
    receiver.wait_for(100).await;
    app.settled(&tenant).await;
    let requests = receiver.requests();
    let paths: HashSet<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    let ids: HashSet<&str> = requests.iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!((requests.len(), paths.len(), ids.len()), (100, 100, 100));
    let shown = tenant.client.get(&format!("/events/{event}")).await.expect(200);
    assert_eq!(shown["deliveryCount"], 100);
    let delivered = tenant.deliveries("status=success").await;
    assert_eq!(delivered.len(), 100);
    assert!(delivered.iter().all(|delivery| delivery["eventId"] == event.as_str()));
}

#[tokio::test]
async fn patterns_match_token_by_token() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let patterns = [
        ("/exact", &["order.paid"][..]),
        ("/one", &["order.*"]),
        ("/middle", &["order.*.eu"]),
        ("/rest", &["order.>"]),
        ("/all", &[">"]),
        ("/short", &["github.pr.*"]),
        ("/long", &["github.pull_request.*"]),
        ("/several", &["order.*", "order.paid", ">"]),
    ];
    for (path, patterns) in patterns {
        tenant.endpoint(&receiver.url_of(path), patterns).await;
    }
    let expected = [
        ("order", &["/all", "/several"][..]),
        ("order.paid", &["/all", "/exact", "/one", "/rest", "/several"]),
        ("order.refunded", &["/all", "/one", "/rest", "/several"]),
        ("order.paid.eu", &["/all", "/middle", "/rest", "/several"]),
        ("Order.paid", &["/all", "/several"]),
        ("github.pull_request.opened", &["/all", "/long", "/several", "/short"]),
        ("github.pr.opened", &["/all", "/several"]),
    ];
    for (event, _) in expected {
        tenant.publish(event, &json!({})).await;
    }
    app.settled(&tenant).await;
    for (event, paths) in expected {
        let of_it = receiver.requests().into_iter().filter(|request| request.json()["event"] == event);
        let mut got: Vec<String> = of_it.map(|request| request.path).collect();
        got.sort();
        assert_eq!(got, paths, "{event}");
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_delivered() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (one, other) = (app.tenant("one").await, app.tenant("other").await);
    one.endpoint(&receiver.url_of("/one"), &[">"]).await;
    other.endpoint(&receiver.url_of("/other"), &[">"]).await;
    one.publish("order.paid", &json!({"of": "one"})).await;
    app.settled(&one).await;
    let requests = receiver.requests();
    assert_eq!(requests.iter().map(|request| request.path.as_str()).collect::<Vec<_>>(), ["/one"]);
    assert_eq!(other.deliveries("").await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_endpoint_just_made_gets_the_very_next_event() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut wanted = HashSet::new();
    for n in 0..50 {
        let path = format!("/{n}");
        tenant.endpoint(&receiver.url_of(&path), &[&format!("turn.{n}")]).await;
        let event = tenant.publish(&format!("turn.{n}"), &json!(n)).await;
        wanted.insert((path, event));
    }
    let requests = receiver.wait_for(50).await;
    let got: HashSet<(String, String)> = requests
        .into_iter()
        .map(|request| (request.path.clone(), text(&request.json()["eventId"])))
        .collect();
    assert_eq!(got, wanted);
}

#[tokio::test]
async fn an_event_that_nobody_wants_is_kept_and_counted() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    let event = tenant.publish("order.lost", &json!({"kept": true})).await;
    let shown = tenant.client.get(&format!("/events/{event}")).await.expect(200);
    assert_eq!((&shown["event"], &shown["data"]), (&json!("order.lost"), &json!({"kept": true})));
    assert_eq!((&shown["deliveries"], &shown["deliveryCount"]), (&json!([]), &json!(0)));
    let listed = tenant.client.get("/events?event=order.*").await.expect(200);
    assert_eq!(listed["items"][0]["eventId"], event.as_str());
    // Whoever subscribes later gets what comes later.
    tenant.publish("order.paid", &json!({})).await;
    receiver.wait_for(1).await;
    assert_eq!(app.counter("hookyard_events_unmatched_total").await, 1);
    assert_eq!(app.counter("hookyard_events_accepted_total").await, 2);
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 1);
}
