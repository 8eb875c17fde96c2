//! The breaker: spares an endpoint that does nothing but fail.
//!
//! ```text
//!            failures in a row, over enough deliveries
//!   closed ────────────────────────────────────────────→ open(until)
//!     ↑     ↖ failures in a row ─→ open                   │   ↑
//!     │ slots enough                   the pause is over │   │ the probe failed: pause doubled
//!   closing(slots) ←─────────────────── probing ←────────╯───╯
//!              the probe succeeded
//! ```
//!
//! While it is open nothing is sent; then one request at a time, the probe, until one succeeds. Then the slots come back
//! with each success one more, so that each round of requests is twice the one before: an endpoint that has just come back
//! is not met by all that waited for it. A failure meanwhile begins it again from one. Chance makes pauses longer, so that
//! endpoints which failed together are not probed together.

use time::OffsetDateTime;

use std::time::Duration;

use crate::id::DeliveryId;
use crate::outcome::Outcome;
use crate::pace::Moment;

/// When it opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Failed attempts in a row …
    pub failures: u32,
    /// … of at least so many deliveries.
    pub deliveries: u32,
    pub pause_first: Duration,
    /// Each pause is twice the one before, up to this.
    pub pause_longest: Duration,
}

/// A time in which nothing is sent, as it outlives the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub until: OffsetDateTime,
    pub length: Duration,
}

/// The same by the clock that only goes forward: whatever is done to the wall's, it is neither longer nor shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rest {
    until: Duration,
    length: Duration,
}

/// By chance a pause is longer by up to this part of it.
const JITTER: f64 = 0.1;
/// More than any endpoint has.
const ALL_SLOTS: u32 = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Closed,
    /// So many requests at a time.
    Closing {
        slots: u32,
    },
    Open(Rest),
    /// The pause is over: one request may be under way, to see.
    Probing {
        rest: Rest,
        probe: Option<DeliveryId>,
    },
}

/// Whether a request may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// As far as the breaker is concerned.
    Free,
    /// One, and no other until it ended.
    Probe,
    /// Not before this time, on the clock that only goes forward.
    NotBefore(Duration),
    /// The probe is under way.
    AfterProbe,
}

#[derive(Debug, Clone, Default)]
pub struct Breaker {
    state: State,
    failures: u32,
    /// Deliveries that failed in this row, as many as are needed to tell.
    failed: Vec<DeliveryId>,
}

impl Breaker {
    /// As a former owner left it. Closed it begins a new row: of the old one it is not known any more which attempts
    /// our own rules blocked, nor over which deliveries the endpoint failed.
    pub fn resume(pause: Option<Pause>, at: Moment) -> Self {
        let rest = |Pause { until, length }| Rest { until: at.ahead(until, longest(length)), length };
        Self { state: pause.map(rest).map_or(State::Closed, State::Open), ..Self::default() }
    }

    pub fn is_open(&self) -> bool {
        self.rest().is_some()
    }

    /// How many requests may be under way, of as many as the endpoint has slots.
    pub fn slots(&self, of: u32) -> u32 {
        match self.state {
            State::Closing { slots } => of.min(slots),
            State::Closed | State::Open(_) | State::Probing { .. } => of,
        }
    }

    /// The last pause, where it has not closed since.
    pub fn pause(&self, at: Moment) -> Option<Pause> {
        self.rest().map(|Rest { until, length }| Pause { until: at.on_the_wall(until), length })
    }

    fn rest(&self) -> Option<Rest> {
        match self.state {
            State::Closed | State::Closing { .. } => None,
            State::Open(rest) | State::Probing { rest, .. } => Some(rest),
        }
    }

    /// Whether a request may start now.
    pub fn peek(&self, now: Duration) -> Permit {
        match self.state {
            State::Closed | State::Closing { .. } => Permit::Free,
            State::Open(Rest { until, .. }) if now < until => Permit::NotBefore(until),
            State::Open(_) | State::Probing { probe: None, .. } => Permit::Probe,
            State::Probing { probe: Some(_), .. } => Permit::AfterProbe,
        }
    }

    /// The same, for a delivery's request that starts where it may.
    pub fn permit(&mut self, delivery: DeliveryId, now: Duration) -> Permit {
        let permit = self.peek(now);
        if let (Permit::Probe, Some(rest)) = (permit, self.rest()) {
            self.state = State::Probing { rest, probe: Some(delivery) };
        }
        permit
    }

    /// A request was not made for a reason of ours, or said nothing: was it the probe, the next one may be.
    pub fn not_made(&mut self, delivery: DeliveryId) {
        if let State::Probing { rest, probe } = self.state
            && probe == Some(delivery)
        {
            self.state = State::Probing { rest, probe: None };
        }
    }

    /// Whatever was under way is no longer.
    pub fn none_under_way(&mut self) {
        if let State::Probing { rest, .. } = self.state {
            self.state = State::Probing { rest, probe: None };
        }
    }

    /// A request ended. What our own rules blocked says nothing about the endpoint. `random` is in [0, 1).
    pub fn ended(
        &mut self,
        delivery: DeliveryId,
        outcome: Outcome,
        limits: &Limits,
        (now, random): (Duration, f64),
    ) {
        match outcome {
            Outcome::Succeeded => *self = Self { state: self.state.after_success(), ..Self::default() },
            Outcome::Blocked => self.not_made(delivery),
            Outcome::HttpError
            | Outcome::Timeout
            | Outcome::Unreachable
            | Outcome::TlsError
            | Outcome::ProtocolError => self.failed(delivery, limits, (now, random)),
        }
    }

    fn failed(&mut self, delivery: DeliveryId, limits: &Limits, at: (Duration, f64)) {
        self.failures = self.failures.saturating_add(1);
        if self.failed.len() < limits.deliveries as usize && !self.failed.contains(&delivery) {
            self.failed.push(delivery);
        }
        match self.state {
            State::Closed | State::Closing { .. } => {
                let enough = self.failed.len() >= limits.deliveries as usize;
                if self.failures >= limits.failures && enough {
                    self.open(limits.pause_first, at);
                } else if self.state != State::Closed {
                    self.state = State::Closing { slots: 1 };
                }
            }
            State::Probing { rest, probe } if probe == Some(delivery) => {
                self.open((rest.length * 2).min(limits.pause_longest), at);
            }
            // A request that was under way when it opened: nothing new.
            State::Open(_) | State::Probing { .. } => {}
        }
    }

    fn open(&mut self, length: Duration, (now, random): (Duration, f64)) {
        let until = now + length + length.mul_f64(JITTER * random.clamp(0.0, 1.0));
        self.state = State::Open(Rest { until, length });
    }
}

impl State {
    fn after_success(self) -> Self {
        match self {
            Self::Closing { slots } if slots < ALL_SLOTS => Self::Closing { slots: slots + 1 },
            Self::Closed | Self::Closing { .. } => Self::Closed,
            Self::Open(_) | Self::Probing { .. } => Self::Closing { slots: 2 },
        }
    }
}

fn longest(length: Duration) -> Duration {
    length + length.mul_f64(JITTER)
}

#[cfg(test)]
mod tests;
