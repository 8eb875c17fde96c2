//! Accepted events, read from NATS by a program of somebody else.

use serde_json::json;

use super::{Language, Needs};
use crate::support::app_with;
use crate::support::running::Running;
use crate::support::wait;

#[tokio::test]
async fn in_python() {
    let program = async || Language::Python.program("consumers", "accepted", Needs::Packages).await;
    if program().await.is_none() {
        return;
    }
    let app = app_with(&[("HOOKYARD__BUS__PUBLISH_ACCEPTED", "true")]).await;
    let tenant = app.tenant("acme").await;
    let one = tenant.publish("order.paid", &json!({"id": 42})).await;
    let look = async || app.jetstream().get_stream("ACCEPTED").await.ok();
    let mut stream = wait::until("the stream", look, Option::is_some).await.unwrap();
    let read = async || {
        let mut command = program().await.unwrap();
        command.args(["books", "accepted.acme.order.>"]).env("NATS_URL", app.nats.url());
        Running::start(command)
    };
    let mut reading = read().await;
    assert_eq!(reading.until("order.paid").await, format!(r#"order.paid  {one}  {{"id": 42}}"#));
    // What is acknowledged does not come again.
    let look = async || {
        let consumer = stream.consumer_info("books").await.unwrap();
        (consumer.ack_floor.stream_sequence, consumer.num_ack_pending)
    };
    wait::until("its acknowledgement", look, |state| *state == (1, 0)).await;
    drop(reading);
    tenant.publish("meal.cooked", &json!({})).await;
    let two = tenant.publish("order.sent", &json!({"id": 43})).await;
    let mut reading = read().await;
    assert_eq!(reading.until("order.").await, format!(r#"order.sent  {two}  {{"id": 43}}"#));
    assert_eq!(stream.info().await.unwrap().state.messages, 3);
    assert_eq!((reading.count("order.paid"), reading.count("meal.cooked")), (0, 0));
}
