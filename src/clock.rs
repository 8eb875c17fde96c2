//! The clock and the dice that everything else is given as arguments.

use std::sync::LazyLock;
use std::time::Duration;

use actors::ports::Clock;
use time::OffsetDateTime;
use tokio::time::Instant;

pub struct SystemClock;

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn uptime(&self) -> Duration {
        ORIGIN.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the one source of chance")]
    fn random(&self) -> f64 {
        rand::random()
    }
}
