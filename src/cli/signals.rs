//! The signals that end a command: SIGINT (ctrl-C) and SIGTERM. The first asks for a drain, the second for the end.

use anyhow::{Context as _, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on these signals no longer end the process by themselves.
    pub(super) fn watch() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("watch for SIGINT")?,
            terminate: signal(SignalKind::terminate()).context("watch for SIGTERM")?,
        })
    }

    /// The name of the next one.
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            Some(()) = self.interrupt.recv() => "SIGINT",
            Some(()) = self.terminate.recv() => "SIGTERM",
            else => std::future::pending().await,
        }
    }

    /// Runs an ending to its end, unless another signal says not to wait for it.
    pub(super) async fn unless_again(&mut self, ending: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = ending => Ok(()),
            signal = self.next() => {
                bail!("ended at once by a second signal, {signal}; what was under way is taken up at the next start")
            }
        }
    }
}
