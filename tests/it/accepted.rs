//! Accepted events for others to read from NATS: what the ledger has, and what was left out comes later.

use async_nats::jetstream::consumer::pull;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::receiver::Request;
use crate::support::{Receiver, app, app_with, wait};

/// Reads so many of the stream with a consumer of its own: by subject and body.
async fn read(app: &TestApp, count: usize) -> Vec<(String, Value)> {
    let stream = wait::until(
        "the stream",
        async || app.jetstream().get_stream("ACCEPTED").await.ok(),
        Option::is_some,
    );
    let consumer = stream.await.unwrap().create_consumer(pull::Config::default()).await.unwrap();
    let messages = consumer.messages().await.unwrap().take(count);
    let one = |message: Result<async_nats::jetstream::Message, _>| {
        let message = message.unwrap();
        (message.subject.to_string(), serde_json::from_slice(&message.payload).unwrap())
    };
    let all = tokio::time::timeout(wait::PATIENCE, messages.map(one).collect());
    all.await.expect("they are there")
}

#[tokio::test]
async fn several_read_what_was_accepted_each_for_itself() {
    let app = app_with(&[("HOOKYARD__BUS__PUBLISH_ACCEPTED", "true")]).await;
    let receiver = Receiver::start().await;
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let event = json!({"event": "order.paid", "eventId": "order-1", "data": {"n": 1}});
    for _ in 0..2 {
        tenant.client.post("/events", &event).await.expect(202);
    }
    app.nats_client().publish("events.acme.order.sent", "2".into()).await.unwrap();
    receiver.wait_for(2).await;
    let mut sent: Vec<_> = receiver.requests().iter().map(Request::json).collect();
    sent.sort_by_key(|body| body["event"].to_string());
    for _ in 0..2 {
        let mut found = read(&app, 2).await;
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let subjects = ["accepted.acme.order.paid", "accepted.acme.order.sent"].map(str::to_owned);
        let expected: Vec<_> = subjects.into_iter().zip(sent.iter().cloned()).collect();
        assert_eq!(found, expected);
    }
    app.settled(&tenant).await;
    let mut stream = app.jetstream().get_stream("ACCEPTED").await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.messages, 2);
}

#[tokio::test]
async fn what_was_left_out_is_found_in_the_ledger_once() {
    let app = app_with(&[("HOOKYARD__BUS__PUBLISH_ACCEPTED", "true")]).await;
    let tenant = app.tenant("acme").await;
    let pool = app.pool().await;
    tenant.publish("order.paid", &json!(1)).await;
    assert_eq!(read(&app, 1).await.len(), 1);
    // A node of before took these in, and ended.
    let earlier = "insert into events (id, tenant, type, occurred_at, source, data)
        select uuid_at(now() - interval '2 minutes' + n * interval '1 second'), 'acme', 'order.n' || n, now(), 0, n::text::bytea
        from generate_series(1, 3) n";
    for sql in ["update accepted_bus set published = '00000000-0000-0000-0000-000000000000'", earlier] {
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    let found = read(&app, 4).await;
    let mut data: Vec<_> = found.iter().map(|(_, body)| body["data"].clone()).collect();
    data.sort_by_key(Value::to_string);
    assert_eq!(data, [json!(1), json!(1), json!(2), json!(3)]);
    // They are not published a second time.
    let noted = async || {
        let noted = sqlx::query_scalar(
            "select published = (select id from events where type = 'order.n3') from accepted_bus",
        );
        noted.fetch_one(&pool).await.unwrap()
    };
    wait::until("the ledger to know", noted, |noted: &bool| *noted).await;
    let mut stream = app.jetstream().get_stream("ACCEPTED").await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.messages, 4);
}

#[tokio::test]
async fn nobody_who_does_not_ask_for_it_has_the_stream() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    tenant.publish("order.paid", &json!(1)).await;
    receiver.wait_for(1).await;
    app.settled(&tenant).await;
    assert!(app.jetstream().get_stream("ACCEPTED").await.is_err());
}
