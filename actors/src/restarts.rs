//! Whether an actor that died is started again, and when. Nothing here waits or reads a clock.

use std::collections::VecDeque;
use std::time::Duration;

/// How often an actor may die, and what it waits for in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Deaths within `window` after which it is still started again.
    pub restarts_max: u32,
    pub window: Duration,
    /// The wait after the first death within `window`; each is twice the one before …
    pub backoff_first: Duration,
    /// … up to this.
    pub backoff_longest: Duration,
    /// What an endpoint's actor rests after too many deaths.
    pub rest: Duration,
}

/// What is done about a death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is started again after this wait.
    After(Duration),
    /// So many deaths within the window are too many.
    TooMany(u32),
}

/// The deaths of one actor that count still, on the clock that only goes forward.
#[derive(Debug, Clone, Default)]
pub struct Restarts(VecDeque<Duration>);

impl Restarts {
    pub fn died(&mut self, now: Duration, limits: &Limits) -> Decision {
        self.forget(now, limits);
        self.0.push_back(now);
        // Bounded by `restarts_max` + 1: at that many they are forgotten.
        let deaths = self.0.len() as u32;
        if deaths > limits.restarts_max {
            self.0.clear();
            return Decision::TooMany(deaths);
        }
        let doubled = limits.backoff_first.saturating_mul(2_u32.saturating_pow(deaths - 1));
        Decision::After(doubled.min(limits.backoff_longest))
    }

    /// Whether no death counts any more.
    pub fn is_calm(&mut self, now: Duration, limits: &Limits) -> bool {
        self.forget(now, limits);
        self.0.is_empty()
    }

    fn forget(&mut self, now: Duration, limits: &Limits) {
        self.0.retain(|&at| now.saturating_sub(at) < limits.window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        restarts_max: 5,
        window: Duration::from_mins(1),
        backoff_first: Duration::from_millis(100),
        backoff_longest: Duration::from_secs(1),
        rest: Duration::from_secs(30),
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut restarts = Restarts::default();
        let waits: Vec<_> = (0..5).map(|second| restarts.died(at(second), &LIMITS)).collect();
        let expected = [100, 200, 400, 800, 1000].map(|ms| Decision::After(Duration::from_millis(ms)));
        assert_eq!(waits, expected);
    }

    #[test]
    fn one_more_than_may_be_is_too_many_and_begins_anew() {
        let mut restarts = Restarts::default();
        for second in 0..5 {
            restarts.died(at(second), &LIMITS);
        }
        assert_eq!(restarts.died(at(5), &LIMITS), Decision::TooMany(6));
        assert_eq!(restarts.died(at(6), &LIMITS), Decision::After(LIMITS.backoff_first));
    }

    #[test]
    fn what_lies_before_the_window_does_not_count() {
        let mut restarts = Restarts::default();
        for death in 0..100 {
            assert_eq!(restarts.died(at(death * 60), &LIMITS), Decision::After(LIMITS.backoff_first));
        }
        assert!(!restarts.is_calm(at(99 * 60 + 59), &LIMITS));
        assert!(restarts.is_calm(at(100 * 60), &LIMITS));
    }

    #[test]
    fn none_may_be_allowed_and_no_number_overflows() {
        let strict = Limits { restarts_max: 0, ..LIMITS };
        assert_eq!(Restarts::default().died(at(0), &strict), Decision::TooMany(1));
        let loose = Limits { restarts_max: 1000, backoff_longest: Duration::MAX, ..LIMITS };
        let mut restarts = Restarts::default();
        for _ in 0..1000 {
            assert!(matches!(restarts.died(at(0), &loose), Decision::After(_)));
        }
    }
}
