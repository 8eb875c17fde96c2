//! The clock and the dice that everything else is given as arguments.

use std::sync::LazyLock;
use std::time::Duration;

use actors::ports::Clock;
use rustix::time::{ClockId, clock_gettime};
use time::OffsetDateTime;

pub struct SystemClock;

static ORIGIN: LazyLock<Duration> = LazyLock::new(since_boot);

/// It goes on while the machine is suspended: what was good until then is over when it wakes.
#[cfg(any(target_os = "linux", target_os = "android"))]
const CLOCK: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const CLOCK: ClockId = ClockId::Monotonic;

fn since_boot() -> Duration {
    // Both are never negative.
    let now = clock_gettime(CLOCK);
    Duration::new(now.tv_sec.cast_unsigned(), now.tv_nsec as u32)
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn uptime(&self) -> Duration {
        since_boot().saturating_sub(*ORIGIN)
    }

    #[expect(clippy::disallowed_methods, reason = "the one source of chance")]
    fn random(&self) -> f64 {
        rand::random()
    }
}
