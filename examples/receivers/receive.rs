//! Receives webhooks with axum, verified by the library of Standard Webhooks (`standardwebhooks`).
//!
//! ```sh
//! WEBHOOK_SECRET=whsec_… PORT=8015 cargo run --example receive
//! ```
//!
//! Verify, remember the id, queue, answer: nothing is done while the sender waits.

use std::collections::{HashSet, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use standardwebhooks::{Webhook, WebhookError};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// Webhooks that wait to be worked on. In earnest they wait in a table: a 2xx says that you have it.
const WAITING_MAX: usize = 1000;
/// Ids that are remembered. In earnest: a column with a unique key, written in the transaction that does the work.
const SEEN_MAX: usize = 100_000;

struct Receiver {
    webhook: Webhook,
    work: mpsc::Sender<Job>,
    seen: Mutex<Seen>,
}

struct Job {
    id: String,
    body: Bytes,
}

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "the settings of an example are its environment")]
async fn main() -> anyhow::Result<()> {
    let secret = std::env::var("WEBHOOK_SECRET").context("WEBHOOK_SECRET: the endpoint's signing secret")?;
    let port = std::env::var("PORT").map_or(Ok(8015), |port| port.parse()).context("PORT: a number")?;
    // A secret that the service made begins with whsec_, and is base64 behind that; any other is a key as it is.
    let webhook = match secret.strip_prefix("whsec_") {
        Some(coded) => Webhook::new(coded),
        None => Webhook::from_bytes(secret.into_bytes()),
    };
    let (work, jobs) = mpsc::channel(WAITING_MAX);
    let receiver = Receiver { webhook: webhook.context("WEBHOOK_SECRET")?, work, seen: Mutex::default() };
    tokio::spawn(work_off(jobs));

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.context("listen")?;
    println!("listening on http://{}/", listener.local_addr()?);
    // axum reads 2 MB of a body at most, which is more than an event may have (`server.publish_body_max_bytes`).
    let router = Router::new().route("/", post(receive)).with_state(Arc::new(receiver));
    axum::serve(listener, router).await.context("serve")
}

/// The body as it came: parsed and written again, it would have another signature.
async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    // Of any of the signatures, in constant time, and not of a time longer ago than five minutes.
    if let Err(error) = receiver.webhook.verify(&body, &headers) {
        let is_forged = matches!(error, WebhookError::InvalidSignature);
        let status = if is_forged { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        println!("refused  {}  {error}", status.as_u16());
        return (status, error.to_string());
    }
    // Each webhook comes at least once: the same id again is the same webhook again.
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let mut seen = receiver.seen.lock().await;
    if seen.ids.contains(&id) {
        println!("again  {id}");
        return (StatusCode::NO_CONTENT, String::new());
    }
    if receiver.work.try_send(Job { id: id.clone(), body }).is_err() {
        // It comes again, when there is room.
        return (StatusCode::SERVICE_UNAVAILABLE, "too much is waiting".to_owned());
    }
    seen.remember(id);
    (StatusCode::NO_CONTENT, String::new())
}

async fn work_off(mut jobs: mpsc::Receiver<Job>) {
    while let Some(Job { id, body }) = jobs.recv().await {
        let event: Value = serde_json::from_slice(&body).unwrap_or_default();
        // Your work goes here.
        println!("verified  {}  {id}  {}", event["event"].as_str().unwrap_or("-"), event["data"]);
    }
}

/// The ids that came last.
#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    fn remember(&mut self, id: String) {
        if self.order.len() == SEEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.order.push_back(id.clone());
        self.ids.insert(id);
    }
}
