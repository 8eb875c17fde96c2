//! Whether Postgres suits: its version, what it promises of a commit, room for our connections, the schema, its clock.

use std::net::IpAddr;

use actors::ports::Clock as _;
use rustix::fs::{StatVfs, statvfs};
use url::Url;

use super::clock::{self, Reading};
use super::{Finding, State, machine};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::ledger::checkup::{Checkup, Migrations, checkup};
use crate::ledger::{Error, Ledger, NODE_CONNECTIONS};

/// The oldest that the ledger's SQL is written for.
const VERSION_MIN: u32 = 14_00_00;
/// Postgres' own defaults: with less, a ledger under load does little but checkpoints and reads.
const WAL_BYTES_MIN: u64 = 1 << 30;
const BUFFERS_BYTES_MIN: u64 = 128 << 20;

const POSTGRES: &str = "postgres";

pub(super) async fn examine(config: &Config, ledger: &Ledger) -> Vec<Finding> {
    // Connected beforehand, so that the clock is not kept waiting.
    if let Err(error) = ledger.ping().await {
        return vec![away(&error)];
    }
    let asked = SystemClock.now();
    let checked = ledger.await_call(checkup(&ledger.pool)).await;
    let answered = SystemClock.now();
    match checked {
        Ok(facts) => {
            let reading = Reading { asked, said: facts.now, answered };
            let mut findings = judge(&facts, config.postgres.max_connections, config.postgres.migrate);
            findings.push(clock::judge("postgres clock", reading));
            findings.extend(disk(&facts, config.postgres.url.expose()));
            findings
        }
        Err(error) => vec![away(&error)],
    }
}

/// Where its data lie on this machine, and it tells us where: it tells few.
fn disk(facts: &Checkup, url: &str) -> Option<Finding> {
    let host = Url::parse(url).ok()?.host_str()?.to_owned();
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let folder = facts.settings.get("data_directory").filter(|_| is_here)?;
    let StatVfs { f_bavail, f_blocks, f_frsize, .. } = statvfs(folder.as_str()).ok()?;
    Some(machine::disk("postgres disk", f_bavail * f_frsize, f_blocks * f_frsize))
}

fn away(error: &Error) -> Finding {
    let advice = "look whether Postgres runs, and whether postgres.url has the right address, user and password: without it \
        nothing is accepted";
    Finding::fail(POSTGRES, error.to_string(), advice)
}

/// With a pool of so many connections, and a node that migrates at start, or does not.
fn judge(facts: &Checkup, pool: u32, migrates: bool) -> Vec<Finding> {
    let mut findings = vec![version(facts.version)];
    if facts.is_standby {
        let advice =
            "name the primary in postgres.url, or add target_session_attrs=read-write behind several hosts";
        findings.push(Finding::fail("postgres role", "a standby, which takes no writes", advice));
    }
    findings.extend([
        synchronous_commit(facts),
        switch(facts, "fsync", "postgres fsync", State::Fail, "set fsync = on: without it a crash of the machine may take the whole ledger"),
        switch(
            facts,
            "full_page_writes",
            "postgres full_page_writes",
            State::Warn,
            "set full_page_writes = on, unless the file system writes pages whole (ZFS): a crash may tear one",
        ),
        connections(facts, pool),
        at_least(facts, "max_wal_size", "postgres max_wal_size", WAL_BYTES_MIN, "checkpoints come too often: give 4GB or more"),
        at_least(
            facts,
            "shared_buffers",
            "postgres shared_buffers",
            BUFFERS_BYTES_MIN,
            "give a quarter of the machine's memory",
        ),
        wal_compression(facts),
        migrations(&facts.migrations, migrates),
    ]);
    findings
}

fn setting<'a>(facts: &'a Checkup, name: &str) -> &'a str {
    facts.settings.get(name).map_or("unknown", String::as_str)
}

fn number(facts: &Checkup, name: &str) -> u64 {
    setting(facts, name).parse().unwrap_or_default()
}

fn version(version: u32) -> Finding {
    let found = format!("{}.{}", version / 10_000, version % 10_000);
    if version < VERSION_MIN {
        return Finding::fail("postgres version", found, "use Postgres 14 or later");
    }
    Finding::ok("postgres version", found)
}

fn synchronous_commit(facts: &Checkup) -> Finding {
    let (check, found) = ("postgres synchronous_commit", setting(facts, "synchronous_commit"));
    if found == "off" {
        let advice = "set synchronous_commit = on for this database or user: a crash of Postgres loses events that were answered \
            202 in the last moments";
        return Finding::warn(check, found, advice);
    }
    Finding::ok(check, found)
}

fn switch(facts: &Checkup, name: &str, check: &'static str, state: State, advice: &str) -> Finding {
    match setting(facts, name) {
        "off" => Finding { check, state, found: "off".to_owned(), advice: Some(advice.to_owned()) },
        found => Finding::ok(check, found),
    }
}

fn at_least(facts: &Checkup, name: &str, check: &'static str, least: u64, advice: &str) -> Finding {
    let bytes = number(facts, name);
    let found = format!("{} MiB", bytes >> 20);
    if bytes < least { Finding::warn(check, found, advice) } else { Finding::ok(check, found) }
}

fn wal_compression(facts: &Checkup) -> Finding {
    let found = match setting(facts, "wal_compression") {
        "off" => "off; where the disk is what is slow, lz4 writes less".to_owned(),
        other => other.to_owned(),
    };
    Finding::ok("postgres wal_compression", found)
}

/// This node and those that run, each with all the connections it may make.
fn connections(facts: &Checkup, pool: u32) -> Finding {
    let check = "postgres max_connections";
    let reserved = number(facts, "superuser_reserved_connections") + number(facts, "reserved_connections");
    let room = number(facts, "max_connections").saturating_sub(reserved).saturating_sub(facts.others);
    let (each, nodes) = (u64::from(pool + NODE_CONNECTIONS), facts.nodes.max(1));
    let found = format!("room for {room} of ours; a node takes up to {each}, and {nodes} run or will");
    if each > room {
        let advice = "raise max_connections of Postgres, or lower postgres.max_connections: the node could not make its connections";
        return Finding::fail(check, found, advice);
    }
    if each * nodes > room {
        let advice = "raise max_connections of Postgres, or lower postgres.max_connections: under load some could not be made";
        return Finding::warn(check, found, advice);
    }
    Finding::ok(check, found)
}

fn migrations(found: &Migrations, migrates: bool) -> Finding {
    let check = "postgres schema";
    let list = |versions: &[i64]| versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let Migrations { missing, broken, other, unknown } = found;
    if !broken.is_empty() {
        let advice = "one was cut short: undo what it did, delete its row of _sqlx_migrations, and run hookyard migrate";
        return Finding::fail(check, format!("not whole: {}", list(broken)), advice);
    }
    if !other.is_empty() {
        let advice = "this ledger was made by another build: use that, or one that comes after it";
        return Finding::fail(check, format!("of another text: {}", list(other)), advice);
    }
    match (missing.len(), migrates) {
        (0, _) if unknown.is_empty() => Finding::ok(check, "up to date"),
        (0, _) => {
            Finding::ok(check, format!("of a newer version, which this one works with: {}", list(unknown)))
        }
        (count, true) => Finding::warn(
            check,
            format!("{count} migrations are missing"),
            "nothing: hookyard serve applies them at its start",
        ),
        (count, false) => Finding::fail(
            check,
            format!("{count} migrations are missing"),
            "run hookyard migrate before hookyard serve",
        ),
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn healthy() -> Checkup {
        let settings = [
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("max_connections", "100"),
            ("max_wal_size", "1073741824"),
            ("reserved_connections", "0"),
            ("shared_buffers", "134217728"),
            ("superuser_reserved_connections", "3"),
            ("synchronous_commit", "on"),
            ("wal_compression", "off"),
        ];
        Checkup {
            version: 16_00_04,
            settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            is_standby: false,
            now: OffsetDateTime::UNIX_EPOCH,
            others: 2,
            nodes: 3,
            migrations: Migrations::default(),
        }
    }

    /// The check that is not fine, and how bad it is.
    fn worst(change: impl FnOnce(&mut Checkup)) -> Vec<(&'static str, State)> {
        let mut facts = healthy();
        change(&mut facts);
        let findings = judge(&facts, 16, true).into_iter();
        findings
            .filter(|finding| finding.state != State::Ok)
            .map(|finding| (finding.check, finding.state))
            .collect()
    }

    fn with(name: &'static str, value: &'static str) -> Vec<(&'static str, State)> {
        worst(|facts| {
            facts.settings.insert(name.to_owned(), value.to_owned());
        })
    }

    #[test]
    fn each_thing_that_is_wrong_is_found_alone() {
        assert_eq!(worst(|_| {}), []);
        assert_eq!(worst(|facts| facts.version = 13_00_09), [("postgres version", State::Fail)]);
        assert_eq!(worst(|facts| facts.is_standby = true), [("postgres role", State::Fail)]);
        assert_eq!(with("synchronous_commit", "off"), [("postgres synchronous_commit", State::Warn)]);
        assert_eq!(with("fsync", "off"), [("postgres fsync", State::Fail)]);
        assert_eq!(with("full_page_writes", "off"), [("postgres full_page_writes", State::Warn)]);
        assert_eq!(with("max_wal_size", "134217728"), [("postgres max_wal_size", State::Warn)]);
        assert_eq!(with("shared_buffers", "33554432"), [("postgres shared_buffers", State::Warn)]);
    }

    #[test]
    fn the_connections_of_all_nodes_have_to_fit() {
        // 3 nodes of 19, 2 others, 3 reserved.
        assert_eq!(with("max_connections", "62"), []);
        assert_eq!(with("max_connections", "61"), [("postgres max_connections", State::Warn)]);
        assert_eq!(with("max_connections", "24"), [("postgres max_connections", State::Warn)]);
        assert_eq!(with("max_connections", "23"), [("postgres max_connections", State::Fail)]);
    }

    #[test]
    fn a_schema_is_up_to_date_newer_or_in_the_way() {
        let state = |migrations: Migrations, migrates| super::migrations(&migrations, migrates).state;
        let none = Migrations::default;
        assert_eq!(state(Migrations { unknown: vec![9], ..none() }, false), State::Ok);
        assert_eq!(state(Migrations { missing: vec![1], ..none() }, true), State::Warn);
        assert_eq!(state(Migrations { missing: vec![1], ..none() }, false), State::Fail);
        assert_eq!(state(Migrations { broken: vec![1], ..none() }, true), State::Fail);
        assert_eq!(state(Migrations { other: vec![1], ..none() }, true), State::Fail);
    }
}
