//! A retry waits in JetStream, not in the process: seen from outside, and by ending the process. What JetStream loses
//! the ledger brings back.

use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use futures_util::TryStreamExt as _;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::wait;
use crate::support::{Receiver, app, app_with};

/// The schedule of a delivery, if there is one.
async fn schedule(app: &TestApp, endpoint: &Endpoint, delivery: &str) -> Option<StreamMessage> {
    let shard = endpoint.shard();
    let stream = app.jetstream().get_stream(format!("DELIVERIES_{shard}")).await.unwrap();
    stream.get_last_raw_message_by_subject(&format!("retry.{shard}.{}.{delivery}", endpoint.id)).await.ok()
}

/// Deliveries that a consumer handed out and nobody acknowledged.
async fn unacknowledged(app: &TestApp, endpoint: &Endpoint) -> usize {
    let stream = app.jetstream().get_stream(format!("DELIVERIES_{}", endpoint.shard())).await.unwrap();
    let consumers: Vec<_> = stream.consumers().try_collect().await.unwrap();
    assert_eq!(consumers.len(), 1, "{consumers:#?}");
    assert!(consumers[0].config.durable_name.is_some());
    consumers[0].num_ack_pending
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
    let target = format!("deliver.{}.{}", endpoint.shard(), endpoint.id);
    assert_eq!(header("Nats-Schedule-Target"), Some(target));
    // Nothing else holds it: its first message is acknowledged and gone.
    let look = async || (unacknowledged(&app, &endpoint).await, app.queued().await);
    wait::until("nothing but the schedule", look, |left| *left == (0, 1)).await;
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
    let stream = app.jetstream().get_stream(format!("DELIVERIES_{}", endpoint.shard())).await.unwrap();
    stream.purge().await.unwrap();
    let requests = receiver.wait_for(2).await;
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
    let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(delivered["attemptCount"], 2);
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 2);
}
