//! The examples, run as their readers run them: what they publish arrives, and what they receive they verify, each in its
//! language. None of them believes a forgery, an old recording, or a repeat.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::ledger::now;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::wait::{self, PATIENCE};
use crate::support::{Receiver, app};

const SECRET: &str = "whsec_b3VyIHNlY3JldCwgb2YgdGhlIGV4YW1wbGVzIGFsb25l";
const ANOTHER: &str = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbm90IG91cnMh";

/// A file of the examples.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// A program that cargo made of one: beside the service's own.
fn built(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_hookyard")).with_file_name("examples").join(name);
    assert!(program.exists(), "{} is not built: cargo build --examples", program.display());
    program
}

/// A receiver at work.
struct Example {
    /// Killed when dropped.
    _child: Child,
    url: String,
    lines: watch::Receiver<Vec<String>>,
}

impl Example {
    /// Starts it on a free port; `None` where the machine has no such program.
    async fn start(mut command: Command) -> Option<Self> {
        let command = command.env("WEBHOOK_SECRET", SECRET).env("PORT", "0");
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => panic!("{command:?}: {error}"),
        };
        let (sender, lines) = watch::channel(Vec::new());
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout")).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = stdout.next_line().await {
                // Shown where the test fails.
                println!("{line}");
                sender.send_modify(|lines| lines.push(line));
            }
        });
        let mut example = Self { _child: child, url: String::new(), lines };
        let first = example.until("listening").await;
        let url = first.strip_prefix("listening on ").and_then(|url| url.strip_suffix('/'));
        url.expect("where it listens").clone_into(&mut example.url);
        Some(example)
    }

    /// The first line that begins so.
    async fn until(&mut self, beginning: &str) -> String {
        let is_it = |line: &&String| line.starts_with(beginning);
        let there =
            timeout(PATIENCE, self.lines.wait_for(|lines| lines.iter().any(|line| is_it(&line)))).await;
        let lines = there.unwrap_or_else(|_| panic!("no line begins with {beginning:?}"));
        lines.expect("it says so before it ends").iter().find(is_it).expect("it is there").clone()
    }

    fn count(&self, beginning: &str) -> usize {
        self.lines.borrow().iter().filter(|line| line.starts_with(beginning)).count()
    }

    /// Somebody who sends to it.
    fn sender(&self) -> Client {
        Client::new(self.url.clone())
    }
}

/// What a program prints, once it has ended well.
async fn output(mut command: Command) -> String {
    let output =
        timeout(PATIENCE, command.stdin(Stdio::null()).output()).await.expect("it ends").expect("it runs");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Publishes by `publish.sh`: what the service answered.
async fn by_http(app: &TestApp, key: &str, event: &str, id: &str) -> Value {
    let mut command = Command::new(source("publish.sh"));
    command.args([event, r#"{"id": 42}"#, id]).env("HOOKYARD_URL", app.url()).env("HOOKYARD_KEY", key);
    serde_json::from_str(&output(command).await).expect("the answer")
}

async fn by_nats(app: &TestApp, tenant: &Tenant, event: &str, id: &str) -> String {
    let mut command = Command::new(built("publish_nats"));
    command.args([&app.nats.url(), &tenant.id, event, r#"{"id": 42}"#, id]);
    output(command).await
}

/// What a receiver answers to requests that are not the service's own, or are those again.
async fn assert_wary(example: &mut Example) {
    let webhook = Webhook::new(SECRET).unwrap();
    let now = now().unix_timestamp();
    let body = br#"{"event":"order.seen","data":{}}"#;
    let signed = |id: &str, at: i64| webhook.sign(id, at, body).unwrap();
    let forged = Webhook::new(ANOTHER).unwrap().sign("dlv_1", now, body).unwrap();
    let both = format!("{forged} v1a,AAAA {}", signed("dlv_1", now));
    let cases: [(&str, i64, &str, &[u8], u16); 9] = [
        ("dlv_1", now, &both, body, 204),
        // The same once more is not worked on again.
        ("dlv_1", now, &both, body, 204),
        ("dlv_2", now, &forged, body, 401),
        ("dlv_2", now, &signed("dlv_1", now), body, 401),
        ("dlv_2", now - 1, &signed("dlv_2", now), body, 401),
        ("dlv_2", now, &signed("dlv_2", now), br#"{"event":"order.seen","data":{} }"#, 401),
        ("dlv_2", now, "v1,", body, 401),
        // Signed well, and recorded long ago; or of a clock that is wrong.
        ("dlv_2", now - 360, &signed("dlv_2", now - 360), body, 400),
        ("dlv_2", now + 360, &signed("dlv_2", now + 360), body, 400),
    ];
    for (id, at, signature, body, status) in cases {
        let client = (example.sender())
            .with_header("webhook-id", id.to_owned())
            .with_header("webhook-timestamp", at.to_string())
            .with_header("webhook-signature", signature.to_owned());
        let answer =
            client.send(Method::POST, "!/", Some(("application/json", Bytes::copy_from_slice(body)))).await;
        assert_eq!(answer.status, status, "{id} {at} {signature}: {}", answer.text());
    }
    let unsigned = example.sender().post("!/", &json!({})).await;
    assert_eq!(unsigned.status, 400, "{}", unsigned.text());
    example.until("verified  order.seen  dlv_1").await;
    example.until("again  dlv_1").await;
    // Eight of these, and the one before.
    let look = async || example.count("refused");
    wait::until("all that was refused", look, |refused| *refused == 9).await;
    assert_eq!((example.count("verified  order.seen"), example.count("again")), (1, 1));
}

async fn endpoint(tenant: &Tenant, url: &str, event: &str, secret: &str) -> Endpoint {
    tenant.endpoint_with(url, &[event], &json!({"secret": secret, "maxRetries": 0})).await
}

/// A receiver gets what `publish.sh` publishes and verifies it; by another secret it refuses it.
async fn receives(command: Command) {
    let name = command.as_std().get_program().display().to_string();
    let Some(mut example) = Example::start(command).await else {
        println!("skipped: there is no {name} on this machine");
        return;
    };
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let ours = endpoint(&tenant, &example.url, "order.paid", SECRET).await;
    let theirs = endpoint(&tenant, &example.url, "order.forged", ANOTHER).await;
    let producer = app.key("acme", "producer").await;
    let answer = by_http(&app, &producer, "order.paid", "order-42").await;
    assert_eq!(answer, json!({"eventId": "order-42", "duplicate": false}));
    let delivery = tenant.delivery_when("order-42", &ours, "success").await;
    assert_eq!((&delivery["responseStatus"], &delivery["attemptCount"]), (&json!(204), &json!(1)));
    let line = example.until("verified  order.paid").await;
    assert!(line.contains(&text(&delivery["id"])) && line.contains("42}"), "{line}");
    assert_eq!(by_http(&app, &producer, "order.paid", "order-42").await["duplicate"], true);

    by_http(&app, &producer, "order.forged", "order-43").await;
    let refused = tenant.delivery_when("order-43", &theirs, "dead").await;
    assert_eq!(refused["responseStatus"], 401);
    example.until("refused  401").await;
    app.settled(&tenant).await;
    assert_eq!((example.count("verified"), example.count("refused")), (1, 1));
    assert_wary(&mut example).await;
}

#[tokio::test]
async fn axum_receives() {
    receives(Command::new(built("receive_axum"))).await;
}

#[tokio::test]
async fn node_receives() {
    let mut command = Command::new("node");
    command.arg(source("receive_node.mjs"));
    receives(command).await;
}

#[tokio::test]
async fn python_receives() {
    let mut command = Command::new("python3");
    command.arg(source("receive_python.py"));
    receives(command).await;
}

#[tokio::test]
async fn what_is_published_by_nats_arrives_once() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    for _ in 0..2 {
        let said = by_nats(&app, &tenant, "order.paid", "order-42").await;
        assert!(said.starts_with("stored  events.acme.order.paid  order-42"), "{said}");
    }
    by_nats(&app, &tenant, "order.sent", "order-42-sent").await;
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (&request.json()["eventId"], &request.json()["data"]),
        (&json!("order-42"), &json!({"id": 42}))
    );
    tenant.until_count(&endpoint, "success", 2).await;
    app.settled(&tenant).await;
    assert_eq!(receiver.count(), 2);
}
