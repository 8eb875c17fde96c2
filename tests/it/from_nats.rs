//! Events published to NATS: by JetStream producers and by core publishers, with ids, and what cannot be mapped.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::app::{TestApp, publish};
use crate::support::tenant::text;
use crate::support::wait;
use crate::support::{Receiver, app, app_with};

async fn unroutable(app: &TestApp) -> Vec<Value> {
    app.operator().get("/unroutable").await.expect(200)["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn jetstream_and_core_publishers_are_heard() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["sensor.>"]).await;
    publish(&app, "events.acme.sensor.hot", &[], r#"{"by": "jetstream"}"#).await;
    let client = app.nats_client();
    client.publish("events.acme.sensor.cold", r#"{"by": "core"}"#.into()).await.unwrap();
    client.flush().await.unwrap();
    let requests = receiver.wait_for(2).await;
    let mut got: Vec<(String, Value)> = requests
        .iter()
        .map(|request| (request.header("x-webhook-event").to_owned(), request.json()["data"].clone()))
        .collect();
    got.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [("sensor.cold", json!({"by": "core"})), ("sensor.hot", json!({"by": "jetstream"}))];
    assert_eq!(got, expected.map(|(event, data)| (event.to_owned(), data)));
    app.settled(&tenant).await;
    let event = text(&requests[0].json()["eventId"]);
    let shown = tenant.client.get(&format!("/events/{event}")).await.expect(200);
    assert_eq!(shown["source"], "nats");
    assert_eq!(tenant.delivery_of(&event, &endpoint).await["status"], "success");
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn ids_and_times_come_in_headers_and_repeats_are_noticed() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    let headers =
        [("Hookyard-Event-Id", "order-42"), ("Hookyard-Timestamp", "2026-01-02T03:04:05.678+01:00")];
    publish(&app, "events.acme.order.paid", &headers, "1").await;
    publish(&app, "events.acme.order.paid", &headers, "2").await;
    let request = receiver.wait_for(1).await.remove(0);
    let expected = json!({"event": "order.paid", "timestamp": "2026-01-02T02:04:05.678Z", "eventId": "order-42", "data": 1});
    assert_eq!(request.json(), expected);
    // HTTP knows the same ids.
    let again = json!({"event": "order.paid", "eventId": "order-42", "data": 3});
    assert_eq!(tenant.client.post("/events", &again).await.expect(202)["duplicate"], true);
    // Without an id, the same bytes are two events.
    publish(&app, "events.acme.order.paid", &[], "4").await;
    publish(&app, "events.acme.order.paid", &[], "4").await;
    receiver.wait_for(3).await;
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().iter().filter(|request| request.json()["data"] == 4).count(), 2);
    assert_eq!(receiver.requests().len(), 3);
}

/// Subject, headers, payload, and a part of the reason.
type Bad<'a> = (&'a str, &'a [(&'static str, &'a str)], &'static [u8], &'a str);

#[tokio::test]
async fn what_cannot_be_mapped_is_kept_with_its_reason() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let long = format!("events.acme.{}", "x".repeat(201));
    let bad: [Bad<'_>; 10] = [
        ("events.acme.bad.json", &[], b"{\"a\":", "not JSON"),
        ("events.acme.bad.utf8", &[], b"\"\xff\"", "not UTF-8"),
        ("events.acme.empty", &[], b"", "not JSON"),
        ("events.nobody.order.paid", &[], b"1", "no tenant nobody"),
        ("events.acme", &[], b"1", "not events.<tenant>.<event type>"),
        (&long, &[], b"1", "characters"),
        ("events.acme.bad.id", &[("Hookyard-Event-Id", "größe")], b"1", "Hookyard-Event-Id"),
        ("events.acme.bad.time", &[("Hookyard-Timestamp", "now")], b"1", "Hookyard-Timestamp"),
        ("events.acme.bad.channels", &[("Hookyard-Channels", "emea,,vip")], b"1", "Hookyard-Channels"),
        // Of the year 10000 in UTC.
        (
            "events.acme.late.time",
            &[("Hookyard-Timestamp", "9999-12-31T23:59:59-01:00")],
            b"1",
            "Hookyard-Timestamp",
        ),
    ];
    for (subject, headers, payload, _) in bad {
        publish(&app, subject, headers, payload).await;
    }
    publish(&app, "events.acme.good", &[], "1").await;
    let kept =
        wait::until("10 unroutable messages", async || unroutable(&app).await, |kept| kept.len() == 10).await;
    for (subject, _, payload, reason) in bad {
        let found = kept
            .iter()
            .find(|kept| kept["subject"] == subject)
            .unwrap_or_else(|| panic!("{subject} in {kept:#?}"));
        assert!(text(&found["reason"]).contains(reason), "{found:#}");
        assert_eq!(found["payload"], String::from_utf8_lossy(payload).as_ref());
        assert_eq!(found["source"], "nats");
    }
    // The good one behind them came through, and nothing else.
    receiver.wait_for(1).await;
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 1);
    // A tenant sees its own; what is of no tenant, the operator alone.
    let own = tenant.client.get("/unroutable").await.expect(200);
    assert_eq!(own["items"].as_array().map(Vec::len), Some(9));
}

#[tokio::test]
async fn a_burst_from_nats_arrives_whole() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["burst"]).await;
    let client = app.nats_client();
    for n in 0..300 {
        client.publish("events.acme.burst", n.to_string().into()).await.unwrap();
    }
    client.flush().await.unwrap();
    receiver.wait_for(300).await;
    app.settled(&tenant).await;
    let mut got: Vec<u64> =
        receiver.requests().iter().filter_map(|request| request.json()["data"].as_u64()).collect();
    got.sort_unstable();
    assert_eq!(got, (0..300).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_tenant_that_cannot_be_looked_up_is_not_taken_for_none() {
    let app = app().await;
    let pool = app.pool().await;
    // The tenant is there, and nobody can read so: all but the versions can be read and written.
    for sql in [
        "alter table subscriptions_version rename to aside",
        "insert into tenants (id, name, version) select 'late', 'Late', version + 1 from aside",
        "update aside set version = version + 1",
    ] {
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    publish(&app, "events.late.order.paid", &[], "1").await;
    let stream = app.jetstream().get_stream("EVENTS").await.unwrap();
    // Its consumer may not have been made yet.
    let handed_out = async || Some(stream.consumer_info("intake").await.ok()?.delivered.consumer_sequence);
    wait::until("it to be handed out", handed_out, |times| *times >= Some(1)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    sqlx::query("alter table aside rename to subscriptions_version").execute(&pool).await.unwrap();
    let late = app.operator().with_header("x-tenant-id", "late".to_owned());
    let events = async || late.get("/events").await.json()["items"].as_array().map(Vec::len);
    wait::until("the event", events, |found| *found == Some(1)).await;
    assert_eq!(unroutable(&app).await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_order_of_the_stream_outlasts_a_ledger_that_is_away() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint_with(&receiver.url(), &["burst"], &json!({"ordered": true})).await;
    let client = app.nats_client();
    let publish = async |numbers: std::ops::Range<u64>| {
        for n in numbers {
            client.publish("events.acme.burst", n.to_string().into()).await.unwrap();
            client.flush().await.unwrap();
        }
    };
    publish(0..5).await;
    receiver.wait_for(5).await;
    app.settled(&tenant).await;
    app.postgres.stop().await.unwrap();
    publish(5..25).await;
    // Away for as long as a publish waits for it.
    let refused = tenant.client.post("/events", &json!({"event": "other", "data": 1})).await;
    assert_eq!(refused.problem().0, 503, "{}", refused.text());
    publish(25..50).await;
    app.postgres.restart().await.unwrap();
    publish(50..100).await;
    receiver.wait_for(100).await;
    app.settled(&tenant).await;
    let got: Vec<u64> = receiver.requests().iter().filter_map(|one| one.json()["data"].as_u64()).collect();
    assert_eq!(got, (0..100).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_message_too_large_is_kept_and_one_that_cannot_be_is_ended() {
    let app = app_with(&[("HOOKYARD__SERVER__PUBLISH_BODY_MAX_BYTES", "1024")]).await;
    app.tenant("acme").await;
    // No column of Postgres holds this subject.
    publish(&app, "events.acme.a\0b", &[], "1").await;
    publish(&app, "events.acme.large", &[], format!("\"{}\"", "x".repeat(1024))).await;
    let kept = wait::until("one to be kept", async || unroutable(&app).await, |kept| kept.len() == 1).await;
    assert!(text(&kept[0]["reason"]).contains("1026 bytes"), "{kept:#?}");
    let stream = app.jetstream().get_stream("EVENTS").await.unwrap();
    let open = async || stream.consumer_info("intake").await.unwrap().num_ack_pending;
    wait::until("nothing to be open", open, |open| *open == 0).await;
}
