//! A receiver of webhooks, as its owner would write one: for `hookyard listen`, the demo of `hookyard dev`, and tests.
//!
//! Who acts: [`Receiver`] listens and answers; a [`Webhook`] is what one request was, its signatures checked.
//! Promised: each request that has the shape of a webhook is handed on exactly once before it is answered, in the order of arrival; the
//! statuses asked for are answered in turn. A slow reader slows the senders down; nothing piles up.
//! Left out: remembering which ids came before. A real receiver does that, since a webhook may come twice.

mod pretty;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actors::ports::Clock;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use domain::signature::{PublicKey, Secret};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::pretty::printable;
pub use self::webhook::{Check, Known, Webhook};

/// An event's body may have 1 MiB; a webhook wraps it.
const BODY_BYTES_MAX: usize = 2 << 20;
/// Webhooks received and not yet taken by the reader.
const UNREAD_MAX: usize = 256;
/// How long requests under way may take once the receiver stops.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a receiver behaves.
pub struct Options {
    /// By which signatures are checked; none: they are not.
    pub secret: Option<Secret>,
    /// By which `v1a` signatures are checked.
    pub public_key: Option<PublicKey>,
    /// Answered in turn, over and over. Empty: 200.
    pub statuses: Vec<StatusCode>,
    pub clock: Arc<dyn Clock>,
}

/// A running receiver. Dropped, it stops at once.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    stopping: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
}

struct Shared {
    options: Options,
    answered: AtomicUsize,
    received: mpsc::Sender<Webhook>,
}

impl Receiver {
    /// Receives on every path of this listener; the webhooks come out of the channel, which closes with the receiver.
    pub fn start(
        listener: TcpListener,
        options: Options,
    ) -> std::io::Result<(Self, mpsc::Receiver<Webhook>)> {
        let address = listener.local_addr()?;
        let (received, webhooks) = mpsc::channel(UNREAD_MAX);
        let shared = Arc::new(Shared { options, answered: AtomicUsize::new(0), received });
        let router = Router::new().fallback_service(post(receive).with_state(shared));
        let stopping = CancellationToken::new();
        let stopped = stopping.clone().cancelled_owned();
        let server =
            tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Ok((Self { address, stopping, server }, webhooks))
    }

    /// Where webhooks are to be sent.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Lets requests under way end, for 2 s at most.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        // Whichever way it ends, it is gone: dropping aborts what is left.
        let _ = tokio::time::timeout(PATIENCE, &mut self.server).await;
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Body) -> StatusCode {
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE;
    };
    let Options { secret, public_key, statuses, clock } = &shared.options;
    let known = Known { secret: secret.as_ref(), public_key: public_key.as_ref() };
    let webhook = Webhook::read(&headers, body, known, clock.now());
    // Nobody reads any more: still a receiver.
    let _ = shared.received.send(webhook).await;
    if statuses.is_empty() {
        return StatusCode::OK;
    }
    let turn = shared.answered.fetch_add(1, Ordering::Relaxed);
    statuses[turn % statuses.len()]
}

#[cfg(test)]
mod tests;
