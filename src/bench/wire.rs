//! One kept HTTP/1.1 connection to somebody on this machine: a publisher's, or one by which a node or a sink is asked.
//!
//! Promised: an answer within the time given, or an error that says who did not answer. Left out: all that a client for
//! strangers needs: names, TLS, a pool, redirects. Webhooks never go this way; they are egress's.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::Error;

/// Of an answer's body.
const ANSWER_BYTES_MAX: usize = 1 << 20;

pub struct Connection {
    to: SocketAddr,
    patience: Duration,
    requests: SendRequest<Full<Bytes>>,
    _driver: AbortOnDropHandle<()>,
}

pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

impl Connection {
    /// `patience` is for connecting, and for each answer.
    pub async fn open(to: SocketAddr, patience: Duration) -> Result<Self, Error> {
        let stream = match timeout(patience, TcpStream::connect(to)).await {
            Ok(connected) => connected.map_err(|source| Error::Connect { to, source })?,
            Err(_) => return Err(Error::Silent { to, after: patience }),
        };
        stream.set_nodelay(true).map_err(|source| Error::Connect { to, source })?;
        let (requests, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(http(to))?;
        let driver = tokio::spawn(async move {
            // Whoever asks next is told that the connection is gone.
            let _ = driver.await;
        });
        Ok(Self { to, patience, requests, _driver: AbortOnDropHandle::new(driver) })
    }

    pub async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Answer, Error> {
        let to = self.to;
        let mut request =
            Request::builder().method(method).uri(path).body(Full::new(body)).map_err(http(to))?;
        request.headers_mut().clone_from(headers);
        let host = HeaderValue::try_from(to.to_string()).map_err(http(to))?;
        request.headers_mut().insert(HOST, host);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let asked = async {
            self.requests.ready().await.map_err(http(to))?;
            let answer = self.requests.send_request(request).await.map_err(http(to))?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|source| Error::Http { to, source })?.to_bytes();
            Ok(Answer { status, body })
        };
        match timeout(self.patience, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Silent { to, after: self.patience }),
        }
    }
}

fn http<E: std::error::Error + Send + Sync + 'static>(to: SocketAddr) -> impl FnOnce(E) -> Error {
    move |source| Error::Http { to, source: Box::new(source) }
}
