//! The HTTP server: who connects is served, within limits.
//!
//! Promises: a connection that does not say what it wants in time is closed, and no more are held than may be; told to
//! stop, it takes no new one, lets requests under way end, and ends with the last. Leaves out: what is answered, and
//! how long a request may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

/// Of the server, from configuration.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From connecting, or from the answer before, to the end of a request's headers.
    pub header_timeout: Duration,
    pub connections_max: usize,
}

/// After an error of the listener's: it is out of file descriptors most likely.
const PAUSE: Duration = Duration::from_millis(200);
/// An HTTP/2 connection that says nothing for so long is asked whether it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Serves until it is told to stop.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stopping: CancellationToken) {
    let room = Arc::new(Semaphore::new(limits.connections_max));
    let connections = TaskTracker::new();
    let accept = async {
        loop {
            // Never closed: there is always a permit to come.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let connection = Connection { stream, router: router.clone(), limits, permit };
                    connections.spawn(connection.serve(stopping.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    let _ = stopping.run_until_cancelled(accept).await;
    drop(listener);
    connections.close();
    connections.wait().await;
}

struct Connection {
    stream: TcpStream,
    router: Router,
    limits: Limits,
    permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stopping: CancellationToken) {
        let Self { stream, router, limits: Limits { header_timeout, .. }, permit: _permit } = self;
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(header_timeout);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE);
        let asked = AtomicBool::new(false);
        let service = service_fn(|request| {
            asked.store(true, Ordering::Relaxed);
            router.clone().call(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let (stop, quiet) = (stopping.cancelled(), tokio::time::sleep(header_timeout));
        tokio::pin!(connection, stop, quiet);
        let (mut is_stopping, mut is_waited_for) = (false, true);
        loop {
            tokio::select! {
                // What went wrong with one connection is its client's to know.
                _ = connection.as_mut() => return,
                () = &mut stop, if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                // Which protocol it speaks is waited for without a timeout, and then its first request.
                () = &mut quiet, if is_waited_for => {
                    if !asked.load(Ordering::Relaxed) {
                        return;
                    }
                    is_waited_for = false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    struct Server {
        address: SocketAddr,
        stopping: CancellationToken,
        serving: JoinHandle<()>,
    }

    async fn server(header_timeout: Duration, connections_max: usize) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stopping) = (listener.local_addr().unwrap(), CancellationToken::new());
        let slow = get(async || tokio::time::sleep(Duration::from_millis(300)).await);
        let router = Router::new().route("/", get(async || "here")).route("/slow", slow);
        let limits = Limits { header_timeout, connections_max };
        let serving = tokio::spawn(serve(listener, router, limits, stopping.clone()));
        Server { address, stopping, serving }
    }

    async fn connect(server: &Server, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// What comes until the server closes.
    async fn all(mut stream: TcpStream) -> String {
        let mut text = String::new();
        timeout(SOON, stream.read_to_string(&mut text)).await.expect("it is closed").unwrap();
        text
    }

    fn request(path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
    }

    #[tokio::test]
    async fn who_does_not_say_in_time_what_it_wants_is_closed() {
        let server = server(Duration::from_millis(100), 10).await;
        // Nothing, what may become either protocol, half a request, and one after a whole one.
        let whole = "GET / HTTP/1.1\r\nhost: here\r\n\r\n";
        for begun in ["", "PRI", "GET / HTTP/1.1\r\nhost: ", whole] {
            let text = all(connect(&server, begun).await).await;
            assert_eq!(text.contains("here"), begun == whole, "{begun:?}: {text:?}");
        }
        assert!(all(connect(&server, &request("/slow")).await).await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn no_more_are_served_at_a_time_than_may_be() {
        let server = server(Duration::from_secs(2), 1).await;
        let holding = connect(&server, "").await;
        let waiting = connect(&server, &request("/")).await;
        let mut byte = [0];
        let early = timeout(Duration::from_millis(200), waiting.peek(&mut byte)).await;
        assert!(early.is_err(), "it is served beside the first");
        drop(holding);
        assert!(all(waiting).await.ends_with("here"));
    }

    #[tokio::test]
    async fn told_to_stop_it_lets_requests_end() {
        let server = server(SOON, 10).await;
        let (slow, mut idle) = (connect(&server, &request("/slow")).await, connect(&server, "").await);
        // Both are accepted.
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.stopping.cancel();
        assert!(all(slow).await.starts_with("HTTP/1.1 200"));
        timeout(SOON, server.serving).await.expect("it ends").unwrap();
        assert!(TcpStream::connect(server.address).await.is_err());
        assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0);
    }
}
