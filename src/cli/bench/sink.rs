//! `hookyard bench-sink`: the sink of a bench, in a process of its own so that what it spends is its own.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use hookyard::bench::Sink;
use hookyard::clock::SystemClock;
use tokio::net::TcpListener;

use crate::cli::signals::Signals;
use crate::cli::terminal;

/// What it says when it listens, before the address.
const LISTENING: &str = "the sink listens on ";

pub(in crate::cli) async fn run() -> anyhow::Result<()> {
    let mut signals = Signals::watch()?;
    let listener = TcpListener::bind("127.0.0.1:0").await.context("find a port for the sink")?;
    let address = listener.local_addr().context("find a port for the sink")?;
    let sink = Sink::new(Arc::new(SystemClock));
    terminal::note(&format!("{LISTENING}{address}"));
    tokio::select! {
        ended = sink.serve(listener) => ended.context("take webhooks"),
        _ = signals.next() => Ok(()),
    }
}

/// The address in the line that it says.
pub(super) fn address(line: &str) -> Option<SocketAddr> {
    line.strip_prefix(LISTENING)?.parse().ok()
}
