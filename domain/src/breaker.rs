//! The breaker: spares an endpoint that does nothing but fail.
//!
//! ```text
//!            failures in a row, over enough deliveries
//!   closed ────────────────────────────────────────────→ open(until)
//!     ↑                                                    │   ↑
//!     │ the probe succeeded              the pause is over │   │ the probe failed: pause doubled
//!     ╰──────────────────────── probing ←──────────────────╯───╯
//! ```
//!
//! While it is open nothing is sent; then one request at a time, the probe, until one succeeds.

use time::OffsetDateTime;

use std::time::Duration;

use crate::id::DeliveryId;
use crate::outcome::Outcome;

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

/// A time in which nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub until: OffsetDateTime,
    pub length: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Closed,
    Open(Pause),
    /// The pause is over: one request may be under way, to see.
    Probing {
        pause: Pause,
        under_way: bool,
    },
}

/// Whether a request may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// As far as the breaker is concerned.
    Free,
    /// One, and no other until it ended.
    Probe,
    /// Not before this instant.
    NotBefore(OffsetDateTime),
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
    pub fn resume(pause: Option<Pause>) -> Self {
        Self { state: pause.map_or(State::Closed, State::Open), ..Self::default() }
    }

    pub fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    /// The last pause, where it has not closed since.
    pub fn pause(&self) -> Option<Pause> {
        match self.state {
            State::Closed => None,
            State::Open(pause) | State::Probing { pause, .. } => Some(pause),
        }
    }

    /// Whether a request may start now.
    pub fn peek(&self, now: OffsetDateTime) -> Permit {
        match self.state {
            State::Closed => Permit::Free,
            State::Open(Pause { until, .. }) if now < until => Permit::NotBefore(until),
            State::Open(_) | State::Probing { under_way: false, .. } => Permit::Probe,
            State::Probing { under_way: true, .. } => Permit::AfterProbe,
        }
    }

    /// The same, for a request that starts where it may.
    pub fn permit(&mut self, now: OffsetDateTime) -> Permit {
        let permit = self.peek(now);
        if let (Permit::Probe, Some(pause)) = (permit, self.pause()) {
            self.state = State::Probing { pause, under_way: true };
        }
        permit
    }

    /// The probe was permitted and could not be made, for a reason of ours.
    pub fn not_made(&mut self) {
        if let State::Probing { pause, .. } = self.state {
            self.state = State::Probing { pause, under_way: false };
        }
    }

    /// A request ended. What our own rules blocked says nothing about the endpoint.
    pub fn ended(&mut self, delivery: DeliveryId, outcome: Outcome, limits: &Limits, now: OffsetDateTime) {
        match outcome {
            Outcome::Succeeded => *self = Self::default(),
            Outcome::Blocked => self.not_made(),
            Outcome::HttpError
            | Outcome::Timeout
            | Outcome::Unreachable
            | Outcome::TlsError
            | Outcome::ProtocolError => self.failed(delivery, limits, now),
        }
    }

    fn failed(&mut self, delivery: DeliveryId, limits: &Limits, now: OffsetDateTime) {
        self.failures = self.failures.saturating_add(1);
        if self.failed.len() < limits.deliveries as usize && !self.failed.contains(&delivery) {
            self.failed.push(delivery);
        }
        match self.state {
            State::Closed => {
                let enough = self.failed.len() >= limits.deliveries as usize;
                if self.failures >= limits.failures && enough {
                    self.open(limits.pause_first, now);
                }
            }
            State::Probing { pause, .. } => self.open((pause.length * 2).min(limits.pause_longest), now),
            // A request that was under way when it opened: nothing new.
            State::Open(_) => {}
        }
    }

    fn open(&mut self, length: Duration, now: OffsetDateTime) {
        self.state = State::Open(Pause { until: now + length, length });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::id::{EndpointId, EventId};

    const LIMITS: Limits = Limits {
        failures: 5,
        deliveries: 2,
        pause_first: Duration::from_secs(5),
        pause_longest: Duration::from_mins(5),
    };
    const START: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);

    fn delivery(number: u128) -> DeliveryId {
        DeliveryId { event: EventId(Uuid::from_u128(number)), endpoint: EndpointId(Uuid::nil()) }
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        for number in 0..5 {
            breaker.ended(delivery(number), Outcome::HttpError, &LIMITS, START);
        }
        breaker
    }

    #[test]
    fn opens_after_five_failures_over_two_deliveries() {
        let mut breaker = Breaker::default();
        for _ in 0..9 {
            breaker.ended(delivery(1), Outcome::Timeout, &LIMITS, START);
            assert!(!breaker.is_open(), "one delivery is not the endpoint");
        }
        breaker.ended(delivery(2), Outcome::Timeout, &LIMITS, START);
        assert_eq!(breaker.permit(START), Permit::NotBefore(START + Duration::from_secs(5)));
    }

    #[test]
    fn a_success_between_starts_the_row_again() {
        let mut breaker = Breaker::default();
        for number in 0..20 {
            let outcome = if number % 5 == 4 { Outcome::Succeeded } else { Outcome::HttpError };
            breaker.ended(delivery(number), outcome, &LIMITS, START);
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn blocked_attempts_say_nothing_about_the_endpoint() {
        let mut breaker = Breaker::default();
        for number in 0..20 {
            breaker.ended(delivery(number), Outcome::Blocked, &LIMITS, START);
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn one_probe_at_a_time_and_a_pause_that_doubles() {
        let mut breaker = open();
        let mut now = START;
        for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
            let until = now + Duration::from_secs(seconds);
            assert_eq!(breaker.permit(now), Permit::NotBefore(until));
            now = until;
            assert_eq!(breaker.permit(now), Permit::Probe);
            assert_eq!(breaker.permit(now), Permit::AfterProbe);
            breaker.ended(delivery(7), Outcome::HttpError, &LIMITS, now);
        }
        now += Duration::from_mins(5);
        assert_eq!(breaker.permit(now), Permit::Probe);
        breaker.ended(delivery(7), Outcome::Succeeded, &LIMITS, now);
        assert_eq!(breaker.permit(now), Permit::Free);
    }

    #[test]
    fn what_was_under_way_when_it_opened_changes_nothing() {
        let mut breaker = open();
        breaker.ended(delivery(9), Outcome::HttpError, &LIMITS, START + Duration::from_secs(1));
        assert_eq!(breaker.permit(START), Permit::NotBefore(START + Duration::from_secs(5)));
    }

    #[test]
    fn a_probe_that_was_not_made_leaves_the_next_one_free() {
        let mut breaker = open();
        let now = START + Duration::from_secs(5);
        assert_eq!(breaker.permit(now), Permit::Probe);
        breaker.not_made();
        assert_eq!(breaker.permit(now), Permit::Probe);
    }

    proptest! {
        #[test]
        fn never_two_probes_and_never_a_free_request_while_open(steps in proptest::collection::vec(0_u8..4, 1..200)) {
            let mut breaker = open();
            let (mut now, mut under_way) = (START, 0);
            for step in steps {
                match step {
                    0 => now += Duration::from_secs(7),
                    1 if under_way > 0 => {
                        under_way -= 1;
                        breaker.ended(delivery(3), Outcome::HttpError, &LIMITS, now);
                    }
                    _ => match breaker.permit(now) {
                        Permit::Free => prop_assert!(false, "free while open"),
                        Permit::Probe => under_way += 1,
                        Permit::NotBefore(until) => prop_assert!(until > now),
                        Permit::AfterProbe => prop_assert_eq!(under_way, 1),
                    },
                }
                prop_assert!(under_way <= 1);
            }
        }
    }
}
