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
    const START: Duration = Duration::from_hours(1);

    fn delivery(number: u128) -> DeliveryId {
        DeliveryId { event: EventId(Uuid::from_u128(number)), endpoint: EndpointId(Uuid::nil()) }
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        for number in 0..5 {
            breaker.ended(delivery(number), Outcome::HttpError, &LIMITS, (START, 0.0));
        }
        breaker
    }

    #[test]
    fn opens_after_five_failures_over_two_deliveries() {
        let mut breaker = Breaker::default();
        for _ in 0..9 {
            breaker.ended(delivery(1), Outcome::Timeout, &LIMITS, (START, 0.0));
            assert!(!breaker.is_open(), "one delivery is not the endpoint");
        }
        breaker.ended(delivery(2), Outcome::Timeout, &LIMITS, (START, 0.0));
        assert_eq!(breaker.permit(delivery(7), START), Permit::NotBefore(START + Duration::from_secs(5)));
    }

    #[test]
    fn a_success_between_starts_the_row_again() {
        let mut breaker = Breaker::default();
        for number in 0..20 {
            let outcome = if number % 5 == 4 { Outcome::Succeeded } else { Outcome::HttpError };
            breaker.ended(delivery(number), outcome, &LIMITS, (START, 0.0));
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn blocked_attempts_say_nothing_about_the_endpoint() {
        let mut breaker = Breaker::default();
        for number in 0..20 {
            breaker.ended(delivery(number), Outcome::Blocked, &LIMITS, (START, 0.0));
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn one_probe_at_a_time_and_a_pause_that_doubles() {
        let mut breaker = open();
        let mut now = START;
        for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
            let until = now + Duration::from_secs(seconds);
            assert_eq!(breaker.permit(delivery(7), now), Permit::NotBefore(until));
            now = until;
            assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
            assert_eq!(breaker.permit(delivery(7), now), Permit::AfterProbe);
            breaker.ended(delivery(7), Outcome::HttpError, &LIMITS, (now, 0.0));
        }
        now += Duration::from_mins(5);
        assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
        breaker.ended(delivery(7), Outcome::Succeeded, &LIMITS, (now, 0.0));
        assert_eq!(breaker.permit(delivery(7), now), Permit::Free);
    }

    #[test]
    fn what_was_under_way_when_it_opened_changes_nothing() {
        let mut breaker = open();
        breaker.ended(delivery(9), Outcome::HttpError, &LIMITS, (START + Duration::from_secs(1), 0.0));
        assert_eq!(breaker.permit(delivery(7), START), Permit::NotBefore(START + Duration::from_secs(5)));
    }

    #[test]
    fn a_probe_that_was_not_made_leaves_the_next_one_free() {
        let mut breaker = open();
        let now = START + Duration::from_secs(5);
        assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
        breaker.not_made(delivery(7));
        assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
    }

    #[test]
    fn only_the_probe_speaks_for_the_endpoint() {
        let mut breaker = open();
        let now = START + Duration::from_secs(5);
        assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
        // These were under way when it opened.
        breaker.not_made(delivery(1));
        breaker.ended(delivery(2), Outcome::Blocked, &LIMITS, (now, 0.0));
        breaker.ended(delivery(3), Outcome::Timeout, &LIMITS, (now, 0.0));
        assert_eq!(breaker.permit(delivery(8), now), Permit::AfterProbe);
        breaker.ended(delivery(7), Outcome::Timeout, &LIMITS, (now, 0.0));
        assert_eq!(breaker.permit(delivery(8), now), Permit::NotBefore(now + Duration::from_secs(10)));
    }

    #[test]
    fn whatever_the_wall_says_by_now_a_pause_is_as_long_as_it_was() {
        const WALL: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);
        let known = open().pause(Moment { now: WALL, uptime: START });
        let Some(pause) = known else { panic!("it is open") };
        assert_eq!(pause.until, WALL + LIMITS.pause_first);
        // Of a former owner, whose clock was ahead by ten minutes, or behind.
        for (now, left) in [
            (WALL, LIMITS.pause_first),
            (WALL + Duration::from_secs(2), Duration::from_secs(3)),
            (WALL - Duration::from_mins(10), longest(LIMITS.pause_first)),
        ] {
            let resumed = Breaker::resume(known, Moment { now, uptime: Duration::ZERO });
            assert_eq!(resumed.peek(Duration::ZERO), Permit::NotBefore(left));
        }
        let now = WALL + Duration::from_mins(10);
        let resumed = Breaker::resume(known, Moment { now, uptime: Duration::ZERO });
        assert_eq!(resumed.peek(Duration::ZERO), Permit::Probe);
    }

    #[test]
    fn slots_come_back_one_more_with_each_success_and_go_with_a_failure() {
        let mut breaker = open();
        let now = START + Duration::from_secs(5);
        assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
        breaker.ended(delivery(7), Outcome::Succeeded, &LIMITS, (now, 0.0));
        assert!(!breaker.is_open());
        let mut rounds = Vec::new();
        for round in 0..5 {
            let slots = breaker.slots(24);
            rounds.push(slots);
            for number in 0..slots {
                breaker.ended(
                    delivery(u128::from(100 * round + number)),
                    Outcome::Succeeded,
                    &LIMITS,
                    (now, 0.0),
                );
            }
        }
        assert_eq!(rounds, [2, 4, 8, 16, 24]);
        breaker.ended(delivery(1), Outcome::Timeout, &LIMITS, (now, 0.0));
        assert_eq!((breaker.slots(24), breaker.is_open()), (1, false));
        for _ in 0..ALL_SLOTS {
            breaker.ended(delivery(2), Outcome::Succeeded, &LIMITS, (now, 0.0));
        }
        assert_eq!(breaker.state, State::Closed);
    }

    #[test]
    fn what_has_hardly_come_back_and_fails_again_opens_it_anew() {
        let mut breaker = open();
        let mut now = START + Duration::from_secs(5);
        breaker.permit(delivery(7), now);
        breaker.ended(delivery(7), Outcome::Succeeded, &LIMITS, (now, 0.0));
        for number in 0..5 {
            now += Duration::from_secs(1);
            assert_eq!(breaker.permit(delivery(number), now), Permit::Free);
            breaker.ended(delivery(number), Outcome::HttpError, &LIMITS, (now, 0.0));
        }
        assert_eq!(breaker.permit(delivery(7), now), Permit::NotBefore(now + LIMITS.pause_first));
    }

    /// A hundred endpoints that fail together for an hour: how many are probed in the worst second.
    #[test]
    fn endpoints_that_failed_together_are_not_probed_together() {
        let mut probes = Vec::new();
        for endpoint in 0..100_u32 {
            let (mut breaker, mut now) = (Breaker::default(), START);
            // Equally spread, and another each time.
            let mut chance = f64::from(endpoint) / 100.0;
            while now < START + Duration::from_hours(1) {
                chance = (chance + 0.618_034).fract();
                for number in 0..5 {
                    breaker.ended(delivery(number), Outcome::Unreachable, &LIMITS, (now, chance));
                }
                let Some(rest) = breaker.rest() else { panic!("it is open") };
                now = rest.until;
                assert_eq!(breaker.permit(delivery(4), now), Permit::Probe);
                probes.push(now.saturating_sub(START).as_secs());
            }
        }
        let late: Vec<u64> = probes.into_iter().filter(|second| *second > 600).collect();
        let worst = late.iter().map(|at| late.iter().filter(|other| *other == at).count()).max();
        // Without chance all of them are probed in the same second.
        assert!(worst.is_some_and(|worst| worst <= 20), "{worst:?}");
    }

    proptest! {
        #[test]
        fn a_pause_is_longer_by_chance_and_never_shorter(random in -1.0..2.0_f64, early in 0..6_000_u64) {
            let mut breaker = Breaker::default();
            for number in 0..5 {
                breaker.ended(delivery(number), Outcome::HttpError, &LIMITS, (START, random));
            }
            let now = START + Duration::from_millis(early);
            match breaker.permit(delivery(7), now) {
                Permit::NotBefore(until) => prop_assert!(until <= START + longest(LIMITS.pause_first) && until > now),
                Permit::Probe => prop_assert!(early >= 5_000),
                Permit::Free | Permit::AfterProbe => prop_assert!(false),
            }
        }

        #[test]
        fn never_two_probes_and_never_a_free_request_while_open(steps in proptest::collection::vec(0_u8..4, 1..200)) {
            let mut breaker = open();
            let (mut now, mut under_way) = (START, 0);
            for step in steps {
                match step {
                    0 => now += Duration::from_secs(7),
                    1 if under_way > 0 => {
                        under_way -= 1;
                        breaker.ended(delivery(7), Outcome::HttpError, &LIMITS, (now, 0.0));
                    }
                    _ => match breaker.permit(delivery(7), now) {
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
