//! What a node must have before it starts.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::bus::{self, Bus};
use crate::ledger::{Error, Ledger};

const PAUSE: Duration = Duration::from_millis(500);

/// Waits for Postgres, with words. One that answers with a refusal, of the password or of the database, will not take
/// it back by itself.
pub async fn wait_for(ledger: &Ledger) -> Result<(), Error> {
    let mut said = Instant::now() - Duration::from_mins(1);
    loop {
        let error = match ledger.ping().await {
            Ok(()) => return Ok(()),
            Err(error @ Error::Unavailable(_)) => error,
            Err(error) => return Err(error),
        };
        if said.elapsed() >= Duration::from_secs(5) {
            tracing::warn!(%error, "waiting for postgres");
            said = Instant::now();
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits some seconds for NATS and makes its streams; without it the service starts all the same.
pub async fn wait_for_nats(bus: &Bus, patience: Duration) -> Result<(), bus::Error> {
    let deadline = Instant::now() + patience;
    while !bus.is_connected() {
        if Instant::now() >= deadline {
            tracing::warn!("nats is away: starting without it, deliveries go on from the ledger");
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bus.make_streams().await
}

/// Passes on why the actors ended.
pub async fn report(died: oneshot::Receiver<String>, fail: mpsc::Sender<String>) {
    // Without its supervisor nobody would hear of the next one that dies.
    let why = died.await.unwrap_or_else(|_| "supervisor ended".to_owned());
    let _ = fail.send(why).await;
}
