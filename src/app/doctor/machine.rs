//! What this machine gives: open files, and room on the disk of a Postgres that lies here.

use rustix::process::{Resource, getrlimit};

use super::Finding;
use crate::config::Config;

/// Connections to receivers, the stores and the log, beside those of the API.
const FILES_BESIDE: u64 = 2_000;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let connections = config.server.connections_max as u64 + u64::from(config.postgres.max_connections);
    vec![files(getrlimit(Resource::Nofile).current, connections)]
}

/// `None` is no limit.
fn files(limit: Option<u64>, connections: u64) -> Finding {
    let (check, wanted) = ("open files", connections + FILES_BESIDE);
    let Some(limit) = limit else { return Finding::ok(check, "no limit") };
    let found = format!("{limit}; server.connections_max and what is beside it may take {wanted}");
    if limit < wanted {
        let advice = "raise the limit (LimitNOFILE of systemd, ulimit -n), or lower server.connections_max";
        return Finding::warn(check, found, advice);
    }
    Finding::ok(check, found)
}

/// The disk that something lies on.
pub(super) fn disk(check: &'static str, free_bytes: u64, bytes: u64) -> Finding {
    let percent = free_bytes.saturating_mul(100) / bytes.max(1);
    let found = format!("{} GiB free of {} GiB", free_bytes >> 30, bytes >> 30);
    let advice = "make room, or lower retention.days: hookyard ledger size says what takes it";
    match percent {
        0..=2 => Finding::fail(check, found, advice),
        3..=9 => Finding::warn(check, found, advice),
        _ => Finding::ok(check, found),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn files_have_to_do_for_all_connections() {
        for (limit, state) in [(None, State::Ok), (Some(12_016), State::Ok), (Some(12_015), State::Warn)] {
            assert_eq!(files(limit, 10_016).state, state, "{limit:?}");
        }
    }

    #[test]
    fn a_disk_is_nearly_full_before_it_is_full() {
        for (free, state) in
            [(100, State::Ok), (10, State::Ok), (9, State::Warn), (3, State::Warn), (2, State::Fail)]
        {
            assert_eq!(disk("disk", free, 100).state, state, "{free}");
        }
    }
}
