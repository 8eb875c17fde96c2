//! When the next attempt at an endpoint may start: the hold that it asked for, its breaker and its bucket,
//! together. The registry keeps it when the endpoint's actor goes, so that an actor's end neither raises the rate
//! nor silences the endpoint. Left out: slots and order, which are of the actor.

use std::time::Duration;

use time::OffsetDateTime;

use crate::breaker::{self, Breaker, Permit};
use crate::bucket::Bucket;
use crate::endpoint::{Condition, Failures, RateLimit};
use crate::id::DeliveryId;
use crate::outcome::{Ending, Sign};

/// One point in time on both clocks: the wall's, and one that only goes forward.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now: OffsetDateTime,
    pub uptime: Duration,
}

impl Moment {
    /// A time of the clock that only goes forward, on the wall's as it goes now.
    pub fn on_the_wall(self, uptime: Duration) -> OffsetDateTime {
        self.now + uptime.saturating_sub(self.uptime) - self.uptime.saturating_sub(uptime)
    }

    /// By how much the wall's clock was set back since then.
    pub fn set_back_since(self, then: Self) -> Duration {
        Duration::try_from(then.on_the_wall(self.uptime) - self.now).unwrap_or_default()
    }

    /// The other way round, where what is past is now. The wall's clock may have been set back: it is no further away than so
    /// long.
    pub fn ahead(self, at: OffsetDateTime, longest: Duration) -> Duration {
        self.uptime + Duration::try_from(at - self.now).unwrap_or_default().min(longest)
    }
}

/// The longest that an endpoint may ask to be left alone for.
pub const HOLD_LONGEST: Duration = Duration::from_hours(24);

/// Whether an attempt may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    Now,
    /// On the clock that only goes forward.
    NotBefore(Duration),
    /// The breaker is open and its probe under way.
    AfterProbe,
}

#[derive(Debug, Clone)]
pub struct Pace {
    failures: Failures,
    breaker: Breaker,
    /// On the clock that only goes forward, as all times here.
    hold_until: Option<Duration>,
    bucket: Option<Bucket>,
    /// When a former owner may have emptied the bucket.
    empty_at: Option<Duration>,
}

impl Pace {
    /// As the ledger has it. `empty_at`: when this owner took over, for an endpoint that a former one knew.
    pub fn resume(condition: Condition, empty_at: Option<Duration>, at: Moment) -> Self {
        Self {
            failures: condition.failures,
            breaker: Breaker::resume(condition.pause, at),
            hold_until: condition.hold_until.map(|until| at.ahead(until, HOLD_LONGEST)),
            bucket: None,
            empty_at,
        }
    }

    /// What of it outlives this owner.
    pub fn condition(&self, at: Moment) -> Condition {
        let hold_until = self.hold_until.filter(|&until| until > at.uptime);
        let hold_until = hold_until.map(|until| at.on_the_wall(until));
        Condition { failures: self.failures, pause: self.breaker.pause(at), hold_until }
    }

    pub fn failures(&self) -> Failures {
        self.failures
    }

    pub fn is_open(&self) -> bool {
        self.breaker.is_open()
    }

    /// How many requests may be under way, of as many as the endpoint has slots.
    pub fn slots(&self, of: u32) -> u32 {
        self.breaker.slots(of)
    }

    /// Its owner set it to active again, or gave it another address: what was is no sign of what will be.
    pub fn start_clean(&mut self) {
        self.failures = Failures::default();
        self.breaker = Breaker::default();
        self.hold_until = None;
    }

    /// Whether an attempt may start. Takes nothing.
    pub fn may_start(&mut self, limit: Option<RateLimit>, at: Moment) -> Go {
        let now = at.uptime;
        let tokens = limit.map_or(now, |limit| now + self.bucket(limit, now).wait(now));
        let until = tokens.max(self.hold_until.unwrap_or(now));
        match self.breaker.peek(now) {
            Permit::NotBefore(open) => Go::NotBefore(open.max(until)),
            Permit::AfterProbe => Go::AfterProbe,
            Permit::Free | Permit::Probe if until > now => Go::NotBefore(until),
            Permit::Free | Permit::Probe => Go::Now,
        }
    }

    /// Attempts that the bucket allows at once.
    pub fn tokens(&mut self, limit: RateLimit, at: Moment) -> u32 {
        self.bucket(limit, at.uptime).left(at.uptime)
    }

    /// An attempt starts, as it may.
    pub fn start(&mut self, delivery: DeliveryId, limit: Option<RateLimit>, at: Moment) {
        self.breaker.permit(delivery, at.uptime);
        if let Some(limit) = limit {
            let _ = self.bucket(limit, at.uptime).take(at.uptime);
        }
    }

    /// An attempt ended, and was judged.
    pub fn ended(
        &mut self,
        delivery: DeliveryId,
        ending: Ending,
        failures: Failures,
        limits: &breaker::Limits,
        (now, random): (Duration, f64),
    ) {
        self.failures = failures;
        if let Some(wait) = ending.wait() {
            self.hold_until = self.hold_until.max(Some(now + wait));
        }
        // It said itself when to come again, or was sent nothing: that is no sign of trouble.
        if ending.hold().is_some() || ending.sign == Sign::Unsendable {
            self.breaker.not_made(delivery);
        } else {
            self.breaker.ended(delivery, ending.outcome, limits, (now, random));
        }
    }

    /// An attempt was not made, for a reason of ours.
    pub fn not_made(&mut self, delivery: DeliveryId) {
        self.breaker.not_made(delivery);
    }

    /// How the attempts that were under way ended will never be known.
    pub fn cut_off(&mut self) {
        self.breaker.none_under_way();
    }

    fn bucket(&mut self, limit: RateLimit, uptime: Duration) -> &mut Bucket {
        let empty_at = self.empty_at;
        let bucket = self.bucket.get_or_insert_with(|| {
            let mut bucket = Bucket::new(limit.per_minute, limit.burst);
            if let Some(at) = empty_at {
                bucket.empty_at(at);
            }
            bucket
        });
        bucket.reconfigure(limit.per_minute, limit.burst, uptime);
        bucket
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use std::num::NonZeroU32;

    use uuid::Uuid;

    use super::*;
    use crate::id::{EndpointId, EventId};
    use crate::outcome::Outcome;

    const START: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);
    const BREAKER: breaker::Limits = breaker::Limits {
        failures: 2,
        deliveries: 1,
        pause_first: Duration::from_secs(5),
        pause_longest: Duration::from_secs(5),
    };

    fn at(secs: u64) -> Moment {
        let uptime = Duration::from_secs(secs);
        Moment { now: START + uptime, uptime }
    }

    #[test]
    fn a_clock_that_is_set_back_is_noticed_by_the_one_that_only_goes_forward() {
        let then = at(100);
        assert_eq!(at(107).set_back_since(then), Duration::ZERO);
        let set = |seconds| Moment { now: at(107).now + time::Duration::seconds(seconds), ..at(107) };
        assert_eq!(set(-600).set_back_since(then), Duration::from_mins(10));
        assert_eq!(set(600).set_back_since(then), Duration::ZERO);
    }

    fn limit(per_minute: u32, burst: u32) -> RateLimit {
        let number = |number| NonZeroU32::new(number).unwrap();
        RateLimit { per_minute: number(per_minute), burst: number(burst) }
    }

    fn some(event: u128) -> DeliveryId {
        DeliveryId { event: EventId(Uuid::from_u128(event)), endpoint: EndpointId(Uuid::nil()) }
    }

    fn fail(pace: &mut Pace, retry_after: Option<Duration>, at: Moment) {
        let ending = Ending { outcome: Outcome::HttpError, status: Some(503), retry_after, sign: Sign::None };
        pace.ended(some(1), ending, Failures::default(), &BREAKER, (at.uptime, 0.0));
    }

    fn started(pace: &mut Pace, limit: Option<RateLimit>, at: Moment) -> usize {
        (0..100)
            .take_while(|_| {
                pace.may_start(limit, at) == Go::Now && {
                    pace.start(some(1), limit, at);
                    true
                }
            })
            .count()
    }

    #[test]
    fn looking_takes_nothing() {
        let mut pace = Pace::resume(Condition::default(), None, at(0));
        for _ in 0..10 {
            assert_eq!(pace.may_start(Some(limit(60, 3)), at(0)), Go::Now);
        }
        assert_eq!(started(&mut pace, Some(limit(60, 3)), at(0)), 3);
        assert_eq!(pace.may_start(Some(limit(60, 3)), at(0)), Go::NotBefore(at(1).uptime));
    }

    #[test]
    fn a_former_owners_burst_is_not_given_again() {
        let mut known = Pace::resume(Condition::default(), Some(at(100).uptime), at(100));
        assert_eq!(started(&mut known, Some(limit(60, 10)), at(103)), 3);
        let mut new = Pace::resume(Condition::default(), None, at(0));
        assert_eq!(started(&mut new, Some(limit(60, 10)), at(103)), 10);
    }

    #[test]
    fn without_a_limit_the_bucket_waits_for_the_next_one() {
        let mut pace = Pace::resume(Condition::default(), None, at(0));
        assert_eq!(started(&mut pace, Some(limit(60, 10)), at(0)), 10);
        assert_eq!(started(&mut pace, None, at(0)), 100);
        assert_eq!(started(&mut pace, Some(limit(60, 10)), at(2)), 2);
    }

    #[test]
    fn the_latest_of_hold_breaker_and_bucket_decides() {
        let mut pace = Pace::resume(Condition::default(), None, at(0));
        fail(&mut pace, Some(Duration::from_secs(3)), at(0));
        assert_eq!(pace.may_start(None, at(0)), Go::NotBefore(at(3).uptime));
        // A hold is no failure; two of these are.
        fail(&mut pace, None, at(0));
        assert_eq!(pace.may_start(None, at(0)), Go::NotBefore(at(3).uptime));
        fail(&mut pace, None, at(0));
        assert_eq!(pace.may_start(None, at(0)), Go::NotBefore(at(5).uptime));
        assert_eq!(pace.may_start(None, at(5)), Go::Now);
        pace.start(some(1), None, at(5));
        assert_eq!(pace.may_start(None, at(5)), Go::AfterProbe);
        pace.not_made(some(1));
        assert_eq!(pace.may_start(None, at(5)), Go::Now);
        // A probe that is told to come later is another's turn to be the probe.
        pace.start(some(1), None, at(5));
        fail(&mut pace, Some(Duration::from_mins(1)), at(5));
        assert_eq!(pace.may_start(None, at(6)), Go::NotBefore(at(65).uptime));
        assert_eq!(pace.may_start(None, at(65)), Go::Now);
    }

    #[test]
    fn what_outlives_the_owner_is_resumed() {
        let mut pace = Pace::resume(Condition::default(), None, at(0));
        fail(&mut pace, Some(Duration::from_secs(9)), at(0));
        fail(&mut pace, None, at(0));
        fail(&mut pace, None, at(0));
        let mut resumed = Pace::resume(pace.condition(at(0)), Some(Duration::ZERO), at(0));
        assert!(resumed.is_open());
        assert_eq!(resumed.condition(at(0)), pace.condition(at(0)));
        assert_eq!(resumed.may_start(None, at(1)), Go::NotBefore(at(9).uptime));
        resumed.start_clean();
        assert_eq!(resumed.may_start(None, at(1)), Go::Now);
    }

    #[test]
    fn a_hold_is_as_long_as_it_was_whatever_is_done_to_the_walls_clock() {
        let mut pace = Pace::resume(Condition::default(), None, at(0));
        fail(&mut pace, Some(Duration::from_secs(9)), at(0));
        for minutes in [-10, 10] {
            let set = |at: Moment| Moment { now: at.now + time::Duration::minutes(minutes), ..at };
            assert_eq!(pace.may_start(None, set(at(8))), Go::NotBefore(at(9).uptime));
            assert_eq!(pace.may_start(None, set(at(9))), Go::Now);
            assert_eq!(pace.condition(set(at(0))).hold_until, Some(set(at(9)).now));
            assert_eq!(pace.condition(set(at(9))).hold_until, None);
        }
    }

    #[test]
    fn what_a_former_owner_counted_opens_nothing() {
        let failures = Failures { consecutive: 9, since: Some(START) };
        let mut pace = Pace::resume(Condition { failures, ..Condition::default() }, None, at(0));
        fail(&mut pace, None, at(0));
        assert!(!pace.is_open());
        fail(&mut pace, None, at(0));
        assert!(pace.is_open());
    }
}
