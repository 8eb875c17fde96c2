//! The rate limit of an endpoint: a token bucket, kept as one point in time.
//!
//! The endpoint actor takes before each attempt; the registry keeps the bucket when the actor goes. In any
//! window of length w at most burst + rate × w attempts pass. This is the generic cell rate algorithm (ITU-T
//! I.371): instead of counting tokens it keeps the time at which the bucket would be full again, so that
//! nothing has to be refilled. Left out: waiting; a tenant's limit over several nodes (`turns`).

use std::num::NonZeroU32;
use std::time::Duration;

const NANOS_PER_MINUTE: u64 = 60_000_000_000;

/// Times are monotonic and since any one origin, the same for all calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    interval: Duration,
    burst: NonZeroU32,
    full_at: Duration,
}

impl Bucket {
    /// A full bucket.
    pub fn new(per_minute: NonZeroU32, burst: NonZeroU32) -> Self {
        Self { interval: interval(per_minute), burst, full_at: Duration::ZERO }
    }

    /// Takes a token, or says how long until there is one; what was refused took nothing.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let wait = self.wait(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.full_at = self.full_at.max(now).saturating_add(self.interval);
        Ok(())
    }

    /// Takes the next token, whether it is there or not, and says from when on it is: whoever takes so waits its turn.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        let ready_at = self.ready_at().max(now);
        self.full_at = self.full_at.max(now).saturating_add(self.interval);
        ready_at
    }

    /// How long until there is a token; zero where there is one.
    pub fn wait(&self, now: Duration) -> Duration {
        self.ready_at().saturating_sub(now)
    }

    /// The tokens that are there.
    pub fn left(&self, now: Duration) -> u32 {
        let missing = self.until_full(now).as_nanos().div_ceil(self.interval.as_nanos());
        self.burst.get().saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX))
    }

    /// How long until all tokens are there, where none is taken meanwhile.
    pub fn until_full(&self, now: Duration) -> Duration {
        self.full_at.saturating_sub(now)
    }

    /// The next allowed time: from then on a token is there.
    pub fn ready_at(&self) -> Duration {
        self.full_at.saturating_sub(self.interval.saturating_mul(self.burst.get() - 1))
    }

    /// Empties it. What a new owner starts from: its predecessor may just have spent the whole burst.
    pub fn empty_at(&mut self, now: Duration) {
        self.full_at = now.saturating_add(self.capacity());
    }

    /// Sets other limits. What was taken stays taken: as many tokens are missing as before, up to the new burst.
    pub fn reconfigure(&mut self, per_minute: NonZeroU32, burst: NonZeroU32, now: Duration) {
        if (interval(per_minute), burst) == (self.interval, self.burst) {
            return;
        }
        let missing = self.until_full(now).as_nanos();
        let before = self.interval.as_nanos();
        *self = Self { interval: interval(per_minute), burst, full_at: self.full_at };
        // Rounded up, as the interval is: a change of limits gives no part of a token away.
        let missing = missing.saturating_mul(self.interval.as_nanos()).div_ceil(before);
        let missing = Duration::from_nanos(u64::try_from(missing).unwrap_or(u64::MAX));
        self.full_at = now.saturating_add(missing.min(self.capacity()));
    }

    /// The time an empty bucket takes to fill.
    fn capacity(&self) -> Duration {
        self.interval.saturating_mul(self.burst.get())
    }
}

/// The time that one token takes, rounded up so that the limit is never exceeded.
pub fn interval(per_minute: NonZeroU32) -> Duration {
    Duration::from_nanos(NANOS_PER_MINUTE.div_ceil(u64::from(per_minute.get())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn some(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn taken(bucket: &mut Bucket, now: Duration) -> u32 {
        (0..1000).take_while(|_| bucket.take(now).is_ok()).count() as u32
    }

    #[test]
    fn gives_the_burst_then_the_rate() {
        let mut bucket = Bucket::new(some(60), some(10));
        assert_eq!(taken(&mut bucket, at(100)), 10);
        assert_eq!(bucket.take(at(100)), Err(at(1)));
        assert_eq!(bucket.ready_at(), at(101));
        assert_eq!(taken(&mut bucket, at(101)), 1);
        assert_eq!(taken(&mut bucket, at(104)), 3);
        assert_eq!(taken(&mut bucket, at(1000)), 10, "never more than the burst");
    }

    #[test]
    fn a_burst_of_one_is_a_steady_pace() {
        let mut bucket = Bucket::new(some(7), some(1));
        assert_eq!(bucket.take(at(5)), Ok(()));
        let wait = bucket.take(at(5)).unwrap_err();
        assert_eq!(wait, Duration::from_nanos(8_571_428_572));
        assert!(bucket.take(at(5) + wait.saturating_sub(Duration::from_nanos(1))).is_err());
        assert_eq!(bucket.take(at(5) + wait), Ok(()));
    }

    #[test]
    fn whoever_reserves_gets_a_turn_of_its_own() {
        let mut bucket = Bucket::new(some(60), some(2));
        let turns: Vec<_> = (0..4).map(|_| bucket.reserve(at(10))).collect();
        assert_eq!(turns, [at(10), at(10), at(11), at(12)]);
        assert_eq!(bucket.reserve(at(100)), at(100), "what was not asked for is not saved up past the burst");
    }

    #[test]
    fn starts_empty_after_a_takeover() {
        let mut bucket = Bucket::new(some(60), some(10));
        bucket.empty_at(at(50));
        assert_eq!(bucket.take(at(50)), Err(at(1)));
        assert_eq!(taken(&mut bucket, at(53)), 3);
        assert_eq!(taken(&mut bucket, at(63)), 10);
    }

    #[test]
    fn other_limits_keep_what_was_taken() {
        let mut bucket = Bucket::new(some(60), some(10));
        assert_eq!((0..4).filter(|_| bucket.take(at(0)).is_ok()).count(), 4);
        bucket.reconfigure(some(120), some(10), at(0));
        assert_eq!(taken(&mut bucket, at(0)), 6);
        bucket.reconfigure(some(60), some(3), at(0));
        assert_eq!(bucket.wait(at(0)), at(1), "no longer than one interval");
        bucket.reconfigure(some(60), some(20), at(0));
        assert_eq!(taken(&mut bucket, at(0)), 17, "three missing then, three missing now");
        let mut full = Bucket::new(some(60), some(5));
        full.reconfigure(some(60), some(8), at(9));
        assert_eq!(taken(&mut full, at(9)), 8);
    }

    #[test]
    fn extremes_are_no_trouble() {
        let mut bucket = Bucket::new(some(1), some(u32::MAX));
        bucket.empty_at(Duration::MAX);
        assert!(bucket.take(Duration::ZERO).is_err());
        bucket.reconfigure(some(u32::MAX), some(1), Duration::MAX);
        assert!(bucket.take(Duration::MAX).is_ok());
    }

    proptest! {
        #[test]
        fn no_window_passes_more_than_burst_and_rate(
            per_minute in 1..6000_u32,
            burst in 1..20_u32,
            steps in prop::collection::vec(prop_oneof![Just(0), 0..2_000_000_000_u64, 0..90_000_000_000_u64], 1..150),
        ) {
            let mut bucket = Bucket::new(some(per_minute), some(burst));
            let (mut now, mut passed) = (0_u64, Vec::new());
            for step in steps {
                now += step;
                if bucket.take(Duration::from_nanos(now)).is_ok() {
                    passed.push(now);
                }
            }
            for (first, from) in passed.iter().enumerate() {
                for (last, to) in passed.iter().enumerate().skip(first) {
                    let inside = (last - first + 1) as f64;
                    let rate = f64::from(per_minute) / NANOS_PER_MINUTE as f64;
                    prop_assert!(inside <= f64::from(burst) + rate * (to - from) as f64 + 1e-9);
                }
            }
        }

        #[test]
        fn what_is_left_can_be_taken_and_no_more(
            per_minute in 1..6000_u32,
            burst in 1..20_u32,
            first in 0..20_u32,
            later in 0..90_000_000_000_u64,
        ) {
            let mut bucket = Bucket::new(some(per_minute), some(burst));
            for _ in 0..first {
                let _ = bucket.take(at(1000));
            }
            let now = at(1000) + Duration::from_nanos(later);
            let left = bucket.left(now);
            prop_assert_eq!(bucket.left(now + bucket.until_full(now)), burst);
            prop_assert_eq!(taken(&mut bucket, now), left);
        }

        #[test]
        fn the_wait_is_exact(
            per_minute in 1..6000_u32,
            burst in 1..20_u32,
            now in 0..1_000_000_000_000_u64,
            empty in any::<bool>(),
        ) {
            let now = Duration::from_nanos(now);
            let mut bucket = Bucket::new(some(per_minute), some(burst));
            if empty {
                bucket.empty_at(now);
            } else {
                prop_assert_eq!(taken(&mut bucket, now), burst);
            }
            let before = bucket;
            let wait = bucket.take(now).unwrap_err();
            prop_assert_eq!(before, bucket, "what was refused took nothing");
            prop_assert!(bucket.take(now + wait.saturating_sub(Duration::from_nanos(1))).is_err());
            prop_assert_eq!(bucket.take(now + wait), Ok(()));
        }

        #[test]
        fn changing_limits_back_and_forth_gives_nothing_away(
            burst in 1..20_u32,
            through in prop::collection::vec((1..600_u32, 1..40_u32), 1..6),
            taken_first in 0..20_u32,
        ) {
            let now = at(1000);
            let mut bucket = Bucket::new(some(60), some(burst));
            let first = (0..taken_first.min(burst)).filter(|_| bucket.take(now).is_ok()).count() as u32;
            let narrowest = through.iter().map(|(_, burst)| *burst).min().unwrap();
            for (per_minute, burst) in through {
                bucket.reconfigure(some(per_minute), some(burst), now);
            }
            bucket.reconfigure(some(60), some(burst), now);
            // A burst narrower than what was missing forgets the difference, and nothing else is forgotten.
            prop_assert!(taken(&mut bucket, now) <= burst - first.min(narrowest));
        }
    }
}
