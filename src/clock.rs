//! The clock and the dice that everything else is given as arguments.

use actors::ports::Clock;
use time::OffsetDateTime;

pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    #[expect(clippy::disallowed_methods, reason = "the one source of chance")]
    fn random(&self) -> f64 {
        rand::random()
    }
}
