//! What a fault is given: the stage, and the moments at which it strikes.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::time::{Instant, sleep, sleep_until};

use crate::cast::Member;
use crate::resources::Sample;
use crate::sink::Sink;
use crate::stage::Stage;

pub struct Scene<'a> {
    pub stage: &'a mut Stage,
    pub sink: &'a Sink,
    pub cast: &'a mut Vec<Member>,
    pub random: StdRng,
    pub began: Instant,
    /// Of the load.
    pub length: Duration,
    /// How often something was done.
    pub strikes: usize,
    /// What was used meanwhile, where that is measured.
    pub samples: Vec<Sample>,
}

impl Scene<'_> {
    /// So many moments of the load, in their order: none in its first and last tenth.
    pub fn moments(&mut self, count: usize) -> Vec<Instant> {
        let mut parts: Vec<f64> = (0..count).map(|_| self.random.random_range(0.1..0.9)).collect();
        parts.sort_unstable_by(f64::total_cmp);
        parts.into_iter().map(|part| self.began + self.length.mul_f64(part)).collect()
    }

    /// Waits for a moment, which may have passed; something is done then.
    pub async fn at(&mut self, moment: Instant) {
        sleep_until(moment).await;
        self.strikes += 1;
    }

    /// Waits for any time between these numbers of milliseconds.
    pub async fn a_while(&mut self, millis: RangeInclusive<u64>) {
        sleep(Duration::from_millis(self.random.random_range(millis))).await;
    }
}
