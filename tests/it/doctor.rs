//! `hookyard doctor` on real servers: it says of each what it is, what is wrong, and fails where it does not work.

use std::collections::BTreeMap;
use std::process::Stdio;

use hookyard::servers::Durability;
use serde_json::Value;
use sqlx::PgPool;
use tokio::process::Command;

use crate::support::Receiver;
use crate::support::servers;

const VAULT_KEY: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Doctor {
    postgres: String,
    nats: String,
}

/// State and words by check, and how it ended.
#[derive(Debug)]
struct Visit {
    findings: BTreeMap<String, (String, String)>,
    code: Option<i32>,
}

impl Doctor {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
        command.env_clear().stdin(Stdio::null());
        command.env("DATABASE_URL", &self.postgres).env("NATS_URL", &self.nats);
        command.env("HOOKYARD__VAULT__KEYS", VAULT_KEY);
        command
    }

    async fn visit(&self, options: &[&str], settings: &[(&str, &str)]) -> Visit {
        let mut command = self.command();
        command.arg("doctor").arg("--json").args(options).envs(settings.iter().copied());
        let output = command.output().await.expect("the program runs");
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let finding = |finding: &Value| {
            let fine = finding["state"] == "ok";
            assert_eq!(finding["advice"].is_null(), fine, "what is wrong has advice: {finding}");
            (text(&finding["check"]), (text(&finding["state"]), text(&finding["found"])))
        };
        let findings = report["findings"].as_array().expect("findings").iter().map(finding).collect();
        Visit { findings, code: output.status.code() }
    }
}

impl Visit {
    #[track_caller]
    fn state(&self, check: &str) -> &str {
        let (state, _) = self.findings.get(check).unwrap_or_else(|| panic!("{check}: {self:#?}"));
        state
    }

    /// Of the stores, all but those that are fine.
    fn amiss(&self) -> Vec<(&str, &str)> {
        let of_stores = |check: &str| check.starts_with("postgres") || check.starts_with("nats");
        let all = self.findings.iter().map(|(check, (state, _))| (check.as_str(), state.as_str()));
        // What the disk of this machine has left is not for a test to say.
        all.filter(|(check, state)| of_stores(check) && *state != "ok" && *check != "postgres disk").collect()
    }
}

#[tokio::test]
async fn stores_as_they_should_be_are_found_so_and_what_is_off_is_named() {
    let (postgres, nats) = (servers::postgres_as(Durability::Durable).await, servers::nats().await);
    let doctor = Doctor { postgres: postgres.url(), nats: nats.url() };
    let before = doctor.visit(&[], &[]).await;
    assert_eq!((before.amiss(), before.code), (vec![("postgres schema", "warn")], Some(0)), "{before:#?}");
    let unmigrated = doctor.visit(&[], &[("HOOKYARD__POSTGRES__MIGRATE", "false")]).await;
    assert_eq!((unmigrated.state("postgres schema"), unmigrated.code), ("fail", Some(1)));

    assert!(doctor.command().arg("migrate").status().await.unwrap().success());
    let client = async_nats::connect(nats.url()).await.unwrap();
    let events = async_nats::jetstream::stream::Config { name: "EVENTS".to_owned(), ..Default::default() };
    async_nats::jetstream::new(client).create_stream(events).await.unwrap();
    let healthy = doctor.visit(&[], &[]).await;
    assert_eq!((healthy.amiss(), healthy.code), (vec![], Some(0)), "{healthy:#?}");
    for check in ["postgres clock", "nats clock", "nats storage", "vault keys", "egress ranges", "open files"]
    {
        assert_ne!(healthy.state(check), "fail");
    }

    let ledger = PgPool::connect(&postgres.url()).await.unwrap();
    sqlx::query("alter database hookyard set synchronous_commit = off").execute(&ledger).await.unwrap();
    let off = doctor.visit(&[], &[("HOOKYARD__NATS__REPLICAS", "3")]).await;
    let amiss = vec![("nats replicas", "fail"), ("postgres synchronous_commit", "warn")];
    assert_eq!((off.amiss(), off.code), (amiss, Some(1)), "{off:#?}");
}

#[tokio::test]
async fn a_store_that_is_away_fails_and_the_others_are_looked_at() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let postgres = servers::postgres().await;
    let away = Doctor { postgres: postgres.url(), nats: format!("nats://{free}") };
    let visit = away.visit(&[], &[]).await;
    assert_eq!((visit.state("nats"), visit.code), ("fail", Some(1)), "{visit:#?}");
    // The Postgres of tests keeps nothing over a crash of the machine.
    assert_eq!((visit.state("postgres version"), visit.state("postgres fsync")), ("ok", "fail"));
    let nats = servers::nats().await;
    let away = Doctor { postgres: format!("postgres://u@{free}/d"), nats: nats.url() };
    let visit = away.visit(&[], &[]).await;
    assert_eq!((visit.state("postgres"), visit.state("nats version")), ("fail", "ok"), "{visit:#?}");
    assert_eq!(visit.code, Some(1));
}

#[tokio::test]
async fn the_way_to_a_receiver_is_tried_without_a_request() {
    let (postgres, nats) = (servers::postgres_as(Durability::Durable).await, servers::nats().await);
    let receiver = Receiver::start().await;
    let doctor = Doctor { postgres: postgres.url(), nats: nats.url() };
    let url = receiver.url();
    let blocked = doctor.visit(&["--url", &url], &[]).await;
    let (state, found) = &blocked.findings["egress"];
    assert_eq!((state.as_str(), found.starts_with("blocked: "), blocked.code), ("fail", true, Some(1)));
    let allowed = [("HOOKYARD__EGRESS__ALLOW_CIDRS", "[\"127.0.0.0/8\"]")];
    let reached = doctor.visit(&["--url", &url], &allowed).await;
    assert_eq!((reached.state("egress"), reached.code), ("ok", Some(0)), "{reached:#?}");
    let secure = url.replace("http://", "https://");
    let no_tls = doctor.visit(&["--url", &secure], &allowed).await;
    assert_eq!(no_tls.state("egress"), "fail", "{no_tls:#?}");
    assert_eq!(receiver.requests().len(), 0);
    let nobody = [("HOOKYARD__EGRESS__NAMESERVERS", "[\"127.0.0.1:9\"]")];
    assert_eq!(doctor.visit(&[], &nobody).await.state("dns"), "fail");
}
