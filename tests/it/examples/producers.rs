//! What producers publish arrives once, however often they publish it, and they go on until it is taken.

use std::time::Duration;

use async_nats::jetstream::{self, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use super::{Language, Needs, output};
use crate::support::app::{OPERATOR_KEY, TestApp};
use crate::support::receiver::{Reply, Request};
use crate::support::running::Running;
use crate::support::{Receiver, app, servers};

const DATA: &str = r#"{"id": 42}"#;

async fn by_http(language: Language) -> Option<Command> {
    language.program("producers", "publish_http", Needs::Nothing).await
}

async fn by_nats(language: Language, name: &str) -> Option<Command> {
    language.program("producers", name, Needs::Packages).await
}

/// Each event is published twice and arrives once.
async fn publishes_by_http(language: Language) {
    if by_http(language).await.is_none() {
        return;
    }
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.>"]).await;
    let producer = app.key("acme", "producer").await;
    let publish = async |key: &str, of: Option<&str>| -> Value {
        let mut command = by_http(language).await.unwrap();
        command.args(["order.paid", DATA, "order-42"]);
        command.env("HOOKYARD_URL", app.url()).env("HOOKYARD_KEY", key).env_remove("HOOKYARD_TENANT");
        command.envs(of.map(|tenant| ("HOOKYARD_TENANT", tenant)));
        serde_json::from_str(&output(command).await).expect("the answer")
    };
    let answer = publish(&producer, None).await;
    assert_eq!(answer, json!({"eventId": "order-42", "duplicate": false}));
    // The operator's key belongs to no tenant.
    assert_eq!(publish(OPERATOR_KEY, Some("acme")).await["duplicate"], true);
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (&request.json()["eventId"], &request.json()["data"]),
        (&json!("order-42"), &json!({"id": 42}))
    );
    app.settled(&tenant).await;
    assert_eq!(receiver.count(), 1);
}

/// What is refused for now is asked again, the same each time; what is refused for good is not.
async fn asks_again_by_http(language: Language) {
    let api = Receiver::start().await;
    let run = async || {
        let mut command = by_http(language).await?;
        command.args(["order.paid", DATA, "order-42"]);
        command.env("HOOKYARD_URL", api.url_of("")).env("HOOKYARD_KEY", "hy_any");
        Some(command)
    };
    let Some(command) = run().await else { return };
    api.answer([Reply::from(503), Reply::from(429).with("retry-after", "2"), Reply::from(202).saying("{}")]);
    assert_eq!(output(command).await.trim(), "{}");
    let requests = api.requests();
    let said = |request: &Request| {
        let authorization = request.header("authorization").to_owned();
        (request.method.clone(), request.path.clone(), authorization, request.json())
    };
    let body = json!({"event": "order.paid", "eventId": "order-42", "data": {"id": 42}});
    let expected = (Method::POST, "/api/v1/events".to_owned(), "Bearer hy_any".to_owned(), body);
    assert_eq!(requests.iter().map(said).collect::<Vec<_>>(), vec![expected; 3]);
    assert!(requests[2].at - requests[1].at >= Duration::from_secs(2));

    api.always(422);
    let refused = run().await.unwrap().output().await.unwrap();
    assert!(!refused.status.success());
    assert_eq!(api.count(), 4);
}

async fn nats(app: &TestApp, language: Language, name: &str, tenant: &str, id: &str) -> String {
    let mut command = by_nats(language, name).await.unwrap();
    command.args(["order.paid", DATA, id]);
    command.env("NATS_URL", app.nats.url()).env("HOOKYARD_TENANT", tenant);
    output(command).await
}

async fn publishes_by_nats(language: Language) {
    if by_nats(language, "publish_jetstream").await.is_none() {
        return;
    }
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, other) = (app.tenant("acme").await, app.tenant("other").await);
    for tenant in [&tenant, &other] {
        tenant.endpoint(&receiver.url_of(&format!("/{}", tenant.id)), &["order.>"]).await;
    }
    let publish = async |name, tenant, id| nats(&app, language, name, tenant, id).await;
    let said = publish("publish_jetstream", "acme", "order-42").await;
    assert!(said.starts_with("stored  events.acme.order.paid  order-42  number 1 of EVENTS"), "{said}");
    let said = publish("publish_jetstream", "acme", "order-42").await;
    assert!(said.starts_with("known  events.acme.order.paid  order-42  number 1 of EVENTS"), "{said}");
    // Another tenant may call its own the same.
    let said = publish("publish_jetstream", "other", "order-42").await;
    assert!(said.starts_with("stored  events.other.order.paid  order-42"), "{said}");
    for id in ["order-42", "order-43", "order-43"] {
        let said = publish("publish_core_nats", "acme", id).await;
        assert_eq!(said.trim(), format!("sent  events.acme.order.paid  {id}"));
    }
    receiver.wait_for(3).await;
    // When this arrives, all that was published before it has been read.
    publish("publish_jetstream", "acme", "order-44").await;
    let mut got: Vec<_> = receiver
        .wait_for(4)
        .await
        .iter()
        .map(|request| {
            (request.path.clone(), request.json()["eventId"].clone(), request.json()["data"].clone())
        })
        .collect();
    got.sort_by_key(|(path, id, _)| (path.clone(), id.to_string()));
    let expected =
        [("/acme", "order-42"), ("/acme", "order-43"), ("/acme", "order-44"), ("/other", "order-42")];
    assert_eq!(got, expected.map(|(path, id)| (path.to_owned(), json!(id), json!({"id": 42}))));
    for tenant in [&tenant, &other] {
        app.settled(tenant).await;
    }
    assert_eq!(receiver.count(), 4);
}

/// Where nothing stores it yet it goes on; the stream comes while it does.
async fn asks_again_by_nats(language: Language) {
    let Some(mut command) = by_nats(language, "publish_jetstream").await else { return };
    let nats = servers::nats().await;
    let jetstream = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    command.args(["order.paid", DATA, "order-42"]).env("NATS_URL", nats.url()).env("HOOKYARD_TENANT", "acme");
    let mut producer = Running::start(command);
    producer.until("not stored yet").await;
    let subjects = vec!["events.>".to_owned()];
    let config = stream::Config { name: "EVENTS".to_owned(), subjects, ..stream::Config::default() };
    let mut stream = jetstream.create_stream(config).await.unwrap();
    producer.until("stored  events.acme.order.paid").await;
    producer.end().await;
    assert_eq!(stream.info().await.unwrap().state.messages, 1);
}

#[tokio::test]
async fn by_http_in_shell() {
    publishes_by_http(Language::Shell).await;
    asks_again_by_http(Language::Shell).await;
}

#[tokio::test]
async fn by_http_in_rust() {
    publishes_by_http(Language::Rust).await;
    asks_again_by_http(Language::Rust).await;
}

#[tokio::test]
async fn by_http_in_node() {
    publishes_by_http(Language::Node).await;
    asks_again_by_http(Language::Node).await;
}

#[tokio::test]
async fn by_http_in_python() {
    publishes_by_http(Language::Python).await;
    asks_again_by_http(Language::Python).await;
}

#[tokio::test]
async fn by_http_in_go() {
    publishes_by_http(Language::Go).await;
    asks_again_by_http(Language::Go).await;
}

#[tokio::test]
async fn by_nats_in_rust() {
    publishes_by_nats(Language::Rust).await;
    asks_again_by_nats(Language::Rust).await;
}

#[tokio::test]
async fn by_nats_in_node() {
    publishes_by_nats(Language::Node).await;
    asks_again_by_nats(Language::Node).await;
}

#[tokio::test]
async fn by_nats_in_python() {
    publishes_by_nats(Language::Python).await;
    asks_again_by_nats(Language::Python).await;
}

#[tokio::test]
async fn by_nats_in_go() {
    publishes_by_nats(Language::Go).await;
    asks_again_by_nats(Language::Go).await;
}
