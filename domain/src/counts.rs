//! What attempts at an endpoint came to: how many of each outcome, how long they took, and how late what was delivered
//! was.

use crate::histogram::Histogram;
use crate::outcome::Outcome;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// By the numbers of outcomes.
    pub outcomes: [u64; Outcome::ALL.len()],
    /// Of all attempts together.
    pub duration_ms: u64,
    pub durations: Histogram,
    /// From when an event was accepted until it was delivered.
    pub lags: Histogram,
}

impl Counts {
    pub fn add(&mut self, outcome: Outcome, duration_ms: u64) {
        self.outcomes[outcome as usize] += 1;
        self.duration_ms += duration_ms;
        self.durations.add(duration_ms);
    }

    pub fn add_lag(&mut self, ms: u64) {
        self.lags.add(ms);
    }

    pub fn merge(&mut self, other: &Self) {
        self.outcomes.iter_mut().zip(other.outcomes).for_each(|(count, more)| *count += more);
        self.duration_ms += other.duration_ms;
        self.durations.merge(&other.durations);
        self.lags.merge(&other.lags);
    }

    pub fn of(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize]
    }

    pub fn attempts(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    pub fn failures(&self) -> u64 {
        self.attempts() - self.of(Outcome::Succeeded)
    }

    /// Of 0 to 1; `None` where nothing was attempted.
    pub fn success_rate(&self) -> Option<f64> {
        let attempts = self.attempts();
        (attempts > 0).then(|| self.of(Outcome::Succeeded) as f64 / attempts as f64)
    }

    pub fn mean_ms(&self) -> Option<u64> {
        self.duration_ms.checked_div(self.attempts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_add_up() {
        let mut counts = Counts::default();
        assert_eq!((counts.success_rate(), counts.mean_ms()), (None, None));
        counts.add(Outcome::Succeeded, 10);
        let mut others = Counts::default();
        others.add(Outcome::Blocked, 0);
        others.add(Outcome::Timeout, 50);
        others.add_lag(100);
        counts.merge(&others);
        assert_eq!((counts.attempts(), counts.failures(), counts.of(Outcome::Timeout)), (3, 2, 1));
        assert_eq!((counts.success_rate(), counts.mean_ms()), (Some(1.0 / 3.0), Some(20)));
        assert_eq!((counts.durations.percentile(100), counts.lags.percentile(100)), (Some(49), Some(99)));
    }
}
