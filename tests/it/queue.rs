//! A retry waits in JetStream, not in the process: seen from outside, and by ending the process. What JetStream loses
//! the ledger brings back.

use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::Config;
use futures_util::TryStreamExt as _;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::wait;
use crate::support::{Receiver, app, app_with};

/// The schedule of a delivery, if there is one.
async fn schedule(app: &TestApp, endpoint: &Endpoint, delivery: &str) -> Option<StreamMessage> {
    let shard = endpoint.shard();
    let stream = app.jetstream().get_stream("RETRIES").await.unwrap();
    stream.get_last_raw_message_by_subject(&format!("retry.{shard}.{}.{delivery}", endpoint.id)).await.ok()
}

/// Deliveries that a consumer handed out and nobody acknowledged.
async fn unacknowledged(app: &TestApp, endpoint: &Endpoint) -> usize {
    let mut unacknowledged = 0;
    for (stream, shards) in [(format!("DELIVERIES_{}", endpoint.shard()), 1), ("RETRIES".to_owned(), 4)] {
        let stream = app.jetstream().get_stream(stream).await.unwrap();
        let consumers: Vec<_> = stream.consumers().try_collect().await.unwrap();
        assert_eq!(consumers.len(), shards, "{consumers:#?}");
        assert!(consumers.iter().all(|consumer| consumer.config.durable_name.is_some()));
        unacknowledged += consumers.iter().map(|consumer| consumer.num_ack_pending).sum::<usize>();
    }
    unacknowledged
}

async fn failing(tenant: &Tenant, receiver: &Receiver, wait: &str) -> Endpoint {
    receiver.answer([500]);
    let settings = json!({"maxRetries": 1, "retrySchedule": ["0s", wait]});
    tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await
}

#[tokio::test]
async fn a_retry_waits_as_a_schedule_of_the_server() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = failing(&tenant, &receiver, "1h").await;
    let event = tenant.publish("order.paid", &json!({})).await;
    let delivery = tenant.delivery_when(&event, &endpoint, "retrying").await;
    let id = text(&delivery["id"]);
    let look = async || schedule(&app, &endpoint, &id).await;
    let message = wait::until("a schedule", look, Option::is_some).await.unwrap();
    let header = |name: &str| message.headers.get(name).map(ToString::to_string);
    assert_eq!(header("Nats-Schedule"), Some(format!("@at {}", text(&delivery["nextAttemptAt"]))));
    let target = format!("again.{}.{}", endpoint.shard(), endpoint.id);
    assert_eq!(header("Nats-Schedule-Target"), Some(target));
    // One that the server never fires is gone some day, too.
    assert_eq!(header("Nats-TTL").as_deref(), Some("360h"));
    // Nothing else holds it: its first message is acknowledged and gone.
    let look = async || (unacknowledged(&app, &endpoint).await, app.queued().await);
    wait::until("nothing but the schedule", look, |left| *left == (0, 1)).await;
}

#[tokio::test]
async fn a_forged_reference_brings_no_tenant_the_event_of_another() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let (mine, theirs) = (app.tenant("acme").await, app.tenant("rival").await);
    let endpoint = theirs.endpoint(&receiver.url(), &["order.paid"]).await;
    // Of one that changed lately, and after a start for a while, the ledger is asked about everything.
    let pool = app.pool().await;
    for table in ["endpoints", "tenants"] {
        let earlier = format!("update {table} set updated_at = now() - interval '1 hour'");
        sqlx::query(sqlx::AssertSqlSafe(earlier)).execute(&pool).await.unwrap();
    }
    app.restart().await;
    let (mine, theirs) = (app.again(&mine), app.again(&theirs));
    let event = mine.publish("order.paid", &json!({"secret": 1})).await;
    let id = mine.client.get(&format!("/events/{event}")).await.expect(200)["id"].clone();
    let forged = json!({"event": id, "position": i64::MAX, "number": 1}).to_string();
    let subject = format!("deliver.{}.{}", endpoint.shard(), endpoint.id);
    app.jetstream().publish(subject, forged.into()).await.unwrap().await.unwrap();
    let look = async || (unacknowledged(&app, &endpoint).await, app.queued().await);
    wait::until("the forged one to be done with", look, |left| *left == (0, 0)).await;
    let own = theirs.publish("order.paid", &json!({})).await;
    theirs.delivery_when(&own, &endpoint, "success").await;
    let received: Vec<String> =
        receiver.requests().iter().map(|request| text(&request.json()["eventId"])).collect();
    assert_eq!(received, [own]);
}

#[tokio::test]
async fn a_retry_comes_though_the_service_was_stopped_meanwhile() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = failing(&tenant, &receiver, "5s").await;
    let event = tenant.publish("order.paid", &json!({})).await;
    let delivery = tenant.delivery_when(&event, &endpoint, "retrying").await;
    let id = text(&delivery["id"]);
    app.restart().await;
    assert!(schedule(&app, &endpoint, &id).await.is_some());
    // The auditor has no part in it: it is the queue that brings it.
    let requests = receiver.wait_for(2).await;
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(5));
    let tenant = app.again(&tenant);
    tenant.delivery_when(&event, &endpoint, "success").await;
    app.settled_by_itself(&tenant).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn a_retry_comes_though_the_service_was_killed_meanwhile() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = failing(&tenant, &receiver, "5s").await;
    let event = tenant.publish("order.paid", &json!({})).await;
    let delivery = tenant.delivery_when(&event, &endpoint, "retrying").await;
    let id = text(&delivery["id"]);
    wait::until("a schedule", async || schedule(&app, &endpoint, &id).await, Option::is_some).await;
    app.kill();
    app.start().await;
    assert!(schedule(&app, &endpoint, &id).await.is_some());
    let requests = receiver.wait_for(2).await;
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(5));
    let tenant = app.again(&tenant);
    tenant.delivery_when(&event, &endpoint, "success").await;
    app.settled_by_itself(&tenant).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn a_schedule_that_is_lost_is_brought_by_the_ledger() {
    let settings = [("HOOKYARD__AUDIT__GRACE", "1s")];
    let (app, receiver) = (app_with(&settings).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = failing(&tenant, &receiver, "1s").await;
    let event = tenant.publish("order.paid", &json!({})).await;
    let delivery = tenant.delivery_when(&event, &endpoint, "retrying").await;
    let id = text(&delivery["id"]);
    wait::until("a schedule", async || schedule(&app, &endpoint, &id).await, Option::is_some).await;
    let stream = app.jetstream().get_stream("RETRIES").await.unwrap();
    stream.purge().await.unwrap();
    let requests = receiver.wait_for(2).await;
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
    let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(delivered["attemptCount"], 2);
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn what_is_configured_of_the_queue_holds_from_the_next_start_on() {
    let mut app = app().await;
    let jetstream = app.jetstream();
    let window =
        async |name: &str| Some(jetstream.get_stream(name).await.ok()?.cached_info().config.duplicate_window);
    let acknowledged_within = async || {
        let events = jetstream.get_stream("EVENTS").await.ok()?;
        Some(events.consumer_info("intake").await.ok()?.config.ack_wait)
    };
    // Streams and consumer are made beside the start: what changes them later has to find them.
    let all = async || (window("DELIVERIES_0").await, window("EVENTS").await, acknowledged_within().await);
    let made = wait::until("streams and consumer", all, |(deliveries, events, consumer)| {
        deliveries.is_some() && events.is_some() && consumer.is_some()
    });
    let [window_changed, wait_changed] = [90, 45].map(|seconds| Some(Duration::from_secs(seconds)));
    assert_ne!(made.await, (window_changed, window_changed, wait_changed));
    let settings = [("HOOKYARD__QUEUE__DEDUPE_WINDOW", "90s"), ("HOOKYARD__QUEUE__ACK_WAIT", "45s")];
    app.restart_with(&settings).await;
    let changed = (window_changed, window_changed, wait_changed);
    wait::until("what is configured now", all, |found| *found == changed).await;
    // What a single server cannot do is said, and is no reason not to start.
    app.restart_with(&[("HOOKYARD__NATS__REPLICAS", "3")]).await;
    assert_eq!(app.operator().get("/tenants").await.status, 200);
}

#[tokio::test]
async fn what_a_version_before_had_scheduled_is_brought_by_its_stream() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = failing(&tenant, &receiver, "5s").await;
    let event = tenant.publish("order.paid", &json!({})).await;
    let delivery = tenant.delivery_when(&event, &endpoint, "retrying").await;
    let look = async || schedule(&app, &endpoint, &text(&delivery["id"])).await;
    let message = wait::until("a schedule", look, Option::is_some).await.unwrap();
    app.kill();
    // As it was: schedules in the stream of their shard, with what is new.
    let (jetstream, shard) = (app.jetstream(), endpoint.shard());
    jetstream.delete_stream("RETRIES").await.unwrap();
    let mut stream = jetstream.get_stream(format!("DELIVERIES_{shard}")).await.unwrap();
    let subjects = vec![format!("deliver.{shard}.>"), format!("retry.{shard}.>")];
    let config = Config { subjects, ..stream.cached_info().config.clone() };
    jetstream.update_stream(config).await.unwrap();
    let mut headers = message.headers.clone();
    headers.insert("Nats-Schedule-Target", format!("deliver.{shard}.{}", endpoint.id));
    let published = jetstream.publish_with_headers(message.subject, headers, message.payload).await.unwrap();
    published.await.unwrap();

    app.start().await;
    let requests = receiver.wait_for(2).await;
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(5));
    let tenant = app.again(&tenant);
    tenant.delivery_when(&event, &endpoint, "success").await;
    app.settled_by_itself(&tenant).await;
    let subjects = &stream.info().await.unwrap().config.subjects;
    assert_eq!(subjects[..], [format!("deliver.{shard}.>")]);
}
