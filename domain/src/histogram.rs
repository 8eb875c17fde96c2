//! How long something took, counted by a logarithmic scale, so that counts of different hours and nodes add up.
//!
//! Promises: what it answers is off by 9.1 % at most (a bucket is a quarter of an octave wide, and its middle stands for
//! it), and half a millisecond of rounding. Leaves out: what is shorter than a millisecond: that is 0.

/// Below 1 ms, and from there to beyond ten minutes, the longest attempt there can be; what takes longer is counted there.
pub const BUCKETS: usize = 78;
const PER_OCTAVE: f64 = 4.0;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram([u64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Histogram {
    pub fn add(&mut self, ms: u64) {
        self.0[bucket(ms)] += 1;
    }

    pub fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(count, more)| *count += more);
    }

    /// As it was stored; what there is no bucket for is left out.
    pub fn of_counts(counts: impl IntoIterator<Item = u64>) -> Self {
        let mut histogram = Self::default();
        histogram.0.iter_mut().zip(counts).for_each(|(count, of)| *count = of);
        histogram
    }

    pub fn counts(&self) -> &[u64; BUCKETS] {
        &self.0
    }

    /// The milliseconds that so many of a hundred took at most; `None` of none.
    pub fn percentile(&self, percent: u32) -> Option<u64> {
        let all: u64 = self.0.iter().sum();
        let rank = (u128::from(all) * u128::from(percent)).div_ceil(100).max(1) as u64;
        let mut counted = 0;
        self.0
            .iter()
            .position(|count| {
                counted += count;
                counted >= rank
            })
            .map(middle)
    }
}

fn bucket(ms: u64) -> usize {
    if ms == 0 { 0 } else { (1 + ((ms as f64).log2() * PER_OCTAVE) as usize).min(BUCKETS - 1) }
}

/// The milliseconds that a bucket stands for.
fn middle(bucket: usize) -> u64 {
    if bucket == 0 { 0 } else { ((bucket as f64 - 0.5) / PER_OCTAVE).exp2().round() as u64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONGEST_MS: u64 = 600_000;

    fn of(durations: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for ms in durations {
            histogram.add(*ms);
        }
        histogram
    }

    proptest! {
        #[test]
        fn a_percentile_is_off_by_no_more_than_it_says(
            mut durations in prop::collection::vec(0..=LONGEST_MS, 1..200), percent in 1..=100_u32,
        ) {
            let histogram = of(&durations);
            durations.sort_unstable();
            let rank = (durations.len() * percent as usize).div_ceil(100);
            let (exact, found) = (durations[rank - 1] as f64, histogram.percentile(percent).unwrap() as f64);
            prop_assert!((found - exact).abs() <= exact * 0.091 + 0.5, "{} for {}", found, exact);
        }

        #[test]
        fn what_is_added_up_is_as_if_counted_at_once(a in prop::collection::vec(0..=LONGEST_MS, 0..50), b in 0..=LONGEST_MS) {
            let mut one = of(&a);
            one.merge(&of(&[b]));
            let all = of(&[a, vec![b]].concat());
            prop_assert_eq!(&one, &all);
            prop_assert_eq!(Histogram::of_counts(*all.counts()), all);
        }
    }

    #[test]
    fn few_and_long_ones_count_too() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(99), None);
        histogram.add(0);
        histogram.add(u64::MAX);
        assert_eq!(histogram.percentile(50), Some(0));
        assert!(histogram.percentile(51) > Some(LONGEST_MS * 9 / 10));
    }
}
