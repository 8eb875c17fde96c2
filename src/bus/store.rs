//! How much room the queue takes and has left, as far as the server tells.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::Bus;

const ANSWER: Duration = Duration::from_secs(5);

/// Of the account's, on the disks of NATS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    pub bytes: u64,
    /// `None`: the account has no limit. What the server itself may store it tells nobody but its system account.
    pub limit: Option<u64>,
}

impl Bus {
    /// `None`: it does not answer.
    pub async fn store(&self) -> Option<Store> {
        let account = timeout(ANSWER, self.jetstream.query_account()).await.ok()?.ok()?;
        let limit = account.limits.max_storage.map(|limit| limit as u64);
        Some(Store { bytes: account.storage, limit })
    }

    /// Lines of shards that took nothing lately.
    pub fn lines_refusing(&self) -> usize {
        let now = Instant::now();
        self.parts.values().filter(|part| part.reluctance.refused_lately(now)).count()
    }
}
