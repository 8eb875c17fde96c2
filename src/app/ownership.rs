//! What a node must have before it starts, and must keep while it runs.

use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::bus::{self, Bus};
use crate::ledger::Ledger;
use crate::ledger::ownership::{self, Ownership, Resumed};

const PAUSE: Duration = Duration::from_millis(500);
/// A node that was killed lets go when its connection ends; one that still stands after so long is alive.
const TAKEOVER_WAIT: Duration = Duration::from_secs(10);
const CHECK: Duration = Duration::from_secs(2);

/// Waits for Postgres, with words.
pub async fn wait_for(ledger: &Ledger) {
    let mut said = Instant::now() - Duration::from_mins(1);
    while let Err(error) = ledger.ping().await {
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

/// Takes every shard over, or says who has them.
pub async fn take(pool: &PgPool) -> anyhow::Result<Ownership> {
    let node = format!("pid {}", std::process::id());
    let deadline = Instant::now() + TAKEOVER_WAIT;
    loop {
        if let Some(owned) = Ownership::take(pool, &node).await? {
            return Ok(owned);
        }
        if Instant::now() >= deadline {
            let owner = ownership::owner(pool).await?.unwrap_or_else(|| "unknown".to_owned());
            anyhow::bail!(
                "another node ({owner}) is running on this database: only one node can run for now; stop it first"
            );
        }
        tracing::warn!("another node holds the shards: waiting for it to end");
        tokio::time::sleep(PAUSE * 4).await;
    }
}

/// Keeps the hold on the shards. A connection that was lost is made anew; if another node took the shards
/// over meanwhile, this one must end.
pub async fn keep(mut owned: Ownership, pool: PgPool, fail: mpsc::Sender<String>) {
    loop {
        tokio::time::sleep(CHECK).await;
        if owned.holds().await {
            continue;
        }
        tracing::warn!("lost the connection that holds the shards");
        // Silent for a while only, it holds them still, and nobody else could.
        while !owned.holds().await {
            match owned.resume(&pool).await {
                Ok(Resumed::Holds) => break,
                Ok(Resumed::NotYet) => {
                    tracing::warn!("the shards are held still by the connection that was lost");
                }
                Ok(Resumed::Lost) => {
                    let _ = fail.send("another node took the shards over".to_owned()).await;
                    return;
                }
                Err(error) => tracing::warn!(%error, "waiting for postgres"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::info!("holds the shards again");
    }
}

/// Passes on why the actors ended.
pub async fn report(died: oneshot::Receiver<String>, fail: mpsc::Sender<String>) {
    // Without its supervisor nobody would hear of the next one that dies.
    let why = died.await.unwrap_or_else(|_| "supervisor ended".to_owned());
    let _ = fail.send(why).await;
}
