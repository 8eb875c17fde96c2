//! What tests ask of the ledger in memory, and have it do.

use std::collections::HashMap;

use domain::delivery::Status;
use domain::id::DeliveryId;

use super::{MemoryLedger, lock};

impl MemoryLedger {
    /// There is one owner: whatever was left to the ledger is known to who ends the spilling. One that takes over
    /// may end it before the auditor's first look has brought what the former one left.
    pub fn watch_ends_of_spilling(&self) {
        lock(&self.0.kept).ends_watched = true;
    }

    /// Whatever becomes of attempts at this delivery is not written, nor what is in one batch with it.
    pub fn refuse(&self, delivery: DeliveryId) {
        lock(&self.0.kept).refused = Some(delivery);
    }

    pub fn count(&self) -> HashMap<Status, usize> {
        let mut count = HashMap::new();
        for row in lock(&self.0.kept).rows.values() {
            *count.entry(row.status).or_default() += 1;
        }
        count
    }

    /// Attempts at a delivery that are written.
    pub fn attempts_at(&self, delivery: DeliveryId) -> u32 {
        lock(&self.0.kept).rows.get(&delivery).map_or(0, |row| row.progress.attempts)
    }

    /// All of them.
    pub fn attempts(&self) -> usize {
        lock(&self.0.kept).rows.values().map(|row| row.progress.attempts as usize).sum()
    }

    /// An end of spilling is on its way.
    pub fn is_ending(&self) -> bool {
        lock(&self.0.kept).ending > 0
    }

    /// Deliveries that have not ended.
    pub fn owed(&self) -> usize {
        lock(&self.0.kept).rows.values().filter(|row| row.status.is_owed()).count()
    }

    pub fn wrongs(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0.kept).wrongs)
    }

    pub fn still_spilling(&self) -> usize {
        lock(&self.0.kept).states.values().filter(|state| state.spill_from.is_some()).count()
    }
}
