//! How many requests a source may send: never more in any minute than so many.
//!
//! Requests are counted by the second they came in, over the last minute and two seconds more: the second under way is
//! not over, and between a request's coming and its counting some time may pass. Leaves out: counting, which the ledger
//! does in one row for all nodes.

/// Seconds that are counted.
pub const SECONDS: u32 = 62;

/// How long, in seconds, until there is room for one more. `counts` begins with the newest second, which is `age_secs` old.
pub fn wait_secs(counts: &[u32], age_secs: u32, per_minute: u32) -> u32 {
    let counted = usize::try_from(SECONDS.saturating_sub(age_secs)).unwrap_or_default();
    let mut left = u64::from(per_minute);
    for (at, count) in (0..).zip(counts.iter().take(counted)) {
        left = left.saturating_sub(u64::from(*count));
        if left == 0 {
            // This second has to be forgotten, and then there is room.
            return SECONDS.saturating_sub(age_secs).saturating_sub(at).max(1);
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_until_enough_is_forgotten() {
        assert_eq!(wait_secs(&[100], 0, 100), 62);
        assert_eq!(wait_secs(&[100], 60, 100), 2);
        assert_eq!(wait_secs(&[1, 0, 0, 99], 0, 100), 59);
        assert_eq!(wait_secs(&[1, 0, 0, 150], 10, 100), 49);
        assert_eq!(wait_secs(&[99], 0, 100), 1);
        assert_eq!(wait_secs(&[], 0, 0), 1);
        assert_eq!(wait_secs(&[5], u32::MAX, 1), 1);
    }
}
