//! Stub, replaced by the policies branch.
use serde::{Deserialize, Serialize};
use std::time::Duration;
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Schedule(Vec<String>);
impl Schedule {
    pub fn wait_before(&self, attempt: u32, _random: f64) -> Duration {
        Duration::from_secs([0, 60, 300, 900][(attempt.max(1) as usize - 1).min(3)])
    }
}
