//! Which endpoint an event is for, by the event's number alone: every run is the same.

use std::sync::Arc;

use hookyard::bench::Spread;

/// One endpoint after the other.
pub fn uniform(endpoints: u32) -> Spread {
    Spread::Apart(Arc::new(move |event| event % endpoints))
}

/// By Zipf's law with exponent 1: the first endpoint gets twice as much as the second, three times as much as the third.
pub fn zipf(endpoints: u32) -> Spread {
    let ranks = Zipf::new(endpoints);
    Spread::Apart(Arc::new(move |event| ranks.of(event)))
}

struct Zipf {
    /// Of all ranks up to each, as a part of all.
    sums: Vec<f64>,
}

impl Zipf {
    fn new(ranks: u32) -> Self {
        let mut sums: Vec<f64> = Vec::with_capacity(ranks as usize);
        for rank in 1..=ranks {
            sums.push(sums.last().copied().unwrap_or(0.0) + 1.0 / f64::from(rank));
        }
        let all = sums.last().copied().unwrap_or(1.0);
        for sum in &mut sums {
            *sum /= all;
        }
        Self { sums }
    }

    fn of(&self, event: u32) -> u32 {
        let chance = mixed(event);
        let rank = self.sums.partition_point(|sum| *sum <= chance);
        rank.min(self.sums.len().saturating_sub(1)) as u32
    }
}

/// A number in [0, 1) that looks like chance (SplitMix64, Steele, Lea and Flood 2014).
fn mixed(event: u32) -> f64 {
    let mut z = (u64::from(event) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_gets_its_part_and_so_does_the_tenth() {
        let (ranks, events) = (Zipf::new(1_000), 200_000);
        let mut counts = vec![0_u32; 1_000];
        for event in 0..events {
            counts[ranks.of(event) as usize] += 1;
        }
        // The sum of 1/1 to 1/1000.
        let all = 7.485_47;
        for rank in [1, 2, 10] {
            let expected = f64::from(events) / (all * f64::from(rank));
            let got = f64::from(counts[rank as usize - 1]);
            assert!((got / expected - 1.0).abs() < 0.05, "rank {rank}: {got}, not {expected}");
        }
        assert!(counts.iter().all(|count| *count > 0));
    }

    #[test]
    fn one_endpoint_gets_all() {
        assert!((0..1_000).all(|event| Zipf::new(1).of(event) == 0));
    }
}
