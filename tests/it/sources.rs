//! Other people's subjects of NATS: published plainly, or in a stream of theirs, their messages become events.

use async_nats::jetstream::stream;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::tenant::text;
use crate::support::{Receiver, app_with, wait};

async fn unroutable(app: &TestApp) -> Vec<Value> {
    app.operator().get("/unroutable").await.expect(200)["items"].as_array().cloned().unwrap_or_default()
}

fn received(receiver: &Receiver) -> Vec<(String, Value)> {
    let one = |event: Value| (text(&event["event"]), event["data"].clone());
    let mut all: Vec<_> = receiver.requests().iter().map(|request| one(request.json())).collect();
    all.sort_by_key(|(event, data)| (event.clone(), data.to_string()));
    all
}

#[tokio::test]
async fn what_is_published_plainly_is_mapped_and_what_cannot_be_is_kept() {
    let sources = json!([
        {"name": "kumomta", "subject": "kumomta.event.*", "kind": "core", "tenant": "pointer:/account",
         "type": "token:3", "type_prefix": "mail.", "event_id": "pointer:/id", "timestamp": "pointer:/at"},
        {"name": "tracking", "subject": "tracking.>", "kind": "core", "tenant": "token:2", "type": "token:3.."},
    ]);
    let (app, receiver) =
        (app_with(&[("HOOKYARD__SOURCES", &sources.to_string())]).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let client = app.nats_client();
    let send = async |subject: &'static str, payload: Value| {
        client.publish(subject, payload.to_string().into()).await.unwrap();
        client.flush().await.unwrap();
    };
    // EVENTS takes the subjects in as soon as it is there.
    let taken_in = async || {
        let events = app.jetstream().get_stream("EVENTS").await.ok()?;
        Some(events.cached_info().config.subjects.clone())
    };
    let subjects = ["events.>", "kumomta.event.*", "tracking.>"].map(str::to_owned).to_vec();
    wait::until("EVENTS with the subjects", taken_in, |found| *found == Some(subjects.clone())).await;
    let bounced = json!({"account": "acme", "id": "m-1", "at": "2026-01-02T03:04:05Z"});
    for _ in 0..2 {
        send("kumomta.event.bounced", bounced.clone()).await;
    }
    send("tracking.acme.link.clicked", json!({"n": 1})).await;
    send("kumomta.event.lost", json!({"account": "acme"})).await;
    send("kumomta.event.lost", json!({"account": "nobody", "id": "m-2", "at": "2026-01-02T03:04:05Z"})).await;
    send("events.acme.order.paid", json!(3)).await;
    receiver.wait_for(3).await;
    let kept = wait::until("what is kept", async || unroutable(&app).await, |kept| kept.len() == 2).await;
    app.settled(&tenant).await;
    let expected =
        [("link.clicked", json!({"n": 1})), ("mail.bounced", bounced.clone()), ("order.paid", json!(3))];
    assert_eq!(received(&receiver), expected.map(|(event, data)| (event.to_owned(), data)));
    let event = tenant.client.get("/events/m-1").await.expect(200);
    assert_eq!((&event["timestamp"], &event["source"]), (&json!("2026-01-02T03:04:05.000Z"), &json!("nats")));
    let reasons: Vec<_> = kept.iter().map(|kept| (kept["tenantId"].clone(), text(&kept["reason"]))).collect();
    let missing = "event_id: there is no text and no number at /id of the payload".to_owned();
    assert!(reasons.contains(&(json!("acme"), missing)), "{reasons:?}");
    assert!(reasons.contains(&(Value::Null, "no tenant nobody".to_owned())), "{reasons:?}");
    assert_eq!(app.counter("hookyard_events_unroutable_total").await, 2);
}

#[tokio::test]
async fn a_stream_of_others_is_read_once_and_left_to_them() {
    let sources = json!([{"name": "mail", "subject": "mail.sent.>", "kind": "stream", "stream": "MAIL",
        "tenant": "header:Account", "type": "token:2.."}]);
    let (mut app, receiver) =
        (app_with(&[("HOOKYARD__SOURCES", &sources.to_string())]).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let publish = async |app: &TestApp, subject: &'static str, n: u64| {
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Account", "acme");
        let sent = app.jetstream().publish_with_headers(subject, headers, n.to_string().into()).await;
        sent.unwrap().await.unwrap();
    };
    // It comes later than the node that is to read it.
    let subjects = vec!["mail.>".to_owned()];
    let config = stream::Config { name: "MAIL".to_owned(), subjects, ..stream::Config::default() };
    let mut mail = app.jetstream().create_stream(config).await.unwrap();
    for n in 0..10 {
        publish(&app, "mail.sent.now", n).await;
    }
    publish(&app, "mail.received", 100).await;
    receiver.wait_for(10).await;
    app.restart().await;
    let tenant = app.again(&tenant);
    for n in 10..20 {
        publish(&app, "mail.sent.now", n).await;
    }
    receiver.wait_for(20).await;
    app.settled(&tenant).await;
    let mut numbers: Vec<_> =
        receiver.requests().iter().filter_map(|one| one.json()["data"].as_u64()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<u64>>());
    // All of it is still theirs.
    assert_eq!(mail.info().await.unwrap().state.messages, 21);
    let consumer = mail.consumer_info("hookyard_mail").await.unwrap();
    assert_eq!((consumer.num_ack_pending, consumer.num_pending), (0, 0));
}
