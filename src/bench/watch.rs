//! Whether a run still goes on: it moves, and it does not take for ever.

use std::time::Duration;

use tokio::time::Instant;

/// Nothing moved for so long: it is over.
pub const STALLED: Duration = Duration::from_secs(30);
/// Of a whole run, and for each of its deliveries: a trickle is no measurement.
const RUN_MAX: Duration = Duration::from_mins(10);
const DELIVERY_MAX: Duration = Duration::from_millis(5);

pub struct Watch {
    count: u64,
    moved: Instant,
    end: Instant,
}

impl Watch {
    /// Of a run of so many deliveries, whose publishers alone take so long.
    pub fn new(deliveries: u64, planned: Duration) -> Self {
        let now = Instant::now();
        let each = DELIVERY_MAX.saturating_mul(u32::try_from(deliveries).unwrap_or(u32::MAX));
        Self { count: 0, moved: now, end: now + RUN_MAX + each + planned }
    }

    /// `count` is whatever moves while it goes on.
    pub fn is_over(&mut self, count: u64) -> bool {
        let now = Instant::now();
        if count != self.count {
            (self.count, self.moved) = (count, now);
        }
        now >= self.end || now - self.moved >= STALLED
    }
}
