//! Who takes stretches of the tenants' lines in the ledger, for all of this node's endpoints at once.
//!
//! Promises: one statement at a time, whatever waits, and a moment between two; a turn is used neither before it comes
//! by the ledger's clock nor long after, however long the answer took. Leaves out: how much is asked for.

use std::sync::Arc;
use std::time::Duration;

use domain::turns;
use tokio::time::sleep;

use super::{Ask, TURN_KEPT, Tenants};
use crate::answering::Answering;
use crate::endpoint::Message;
use crate::ports::{LedgerError, Ports};
use crate::registry::Registry;

/// Between two askings: what comes up meanwhile is asked for together.
const MOMENT: Duration = Duration::from_millis(100);
/// Tenants in one statement.
const BATCH: usize = 500;

pub struct Asking {
    pub tenants: Arc<Tenants>,
    pub ports: Ports,
    pub registry: Arc<Registry>,
    /// The wait after an error of ours.
    pub error_wait: Duration,
}

impl Asking {
    /// Runs until it is dropped.
    pub async fn run(self) {
        let leases = &self.tenants.leases;
        let whole_since = || leases.whole_since(self.ports.clock.uptime());
        let (mut known, mut answering) = (whole_since(), Answering::default());
        loop {
            if whole_since() != known {
                known = whole_since();
                // Whoever waits for a turn from elsewhere waits for nothing.
                self.registry.wake(|_| true);
            }
            let result = self.ask().await;
            match answering.news(&result) {
                Some(Err(error)) => {
                    tracing::warn!(%error, "tenants with a rate limit wait for the ledger");
                }
                Some(Ok(())) => tracing::info!("tenants with a rate limit wait for the ledger no more"),
                None => {}
            }
            sleep(if result.is_ok() { MOMENT } else { self.error_wait }).await;
            if let Ok(short) = result
                && !short
            {
                tokio::select! {
                    () = self.tenants.short.notified() => {}
                    () = leases.until(|_| whole_since() != known) => {}
                }
            }
        }
    }

    /// Takes what is needed now. Answers whether there will be more before anybody says so.
    async fn ask(&self) -> Result<bool, LedgerError> {
        let (asks, short) = self.tenants.asks(self.ports.clock.uptime());
        for asks in asks.chunks(BATCH) {
            self.take(asks).await?;
        }
        Ok(short)
    }

    async fn take(&self, asks: &[Ask]) -> Result<(), LedgerError> {
        let stretches: Vec<_> = asks.iter().map(|ask| (ask.tenant.clone(), ask.length())).collect();
        let asked = self.ports.clock.uptime();
        let waits = self.ports.ledger.take_turns(&stretches).await?;
        let heard = self.ports.clock.uptime();
        for ask in asks {
            let Some(&wait) = waits.get(&ask.tenant) else { continue };
            let first = turns::Turn { at: heard + wait, until: asked + wait + TURN_KEPT };
            for (endpoint, turn) in self.tenants.taken(ask, first) {
                // One that went to another node meanwhile: its turn is past.
                if let Some(entry) = self.registry.find(endpoint) {
                    entry.lock().turn = Some(turn);
                    entry.tell(Message::Changed);
                }
            }
        }
        Ok(())
    }
}
