//! The API of whichever node is up, asked as an operator who acts for the one tenant.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::bail;
use reqwest::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

pub const OPERATOR_KEY: &str = "hy_operator0operator0operator0operator0operator";
pub const TENANT: &str = "chaos";

/// For one answer. The service may take longer; whoever asks again then is one of those it has to stand.
const ANSWER: Duration = Duration::from_secs(10);
/// Of a request that has to succeed, however often it is made.
const PATIENCE: Duration = Duration::from_mins(1);
const AGAIN: Duration = Duration::from_millis(100);

/// What came of a request.
#[derive(Debug)]
pub enum Said {
    Answer(u16, Value),
    /// It was sent, and not answered.
    Nothing,
    /// Nobody was there to send it to.
    NotSent,
}

#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    nodes: Arc<Mutex<BTreeMap<usize, SocketAddr>>>,
    turn: Arc<AtomicUsize>,
}

impl Api {
    #[expect(clippy::disallowed_methods, reason = "the harness's own client")]
    pub fn new() -> Self {
        Self { http: reqwest::Client::new(), nodes: Arc::default(), turn: Arc::default() }
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<usize, SocketAddr>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, node: usize, address: SocketAddr) {
        self.nodes().insert(node, address);
    }

    /// It is asked no more: where it was.
    pub fn remove(&self, node: usize) -> Option<SocketAddr> {
        self.nodes().remove(&node)
    }

    /// Each request goes to the next node.
    fn next(&self) -> Option<SocketAddr> {
        let nodes = self.nodes();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % nodes.len().max(1);
        nodes.values().nth(turn).copied()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Said {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Said {
        let Some(node) = self.next() else { return Said::NotSent };
        let mut request = self.http.request(method, format!("http://{node}/api/v1{path}"));
        request = request.timeout(ANSWER).bearer_auth(OPERATOR_KEY).header("x-tenant-id", TENANT);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Said::NotSent,
            Err(_) => return Said::Nothing,
        };
        let status = answer.status().as_u16();
        match answer.bytes().await {
            Ok(bytes) => Said::Answer(status, serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(_) => Said::Nothing,
        }
    }

    /// What this node says of itself, if it says anything.
    pub async fn metrics(&self, node: usize) -> Option<String> {
        let address = *self.nodes().get(&node)?;
        let request = self.http.get(format!("http://{address}/metrics")).timeout(ANSWER);
        request.send().await.ok()?.text().await.ok()
    }

    /// Asks until it is answered with success. The request must be one that may be made twice.
    pub async fn insist(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.ask(method.clone(), path, body).await {
                Said::Answer(200..=299, answer) => return Ok(answer),
                said if Instant::now() >= deadline => bail!("{method} {path}: {said:?}"),
                Said::Answer(status @ 400..=499, problem) => bail!("{method} {path}: {status} {problem}"),
                Said::Answer(..) | Said::Nothing | Said::NotSent => sleep(AGAIN).await,
            }
        }
    }
}
