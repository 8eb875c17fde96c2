//! What a node says of itself: `/readyz` with each store away, and `/metrics` at an address of its own. Without NATS it
//! starts, delivers, and says so. And `hookyard health`, which asks.

use std::net::TcpListener;

use serde_json::json;
use tokio::process::Command;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::node::Node;
use crate::support::{Receiver, app, app_with, servers, wait};

/// Until `/readyz` answers so, and `/metrics` says the same.
async fn until_ready(app: &TestApp, status: u16, whole: &str, ledger: &str, queue: &str) {
    let expected = json!({"status": whole, "parts": {"ledger": ledger, "queue": queue}});
    let look = async || {
        let answer = app.client().get("!/readyz").await;
        let up = [app.counter("hookyard_ledger_up").await, app.counter("hookyard_nats_up").await];
        (answer.status, answer.json(), up)
    };
    let what = format!("/readyz to be {status} {expected}");
    let up = [u64::from(ledger == "ok"), u64::from(queue == "ok")];
    wait::until(&what, look, |seen| *seen == (status, expected.clone(), up)).await;
}

#[tokio::test]
async fn a_start_without_nats_delivers_and_is_degraded() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    until_ready(&app, 200, "ok", "ok", "ok").await;
    app.stop().await;
    app.nats.kill().await.unwrap();
    app.start().await;
    let tenant = app.again(&tenant);
    until_ready(&app, 200, "degraded", "ok", "degraded").await;
    let event = tenant.publish("order.paid", &json!({"n": 1})).await;
    tenant.delivery_when(&event, &endpoint, "success").await;

    app.nats.restart().await.unwrap();
    until_ready(&app, 200, "ok", "ok", "ok").await;
    let event = tenant.publish("order.paid", &json!({"n": 2})).await;
    let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(delivered["attemptCount"], 1);
    app.settled(&tenant).await;
    assert_eq!(receiver.count(), 2);

    app.postgres.kill().await.unwrap();
    until_ready(&app, 503, "failed", "failed", "ok").await;
    assert_eq!(app.client().get("!/livez").await.status, 200);
    app.postgres.restart().await.unwrap();
    until_ready(&app, 200, "ok", "ok", "ok").await;
}

#[tokio::test]
async fn a_start_with_both_stores_down_waits_in_words_and_is_ready_when_they_come() {
    let (mut postgres, mut nats) = tokio::join!(servers::postgres(), servers::nats());
    let urls = (postgres.url(), nats.url());
    tokio::try_join!(postgres.kill(), nats.kill()).unwrap();
    let mut node = Node::launch(&[], &urls.0, &urls.1);
    node.until_line(|line| line["message"] == "waiting for postgres").await;
    postgres.restart().await.unwrap();
    node.until_line(|line| line["message"].as_str().is_some_and(|words| words.starts_with("nats is away")))
        .await;
    node.until_ready().await;
    let health = async || node.client().get("!/readyz").await.json()["status"].clone();
    assert_eq!(health().await, "degraded");
    nats.restart().await.unwrap();
    wait::until("it to be whole", health, |status| *status == "ok").await;
}

#[tokio::test]
async fn metrics_have_an_address_of_their_own_where_one_is_set() {
    // A port that was free a moment ago.
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let app = app_with(&[("HOOKYARD__SERVER__METRICS_LISTEN", &listen)]).await;
    let (api, metrics) = (app.client(), Client::new(format!("http://{listen}")));
    assert_eq!(api.get("!/metrics").await.problem().0, 404);
    assert_eq!(metrics.get("!/livez").await.status, 404);
    let shown = async || metrics.get("!/metrics").await.text();
    wait::until("its metrics", shown, |text| text.contains("\nhookyard_build_info{")).await;
    assert_eq!(api.get("!/livez").await.json(), json!({"status": "ok"}));
}

/// How `hookyard health` ends, and what it says.
async fn asked(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
    let output = command.arg("health").args(arguments).env_clear().output().await.expect("the program runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).expect("words are UTF-8"))
}

#[tokio::test]
async fn health_is_told_by_the_exit_code() {
    let app = app().await;
    let url = app.url();
    assert_eq!(asked(&["--url", &url]).await, (Some(0), "ok\n".to_owned()));
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap();
    assert_eq!(asked(&["--port", port]).await.0, Some(0));
    // There, but no service: 404.
    let other = Receiver::start().await;
    other.always(404);
    let (code, words) = asked(&["--url", &other.url()]).await;
    assert!(code == Some(1) && words.contains("404"), "{code:?} {words}");
    // Connected to, and silent.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port().to_string();
    let (code, words) = asked(&["--port", &silent_port]).await;
    assert!(code == Some(1) && words.contains("within 3 s"), "{code:?} {words}");
    drop(silent);
    assert_eq!(asked(&["--port", &silent_port]).await.0, Some(1));
    assert_eq!(asked(&["--url", "ftp://127.0.0.1"]).await.0, Some(2));
}
