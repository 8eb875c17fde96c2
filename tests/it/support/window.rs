//! What a rate limit promises of any window of time.

use std::time::Duration;

use tokio::time::Instant;

/// In any window of length w at most burst + rate × w. `slack`: by how much a window may look shorter than it was.
/// The times must be sorted.
#[track_caller]
pub fn assert_never_more(times: &[Instant], per_minute: u32, burst: usize, slack: Duration) {
    let Some(origin) = times.first() else { return };
    let rate = f64::from(per_minute) / 60.0;
    let most = burst as f64 + rate * slack.as_secs_f64();
    // Of all windows that end here, the one with the most beyond the rate begins where the least was beyond it.
    let mut least = f64::MAX;
    for (number, at) in times.iter().enumerate() {
        let beyond = number as f64 - rate * (*at - *origin).as_secs_f64();
        least = least.min(beyond);
        let more = beyond - least + 1.0;
        assert!(more <= most, "number {number} is {more} beyond the rate, and {most} may be, with {slack:?}");
    }
}
