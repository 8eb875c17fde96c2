//! Whether NATS suits: its version, JetStream and its limits, copies of streams, sizes, its clock; and, where its address
//! for monitoring is known, what it does not tell its clients.

use std::time::Duration;

use actors::ports::Clock as _;
use serde_json::Value;
use url::Url;

use super::Finding;
use super::clock::{self, Reading};
use crate::bus::checkup::{Account, Checkup, Patient};
use crate::clock::SystemClock;
use crate::config::Config;

/// The first version that publishes at a given time.
const VERSION_MIN: (u32, u32) = (2, 12);
/// EVENTS, RETRIES and ACCEPTED.
const STREAMS_BESIDE: u64 = 3;
const NATS: &str = "nats";
const MONITOR: &str = "nats monitor";
/// Of the monitor, to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the configuration asks of it.
struct Needs {
    shards: u16,
    replicas: usize,
    sources: usize,
    publish_bytes_max: u64,
}

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let patient = match Patient::connect(&config.nats).await {
        Ok(patient) => patient,
        Err(error) => {
            let advice = "look whether NATS runs, and whether nats.url and the login are right: without it deliveries go on from the \
                ledger, more slowly";
            return vec![Finding::fail(NATS, error.to_string(), advice)];
        }
    };
    let facts = patient.checkup().await;
    let needs = Needs {
        shards: config.queue.shards,
        replicas: config.nats.replicas,
        sources: config.sources.len(),
        publish_bytes_max: config.server.publish_body_max_bytes as u64,
    };
    let mut findings = judge(&facts, &needs);
    if let Some((stream, _)) = facts.streams.first() {
        let asked = SystemClock.now();
        let said = patient.now(stream).await;
        let answered = SystemClock.now();
        findings.extend(said.map(|said| clock::judge("nats clock", Reading { asked, said, answered })));
    }
    findings
}

fn judge(facts: &Checkup, needs: &Needs) -> Vec<Finding> {
    let mut findings =
        vec![version(&facts.version), max_payload(facts.max_payload_bytes, needs.publish_bytes_max)];
    match &facts.account {
        None => {
            let advice = "switch JetStream on (a jetstream block in its configuration), for the account of this user too";
            findings.push(Finding::fail("nats jetstream", "off, or not for this account", advice));
        }
        Some(account) => findings.extend([storage(account), room(account, needs)]),
    }
    findings.push(replicas(facts, needs.replicas));
    findings
}

fn version(version: &str) -> Finding {
    let mut numbers = version.split(['.', '-']).filter_map(|number| number.parse::<u32>().ok());
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < VERSION_MIN {
        return Finding::fail(
            "nats version",
            version,
            "use nats-server 2.12 or later: earlier ones cannot publish at a given time",
        );
    }
    Finding::ok("nats version", version)
}

fn max_payload(bytes: u64, publish_bytes_max: u64) -> Finding {
    let (check, found) = ("nats max_payload", format!("{} KiB", bytes >> 10));
    // Its headers come on top.
    if bytes <= publish_bytes_max {
        let advice = "set max_payload: 2MB, or twice server.publish_body_max_bytes: large events that come by NATS are refused there";
        return Finding::warn(check, found, advice);
    }
    Finding::ok(check, found)
}

fn storage(account: &Account) -> Finding {
    let (check, mib) = ("nats storage", |bytes: u64| format!("{} MiB", bytes >> 20));
    let Some(most) = account.storage_bytes_max else {
        return Finding::ok(
            check,
            format!("{} used; this account has no limit of its own", mib(account.storage_bytes)),
        );
    };
    let found = format!("{} of {} used", mib(account.storage_bytes), mib(most));
    if account.storage_bytes.saturating_mul(5) > most.saturating_mul(4) {
        let advice = "raise max_file of the account: past it the queue takes nothing, and deliveries go on from the ledger";
        return Finding::warn(check, found, advice);
    }
    Finding::ok(check, found)
}

/// Streams and consumers that there may be, against those that are needed.
fn room(account: &Account, needs: &Needs) -> Finding {
    let check = "nats limits";
    let shards = u64::from(needs.shards);
    // A consumer for each shard's line of fresh deliveries and of retries, one for EVENTS, one for each source.
    let (streams, consumers) = (shards + STREAMS_BESIDE, 2 * shards + 1 + needs.sources as u64);
    let limit = |most: Option<u64>| most.map_or("any number".to_owned(), |most| most.to_string());
    let found = format!(
        "streams: {} may be, {streams} are needed; consumers: {} may be, {consumers} are needed",
        limit(account.streams_max),
        limit(account.consumers_max)
    );
    let lacks = |most: Option<u64>, needed: u64| most.is_some_and(|most| most < needed);
    if lacks(account.streams_max, streams) || lacks(account.consumers_max, consumers) {
        return Finding::fail(
            check,
            found,
            "raise the limits of the account, or begin with fewer queue.shards",
        );
    }
    Finding::ok(check, found)
}

fn replicas(facts: &Checkup, wanted: usize) -> Finding {
    let check = "nats replicas";
    let other: Vec<&str> =
        facts.streams.iter().filter(|(_, found)| *found != wanted).map(|(name, _)| name.as_str()).collect();
    match (&facts.cluster, wanted) {
        (None, 2..) => {
            let found = format!("nats.replicas is {wanted}, and the server is alone");
            Finding::fail(
                check,
                found,
                "set nats.replicas = 1, or make a cluster: streams with copies cannot be made here",
            )
        }
        (Some(cluster), 1) => {
            let found = format!("1, in the cluster {cluster}");
            let advice = "set nats.replicas = 3: a server that is gone takes its part of the queue with it until the ledger has made \
                it good";
            Finding::warn(check, found, advice)
        }
        _ if !other.is_empty() => {
            let found =
                format!("nats.replicas is {wanted}, {} streams have others ({}, …)", other.len(), other[0]);
            Finding::warn(
                check,
                found,
                "nothing, if the next start changes them; its log says where it could not",
            )
        }
        _ => Finding::ok(check, wanted.to_string()),
    }
}

/// Asks the server itself.
pub(super) async fn examine_monitor(monitor: &Url) -> Vec<Finding> {
    match jetstream(monitor).await {
        Ok(told) => judge_monitor(&told),
        Err(error) => vec![Finding::fail(
            MONITOR,
            format!("{error:#}"),
            "give the address of its http port, like http://nats:8222",
        )],
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a question of the operator's to his own server, not a webhook"
)]
async fn jetstream(monitor: &Url) -> anyhow::Result<Value> {
    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let answer = http.get(monitor.join("jsz")?).send().await?.error_for_status()?;
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

fn judge_monitor(told: &Value) -> Vec<Finding> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let (used, most) = (number(&told["storage"]), number(&told["config"]["max_storage"]));
    let sync = Duration::from_nanos(number(&told["config"]["sync_interval"]));
    let servers = number(&told["meta_cluster"]["cluster_size"]).max(1);
    let found = format!("{} of {} MiB used", used >> 20, most >> 20);
    let full = most > 0 && used.saturating_mul(5) > most.saturating_mul(4);
    let storage = if full {
        let advice = "raise max_file_store, below what the disk has: past it the queue takes nothing, and deliveries go on from the ledger";
        Finding::warn("nats server storage", found, advice)
    } else {
        Finding::ok("nats server storage", found)
    };
    let sync =
        format!("{} s: what a crash of the machine takes from the queue, the ledger has", sync.as_secs());
    let servers = match servers {
        2 => {
            Finding::warn("nats cluster", "2 servers", "make it 3: with one of two gone there is no majority")
        }
        servers => Finding::ok("nats cluster", format!("{servers} servers")),
    };
    vec![storage, Finding::ok("nats sync_interval", sync), servers]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::State;
    use super::*;

    const NEEDS: Needs = Needs { shards: 16, replicas: 1, sources: 2, publish_bytes_max: 1 << 20 };

    fn healthy() -> Checkup {
        let account = Account {
            storage_bytes: 79,
            storage_bytes_max: Some(100),
            streams: 0,
            streams_max: Some(19),
            consumers: 0,
            consumers_max: Some(35),
        };
        Checkup {
            version: "2.12.0-RC.1".to_owned(),
            max_payload_bytes: 2 << 20,
            cluster: None,
            account: Some(account),
            streams: vec![("EVENTS".to_owned(), 1)],
        }
    }

    fn worst(replicas: usize, change: impl FnOnce(&mut Checkup)) -> Vec<(&'static str, State)> {
        let mut facts = healthy();
        change(&mut facts);
        let findings = judge(&facts, &Needs { replicas, ..NEEDS }).into_iter();
        findings
            .filter(|finding| finding.state != State::Ok)
            .map(|finding| (finding.check, finding.state))
            .collect()
    }

    fn account(change: impl FnOnce(&mut Account)) -> Vec<(&'static str, State)> {
        worst(1, |facts| change(facts.account.as_mut().unwrap()))
    }

    #[test]
    fn each_thing_that_is_wrong_is_found_alone() {
        assert_eq!(worst(1, |_| {}), []);
        assert_eq!(worst(1, |facts| facts.version = "2.11.9".to_owned()), [("nats version", State::Fail)]);
        assert_eq!(worst(1, |facts| facts.max_payload_bytes = 1 << 20), [("nats max_payload", State::Warn)]);
        assert_eq!(worst(1, |facts| facts.account = None), [("nats jetstream", State::Fail)]);
        assert_eq!(account(|account| account.storage_bytes = 81), [("nats storage", State::Warn)]);
        assert_eq!(account(|account| account.streams_max = Some(18)), [("nats limits", State::Fail)]);
        assert_eq!(account(|account| account.consumers_max = Some(34)), [("nats limits", State::Fail)]);
        assert_eq!(account(|account| account.consumers_max = None), []);
    }

    #[test]
    fn copies_are_for_clusters() {
        let cluster = |facts: &mut Checkup| facts.cluster = Some("c".to_owned());
        assert_eq!(worst(3, |_| {}), [("nats replicas", State::Fail)]);
        assert_eq!(worst(1, cluster), [("nats replicas", State::Warn)]);
        assert_eq!(worst(3, cluster), [("nats replicas", State::Warn)]);
        let copied = |facts: &mut Checkup| {
            cluster(facts);
            facts.streams[0].1 = 3;
        };
        assert_eq!(worst(3, copied), []);
    }

    #[test]
    fn what_the_server_tells_of_itself_is_judged_too() {
        let told = |used: u64, servers: u64| {
            let told = json!({"storage": used, "config": {"max_storage": 100, "sync_interval": 120_000_000_000_u64},
                "meta_cluster": {"cluster_size": servers}});
            judge_monitor(&told).into_iter().map(|finding| finding.state).collect::<Vec<_>>()
        };
        assert_eq!(told(80, 3), [State::Ok; 3]);
        assert_eq!(told(81, 2), [State::Warn, State::Ok, State::Warn]);
    }
}
