//! The sink: whoever the webhooks of a measurement go to. It notes who came and answers 200, or as the query of the
//! endpoint's URL asks for ([`Manner`]).
//!
//! ```text
//! POST   /<book>?<manner>    a webhook, noted in that book
//! GET    /<book>             its counts
//! GET    /<book>/lag         its percentiles
//! GET    /<book>/histogram   how many arrived how late
//! DELETE /<book>             begins it anew
//! ```
//!
//! Promised: what was answered is in the book. Left out: checking signatures, which is the receiver's cost and not the
//! sender's; and whatever would make it slow.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actors::ports::Clock;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::book::Book;
use super::manner::Manner;
use super::stamp::{self, Stamp};

/// An event's body may have 1 MiB; a webhook wraps it.
const BODY_BYTES_MAX: usize = 2 << 20;
const BOOKS_MAX: usize = 16;
const CONNECTIONS_MAX: usize = 4096;

pub struct Sink {
    books: Mutex<HashMap<String, Book>>,
    clock: Arc<dyn Clock>,
}

impl Sink {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { books: Mutex::default(), clock })
    }

    /// Takes webhooks until it is dropped.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) -> io::Result<()> {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let permit = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let sink = Arc::clone(&self);
            tokio::spawn(async move {
                let answering = service_fn(|request| sink.answer(request));
                // A sender that went away is no error of the sink's.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answering).await;
                drop(permit);
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let path = head.uri.path().trim_start_matches('/');
        let answer = match head.method {
            Method::POST => {
                let Some(manner) = Manner::parse(head.uri.query()) else {
                    return Ok(say(StatusCode::BAD_REQUEST, Bytes::new()));
                };
                let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
                    return Ok(say(StatusCode::BAD_REQUEST, Bytes::new()));
                };
                self.take(manner, path, &head.headers, Stamp::read(&body.to_bytes())).await
            }
            Method::GET => {
                let (name, what) = path.split_once('/').unwrap_or((path, ""));
                let books = self.books();
                let book = books.get(name);
                match what {
                    "" => show(&book.map(Book::counts).unwrap_or_default()),
                    "lag" => show(&book.map(Book::lag).unwrap_or_default()),
                    "histogram" => show(&book.map(Book::histogram).unwrap_or_default()),
                    _ => say(StatusCode::NOT_FOUND, Bytes::new()),
                }
            }
            Method::DELETE => {
                self.books().remove(path);
                say(StatusCode::OK, Bytes::new())
            }
            _ => say(StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
        };
        Ok(answer)
    }

    /// A sender that gives up meanwhile was not answered, and is not noted.
    async fn take(
        &self,
        manner: Manner,
        name: &str,
        headers: &HeaderMap,
        stamp: Option<Stamp>,
    ) -> Response<Full<Bytes>> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let (webhook_id, attempt) = (header("webhook-id"), header("x-webhook-attempt"));
        match manner {
            Manner::After(delay) => sleep(delay).await,
            Manner::Never => std::future::pending().await,
            Manner::FailingFirst if attempt == Some("1") => {
                return self.note(name, Book::refuse, StatusCode::SERVICE_UNAVAILABLE);
            }
            Manner::Prompt | Manner::FailingFirst => {}
        }
        let now = stamp::micros(self.clock.now());
        self.note(name, |book| book.note(webhook_id, stamp, now), StatusCode::OK)
    }

    fn note(&self, name: &str, noted: impl FnOnce(&mut Book), status: StatusCode) -> Response<Full<Bytes>> {
        let mut books = self.books();
        if let Some(book) = books.get_mut(name) {
            noted(book);
        } else if books.len() < BOOKS_MAX {
            noted(books.entry(name.to_owned()).or_default());
        } else {
            return say(StatusCode::NOT_FOUND, Bytes::new());
        }
        say(status, Bytes::new())
    }

    fn books(&self) -> MutexGuard<'_, HashMap<String, Book>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn show(what: &impl Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_vec(what) {
        Ok(text) => say(StatusCode::OK, text.into()),
        Err(_) => say(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    }
}

fn say(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
}
