//! Nodes of different versions on one ledger: those that start together change it once, and one that runs, or starts, on
//! a ledger that a newer one has changed works as before.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::join_all;
use hookyard::ledger::partitions;
use rustix::process::Signal;
use serde_json::json;
use sqlx::PgPool;

use crate::support::{Receiver, ledger, no_process, process};

fn migrations() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files
}

/// The tables that hold a day's events each.
async fn days(ledger: &PgPool) -> Vec<String> {
    let days =
        "select relname::text from pg_class where relname like 'events\\_2%' and relkind = 'r' order by 1";
    sqlx::query_scalar(days).fetch_all(ledger).await.unwrap()
}

#[tokio::test]
async fn nodes_that_start_together_change_the_ledger_once() {
    let mut first = process().await;
    let ledger = PgPool::connect(&first.postgres.url()).await.unwrap();
    let made = days(&ledger).await;
    first.signal(Signal::TERM);
    first.end().await;
    sqlx::raw_sql("drop schema public cascade; create schema public").execute(&ledger).await.unwrap();
    let started = join_all((0..3).map(|_| first.beside())).await;
    assert_eq!(days(&ledger).await, made);
    let applied = "select count(*) from _sqlx_migrations where success";
    let applied: i64 = sqlx::query_scalar(applied).fetch_one(&ledger).await.unwrap();
    assert_eq!(applied as usize, migrations().len());
    for node in started {
        node.signal(Signal::TERM);
        assert_eq!(node.end().await.code, Some(0));
    }
}

#[tokio::test]
async fn a_day_that_several_make_at_once_is_made_once() {
    let world = ledger::world().await;
    let next_month = ledger::now() + Duration::from_hours(30 * 24);
    let made = join_all((0..8).map(|_| partitions::make_ahead(&world.ledger.pool, next_month))).await;
    let made: Vec<i32> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.iter().filter(|made| **made > 0).count(), 1, "{made:?}");
}

#[tokio::test]
async fn a_node_works_on_a_ledger_that_a_newer_one_has_changed() {
    let (mut process, receiver) = (process().await, Receiver::start().await);
    let tenant = process.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    tenant.publish("order.paid", &json!({})).await;
    tenant.until_count(&endpoint, "success", 1).await;
    let newer = "
        create table of_the_next_version (id bigint primary key);
        alter table tenants add column of_the_next_version integer;
        alter table endpoints add column of_the_next_version integer not null default 0;
        alter table events add column of_the_next_version integer not null default 0;
        alter table deliveries add column of_the_next_version integer not null default 0;
        alter table attempts add column of_the_next_version integer;
        alter table endpoint_state add column of_the_next_version integer;
        alter table shards add column of_the_next_version integer;
        insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            values (99991231000000, 'of the next version', true, '', 0)";
    let ledger = PgPool::connect(&process.postgres.url()).await.unwrap();
    sqlx::raw_sql(newer).execute(&ledger).await.unwrap();
    tenant.publish("order.paid", &json!({})).await;
    tenant.until_count(&endpoint, "success", 2).await;
    // One that has to start anew meanwhile does.
    process.signal(Signal::TERM);
    process.end().await;
    process.start().await;
    let tenant = process.again(&tenant);
    let other = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    tenant.publish("order.paid", &json!({})).await;
    tenant.until_count(&endpoint, "success", 3).await;
    tenant.until_count(&other, "success", 1).await;
}

/// `HOOKYARD_PREVIOUS=PROGRAM cargo nextest run --run-ignored only -E 'test(version_before)'`
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a setting of the test, not of the service")]
#[ignore = "needs the program of the version before, named by HOOKYARD_PREVIOUS"]
async fn a_node_of_the_version_before_goes_on_beside_this_one() {
    const EVENTS: usize = 50;
    let previous = std::env::var("HOOKYARD_PREVIOUS").unwrap();
    let (mut process, receiver) = (no_process(&[]).await, Receiver::start().await);
    process.start_of(&previous).await;
    let tenant = process.tenant("acme").await;
    // Each, and how many events were published before it was there.
    let mut endpoints = Vec::new();
    for _ in 0..20 {
        endpoints.push((tenant.endpoint(&receiver.url(), &["order.>"]).await, 0));
    }
    tenant.publish_many("order.paid", EVENTS).await;
    let new = process.beside().await;
    let at_new = new.again(&tenant);
    for (turn, asked) in [&tenant, &at_new, &tenant, &at_new].into_iter().enumerate() {
        asked.publish_many("order.paid", EVENTS).await;
        endpoints.push((asked.endpoint(&receiver.url(), &["order.>"]).await, EVENTS * (turn + 2)));
    }
    process.signal(Signal::TERM);
    assert_eq!(process.end().await.code, Some(0));
    at_new.publish_many("order.paid", EVENTS).await;
    for (endpoint, missed) in endpoints {
        at_new.until_count(&endpoint, "success", 6 * EVENTS - missed).await;
    }
    receiver.look(|requests| {
        let ids: BTreeSet<_> = requests.iter().map(|request| request.header("webhook-id")).collect();
        assert_eq!(ids.len(), requests.len(), "some came twice");
    });
}

/// What would break a node of the version before: it has to come one version after the last one that needed it, and to
/// say so in a line `-- contract: …`.
#[test]
fn migrations_take_nothing_away() {
    const TAKES_AWAY: [&str; 6] =
        ["drop table", "drop column", "rename ", "set not null", "alter column", "drop function"];
    let mut wrong = Vec::new();
    for path in migrations() {
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        if text.lines().any(|line| line.starts_with("-- contract: ")) {
            continue;
        }
        let code: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
        let takes_away = code.iter().any(|line| TAKES_AWAY.iter().any(|what| line.contains(what)));
        // An older node that writes a row does not know the column.
        let demands = code.iter().any(|line| {
            line.contains("add column") && line.contains("not null") && !line.contains("default")
        });
        if takes_away || demands {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "a node of the version before could not go on: {wrong:?}");
}
