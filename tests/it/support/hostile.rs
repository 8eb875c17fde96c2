//! A receiver on a raw socket that speaks one nasty behaviour on every connection, and notes how long each lasted.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{self, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// What is done to whoever connects. Where it says nothing else, the request is read first.
#[derive(Clone, Debug)]
pub enum Nasty {
    /// Writes these bytes after this long, and closes.
    Says(Vec<u8>, Duration),
    /// Writes the first, then the second again and again: slowly with a pace, else as fast as it is taken.
    Repeats(Vec<u8>, Vec<u8>, Option<Duration>),
    /// Writes these bytes, and then nothing more.
    Hangs(Vec<u8>),
    /// Writes these bytes and resets.
    Resets(Vec<u8>),
    /// Resets without having read anything.
    ResetsAtOnce,
    /// Has a backlog that is full already.
    NeverAccepts,
}

/// Stops when dropped, with all of its connections.
pub struct Hostile {
    address: SocketAddr,
    serving: JoinHandle<()>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    lasted: Vec<Duration>,
    serving: Vec<JoinHandle<()>>,
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.serving.abort();
        self.seen.lock().expect("no test panicked with it").serving.iter().for_each(JoinHandle::abort);
    }
}

impl Hostile {
    pub async fn start(nasty: Nasty) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let never = matches!(nasty, Nasty::NeverAccepts);
        let backlog = if never { 0 } else { 1024 };
        let listener = socket.listen(backlog).expect("a listener");
        let address = listener.local_addr().expect("its address");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let serving = if never {
            fill(listener, address).await
        } else {
            tokio::spawn(accept(listener, Arc::new(nasty), Arc::clone(&seen)))
        };
        Self { address, serving, seen }
    }

    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/hook", self.address)
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().expect("no test panicked with it").connections
    }

    /// How long each connection lasted, of those that are over.
    pub fn lasted(&self) -> Vec<Duration> {
        self.seen.lock().expect("no test panicked with it").lasted.clone()
    }
}

/// Connects until nothing more goes in, and holds what went in.
async fn fill(listener: TcpListener, address: SocketAddr) -> JoinHandle<()> {
    let mut held = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
        held.push(stream.expect("a place in the backlog"));
        assert!(held.len() < 64, "the backlog takes all");
    }
    tokio::spawn(async move {
        let _kept = (listener, held);
        std::future::pending::<()>().await;
    })
}

async fn accept(listener: TcpListener, nasty: Arc<Nasty>, seen: Arc<Mutex<Seen>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (nasty, notes) = (Arc::clone(&nasty), Arc::clone(&seen));
        let started = Instant::now();
        let serving = tokio::spawn(async move {
            // An error is the other side's hanging up.
            let _ = serve(stream, &nasty).await;
            notes.lock().expect("no test panicked with it").lasted.push(started.elapsed());
        });
        let mut seen = seen.lock().expect("no test panicked with it");
        seen.connections += 1;
        seen.serving.retain(|serving| !serving.is_finished());
        seen.serving.push(serving);
    }
}

async fn serve(mut stream: TcpStream, nasty: &Nasty) -> io::Result<()> {
    if !matches!(nasty, Nasty::ResetsAtOnce) {
        read_request(&mut stream).await?;
    }
    match nasty {
        Nasty::Says(answer, after) => {
            sleep(*after).await;
            stream.write_all(answer).await?;
            stream.shutdown().await?;
            until_closed(&mut stream).await
        }
        Nasty::Repeats(head, piece, pace) => {
            stream.write_all(head).await?;
            loop {
                stream.write_all(piece).await?;
                if let Some(pace) = pace {
                    sleep(*pace).await;
                }
            }
        }
        Nasty::Hangs(answer) => {
            stream.write_all(answer).await?;
            until_closed(&mut stream).await
        }
        Nasty::Resets(answer) => {
            stream.write_all(answer).await?;
            stream.set_zero_linger()
        }
        Nasty::ResetsAtOnce => stream.set_zero_linger(),
        Nasty::NeverAccepts => Ok(()),
    }
}

/// One request with its body, or whatever else came that does not go on: a TLS greeting is none.
async fn read_request(stream: &mut TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await? == 0 || !request.starts_with(b"POST ") {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            return Ok(());
        }
    }
}

/// Until the other side hangs up.
async fn until_closed(stream: &mut TcpStream) -> io::Result<()> {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

/// A gzip file of about `size` bytes that holds 159 times as much: zeros.
pub fn gzip_bomb(size: usize) -> Vec<u8> {
    // One block of fixed codes: a zero, and then "258 more of the same" in 13 bits, again and again. Its end and the
    // checksum are not there; who inflates it has all of the zeros before they miss them.
    let mut bits = vec![false, true, false];
    bits.extend([false, false, true, true, false, false, false, false]);
    while bits.len() < (size - 10) * 8 {
        bits.extend([true, true, false, false, false, true, false, true]);
        bits.extend([false; 5]);
    }
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    file.extend(bits.chunks_exact(8).map(|byte| {
        byte.iter().enumerate().fold(0, |value, (place, bit)| value | (u8::from(*bit) << place))
    }));
    file
}
