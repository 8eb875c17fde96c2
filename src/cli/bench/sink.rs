//! `hookyard bench-sink`: the sink of a bench, in a process of its own so that what it spends is its own.

use std::sync::Arc;

use anyhow::Context as _;
use hookyard::bench::{LISTENING, Sink};
use hookyard::clock::SystemClock;
use tokio::net::TcpListener;

use crate::cli::signals::Signals;
use crate::cli::terminal;

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
