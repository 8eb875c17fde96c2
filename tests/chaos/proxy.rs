//! A TCP proxy between the service and one of its stores, with weather of its own.
//!
//! Promised: what goes through is unchanged and in order, in any weather; what was cut is cut on both sides.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

const CHUNK_BYTES: usize = 16 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fair,
    /// Each piece that is read is passed on so much later.
    Slow(Duration),
    /// Nothing is passed on, and nobody is told.
    Silent,
    /// Every connection is closed, and new ones are at once.
    Cut,
}

pub struct Proxy {
    pub port: u16,
    weather: Arc<watch::Sender<Weather>>,
    _accepting: AbortOnDropHandle<()>,
}

impl Proxy {
    pub async fn start(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        let of_all = Arc::clone(&weather);
        let accepting = tokio::spawn(async move {
            // It ends with the proxy alone.
            while let Ok((client, _)) = listener.accept().await {
                let weather = of_all.subscribe();
                tokio::spawn(async move {
                    // Whatever broke, both sides are told by the end of their connections.
                    let _ = pass(client, to, weather).await;
                });
            }
        });
        Ok(Self { port, weather, _accepting: AbortOnDropHandle::new(accepting) })
    }

    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

async fn pass(client: TcpStream, to: SocketAddr, mut weather: watch::Receiver<Weather>) -> io::Result<()> {
    if *weather.borrow() == Weather::Cut {
        return Ok(());
    }
    let server = TcpStream::connect(to).await?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        ended = copy(from_client, to_server, weather.clone()) => ended,
        ended = copy(from_server, to_client, weather.clone()) => ended,
        _ = weather.wait_for(|weather| *weather == Weather::Cut) => Ok(()),
    }
}

/// Until one side ends.
async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        let now = *weather.wait_for(|weather| *weather != Weather::Silent).await.map_err(io::Error::other)?;
        if let Weather::Slow(delay) = now {
            sleep(delay).await;
        }
        to.write_all(&chunk[..read]).await?;
    }
}
