//! A receiver on loopback that answers each connection as the test says.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// Stops listening when dropped.
pub struct Receiver {
    port: u16,
    accepting: JoinHandle<()>,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    hung_up: Arc<Notify>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Receiver {
    /// Runs `serve` for each connection; an error from it means that the other side hung up.
    pub async fn new<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, hung_up) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counter, notify) = (Arc::clone(&connections), Arc::clone(&hung_up));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let (serving, notify) = (serve(stream), Arc::clone(&notify));
                tokio::spawn(async move {
                    if serving.await.is_err() {
                        notify.notify_one();
                    }
                });
            }
        });
        Self { port, accepting, connections, requests: Arc::default(), hung_up }
    }

    /// Keeps each request and answers it with `answer`, then closes.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<[u8]> = answer.into().into();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&requests);
        let serve = move |mut stream: TcpStream| {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            async move {
                if let Some(request) = read_request(&mut stream).await {
                    kept.lock().unwrap().push(request);
                }
                stream.write_all(&answer).await?;
                stream.shutdown().await
            }
        };
        let mut receiver = Self::new(serve).await;
        receiver.requests = requests;
        receiver
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?a=1", self.port)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Until a connection's `serve` met a closed connection: the sender let go of it, too.
    pub async fn hung_up(&self) {
        tokio::time::timeout(super::AMPLE, self.hung_up.notified())
            .await
            .expect("the sender kept the connection");
    }
}

/// One request, head and body of the stated length; `None` once the other side closes.
pub async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap_or(0))
            });
            if body.len() >= length.unwrap_or(0_usize) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

/// Writes `piece` again and again, slowly, until the other side hangs up.
pub async fn drip<S: AsyncWrite + Unpin>(stream: &mut S, piece: &[u8]) -> io::Result<()> {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    loop {
        pace.tick().await;
        stream.write_all(piece).await?;
    }
}

/// Writes `piece` again and again, as fast as it is taken, until the other side hangs up.
pub async fn flood<S: AsyncWrite + Unpin>(stream: &mut S, piece: &[u8]) -> io::Result<()> {
    let pieces = piece.repeat(256);
    loop {
        stream.write_all(&pieces).await?;
    }
}
