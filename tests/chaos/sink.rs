//! The sink: one receiver for the whole cast. It answers as each one's manner is, and notes every request, and whether
//! it was answered 2xx.
//!
//! Promised: what is noted as answered was not hung up on before; the answer to an attempt is the same for the same seed.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::cast::{Manner, Reply};
use crate::reconciler::Arrival;

const BODY_BYTES_MAX: usize = 64 << 10;

pub struct Sink {
    port: u16,
    shared: Arc<Shared>,
    _serving: AbortOnDropHandle<()>,
}

struct Shared {
    seed: u64,
    began: Instant,
    /// Of the load.
    length: Duration,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    cast: Vec<Seat>,
    arrivals: Vec<Arrival>,
}

struct Seat {
    manner: Manner,
    requests: usize,
}

impl Sink {
    /// Times count from `began`; the load takes `length`.
    pub async fn start(seed: u64, began: Instant, length: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared { seed, began, length, book: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let router = Router::new().route("/{endpoint}", post(receive)).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            // It ends with the run alone.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { port, shared, _serving: AbortOnDropHandle::new(serving) })
    }

    /// A further endpoint, the next of the cast: its URL.
    pub fn seat(&self, manner: Manner) -> String {
        let mut book = self.shared.book();
        book.cast.push(Seat { manner, requests: 0 });
        let at = book.cast.len() - 1;
        format!("http://127.0.0.1:{}/{at}", self.port)
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.shared.book().arrivals.len()
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.shared.book().arrivals.clone()
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes it, and says where, and what the answer is.
    fn note(&self, mut arrival: Arrival, attempt: &str) -> Option<(usize, Duration, Reply)> {
        let mut book = self.book();
        let (at, part) = (book.arrivals.len(), arrival.at.as_secs_f64() / self.length.as_secs_f64());
        let seat = book.cast.get_mut(arrival.endpoint)?;
        let chance = BuildHasherDefault::<DefaultHasher>::default().hash_one((
            self.seed,
            arrival.endpoint,
            arrival.number,
            attempt,
        ));
        let (wait, reply) = seat.manner.answer(chance, arrival.number, seat.requests, part);
        seat.requests += 1;
        arrival.succeeded = false;
        book.arrivals.push(arrival);
        Some((at, wait, reply))
    }
}

/// The part of a webhook that says which event it is.
#[derive(Deserialize)]
struct Webhook {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    n: u32,
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    axum::extract::Path(endpoint): axum::extract::Path<usize>,
    headers: HeaderMap,
    body: Body,
) -> StatusCode {
    let at = shared.began.elapsed();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE;
    };
    let Ok(Webhook { data }) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST };
    let arrival =
        Arrival { endpoint, number: data.n, webhook_id: header("webhook-id").into(), at, succeeded: false };
    let Some((place, wait, reply)) = shared.note(arrival, header("x-webhook-attempt")) else {
        return StatusCode::NOT_FOUND;
    };
    // Whoever hangs up meanwhile has this dropped here.
    sleep(wait).await;
    let Reply::Status(status) = reply else { return std::future::pending().await };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    shared.book().arrivals[place].succeeded = status.is_success();
    status
}
