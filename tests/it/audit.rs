//! `hookyard audit`: each delivery counted once, as what became of it; what is late with nobody to bring it is missing
//! until a node looks after it.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::process::Command;

use crate::support::app::TestApp;
use crate::support::ledger::now;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::{Receiver, app_with, wait};

const GRACE: [(&str, &str); 1] = [("HOOKYARD__AUDIT__GRACE", "1s")];
/// What is due for so long is late: longer than the grace.
const LATE: Duration = Duration::from_secs(2);

/// What it printed, noted and ended with.
#[derive(Debug)]
struct Audit {
    printed: String,
    words: String,
    code: Option<i32>,
}

async fn audit(app: &TestApp, options: &[&str]) -> Audit {
    // Not that of `std`: the receivers live on this thread.
    let run = Command::new(env!("CARGO_BIN_EXE_hookyard"))
        .arg("audit")
        .args(options)
        .env_clear()
        .envs(GRACE)
        .env("DATABASE_URL", app.postgres.url())
        .stdin(Stdio::null())
        .output();
    let output = run.await.expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("words are UTF-8");
    Audit { printed: text(output.stdout), words: text(output.stderr), code: output.status.code() }
}

impl Audit {
    #[track_caller]
    fn report(&self) -> Value {
        serde_json::from_str(&self.printed).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Accepted, delivered, waiting, dead, skipped, missing; of all days.
    #[track_caller]
    fn total(&self) -> [u64; 6] {
        let counts = numbers(&self.report()["total"]);
        assert_eq!(counts[0], counts[1..].iter().sum::<u64>(), "{self:#?}");
        counts
    }
}

fn numbers(counts: &Value) -> [u64; 6] {
    ["accepted", "delivered", "waiting", "dead", "skipped", "missing"]
        .map(|name| counts[name].as_u64().unwrap())
}

async fn one(tenant: &Tenant, receiver: &Receiver, event: &str, settings: &Value) -> Endpoint {
    tenant.endpoint_with(&receiver.url(), &[event], settings).await
}

/// Tried again after a time that no test waits for.
fn never() -> Value {
    json!({"maxRetries": 1, "retrySchedule": ["0s", "1h"]})
}

#[tokio::test]
async fn every_delivery_is_counted_as_what_became_of_it() {
    let (app, receiver, failing) = (app_with(&GRACE).await, Receiver::start().await, Receiver::start().await);
    failing.always(500);
    let tenant = app.tenant("acme").await;
    one(&tenant, &receiver, "good", &json!({})).await;
    one(&tenant, &failing, "dead", &json!({"maxRetries": 0})).await;
    let retrying = one(&tenant, &failing, "retrying", &never()).await;
    let paused = one(&tenant, &receiver, "paused", &json!({})).await;
    let deleted = one(&tenant, &failing, "deleted", &never()).await;
    let slow = one(
        &tenant,
        &receiver,
        "slow",
        &json!({"rateLimitEnabled": true, "maxRequestsPerMinute": 1, "burst": 1}),
    )
    .await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    for (event, count) in
        [("good", 5), ("dead", 2), ("retrying", 1), ("paused", 4), ("deleted", 3), ("slow", 3), ("nobody", 7)]
    {
        tenant.publish_many(event, count).await;
    }
    tenant.until_count(&retrying, "retrying", 1).await;
    tenant.until_count(&deleted, "retrying", 3).await;
    tenant.client.delete(&format!("/webhooks/{}", deleted.id)).await.expect(204);
    tenant.until_count(&slow, "success", 1).await;
    wait::until("the dead letters", async || tenant.dead_letters().await.len(), |count| *count == 2).await;
    tokio::time::sleep(LATE).await;
    let found = audit(&app, &["--json"]).await;
    // Five and one of the slow; two of the slow, the paused, and one that is tried again.
    assert_eq!((found.total(), found.code), ([18, 6, 7, 2, 3, 0], Some(0)), "{found:#?}");
    assert_eq!(found.report()["nodes"], 1);
    let table = audit(&app, &[]).await;
    let last = table.printed.lines().last().unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(last, ["total", "18", "6", "7", "2", "3", "0"], "{table:#?}");
    assert_eq!((table.words.as_str(), table.code), ("", Some(0)));
    assert_eq!(app.counter("hookyard_audit_requeued_total").await, 0);
}

#[tokio::test]
async fn days_are_told_apart() {
    let app = app_with(&GRACE).await;
    let (tenant, receiver) = (app.tenant("acme").await, Receiver::start().await);
    let endpoint = one(&tenant, &receiver, "order.paid", &json!({})).await;
    tenant.publish_many("order.paid", 2).await;
    tenant.until_count(&endpoint, "success", 2).await;
    // One of the two is yesterday's.
    let yesterday = now() - time::Duration::days(1);
    let pool = app.pool().await;
    let id = domain::id::uuid_v7(yesterday, [7; 10]);
    sqlx::query(
        "update deliveries set event_id = $1 where position = (select min(position) from deliveries)",
    )
    .bind(id)
    .execute(&pool)
    .await
    .unwrap();
    let found = audit(&app, &["--json"]).await;
    let days: Vec<_> = found.report()["days"].as_array().unwrap().clone();
    let date = |at: OffsetDateTime| json!(at.date().to_string());
    assert_eq!(days.iter().map(|day| day["day"].clone()).collect::<Vec<_>>(), [date(yesterday), date(now())]);
    assert!(days.iter().all(|day| numbers(day) == [1, 1, 0, 0, 0, 0]), "{days:#?}");
    assert_eq!(found.total(), [2, 2, 0, 0, 0, 0]);
    let last = audit(&app, &["--json", "--days", "1"]).await;
    assert_eq!(last.total(), [1, 1, 0, 0, 0, 0]);
}

#[tokio::test]
async fn what_nobody_has_is_missing_until_a_node_runs() {
    let (mut app, receiver) = (app_with(&GRACE).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = one(&tenant, &receiver, "order.paid", &json!({"maxInFlight": 2})).await;
    let paused = one(&tenant, &receiver, "order.paid", &json!({})).await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    receiver.shut();
    tenant.publish_many("order.paid", 5).await;
    receiver.wait_for(2).await;
    app.kill();
    receiver.open();
    // A node that is killed is taken for dead when its leases have run out.
    let gone = async || audit(&app, &["--json"]).await;
    let gone = wait::until("its node to be gone", gone, |found| found.report()["nodes"] == 0).await;
    assert_eq!((gone.total(), gone.code), ([10, 0, 5, 0, 0, 5], Some(1)), "{gone:#?}");
    assert!(gone.words.contains("5 deliveries are missing: no node runs"), "{gone:#?}");
    app.start().await;
    let tenant = app.again(&tenant);
    tenant.until_count(&endpoint, "success", 5).await;
    let found = audit(&app, &["--json"]).await;
    assert_eq!((found.total(), found.code), ([10, 5, 5, 0, 0, 0], Some(0)), "{found:#?}");
}

#[tokio::test]
async fn what_the_auditor_takes_for_done_with_is_found_and_brought() {
    let (app, receiver) = (app_with(&GRACE).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = one(&tenant, &receiver, "order.paid", &json!({})).await;
    tenant.publish("order.paid", &json!({})).await;
    tenant.until_count(&endpoint, "success", 1).await;
    // Nobody has queued it, and no auditor looks so far back.
    let older = "with older as (
            insert into events (id, tenant, type, occurred_at, source, data)
            select uuid_at(now() - interval '5 min'), tenant, type, occurred_at, source, data from events returning id
        )
        insert into deliveries (event_id, endpoint_id) select older.id, d.endpoint_id from older, deliveries d";
    assert_eq!(sqlx::query(older).execute(&app.pool().await).await.unwrap().rows_affected(), 1);
    tokio::time::sleep(LATE).await;
    assert_eq!((receiver.count(), app.counter("hookyard_audit_requeued_total").await), (1, 0));
    let found = audit(&app, &["--json"]).await;
    assert_eq!((found.total()[5], found.code), (0, Some(0)), "{found:#?}");
    assert_eq!(found.report()["lookedAfter"], 1);
    assert!(
        found.words.contains("1 delivery is late") && found.words.contains("with their node"),
        "{found:#?}"
    );
    tenant.until_count(&endpoint, "success", 2).await;
    assert_eq!(receiver.count(), 2);
    let found = audit(&app, &[]).await;
    assert_eq!((found.words.as_str(), found.code), ("", Some(0)));
}

#[tokio::test]
async fn so_many_endpoints_a_second_are_sent_to_the_ledger_and_no_more() {
    const ENDPOINTS: usize = 4;

    let one_a_second = [("HOOKYARD__AUDIT__ENDPOINTS_PER_SECOND", "1")];
    let app = app_with(&[GRACE, one_a_second].concat()).await;
    let (tenant, receiver) = (app.tenant("acme").await, Receiver::start().await);
    let mut shards = BTreeSet::new();
    for _ in 0..ENDPOINTS {
        shards.insert(one(&tenant, &receiver, "order.paid", &json!({})).await.shard());
    }
    let streams = async || {
        let streams: Vec<_> = app.jetstream().streams().try_collect().await.unwrap();
        let names = streams.into_iter().map(|stream| stream.config.name);
        let names: Vec<String> = names.filter(|name| name.starts_with("DELIVERIES_")).collect();
        futures_util::future::join_all(
            names.into_iter().map(async |name| app.jetstream().get_stream(name).await.unwrap()),
        )
        .await
    };
    for stream in streams().await {
        let consumers: Vec<String> = stream.consumer_names().try_collect().await.unwrap();
        stream.pause_consumer(&consumers[0], now() + Duration::from_mins(1)).await.unwrap();
    }
    tenant.publish("order.paid", &json!({})).await;
    // One message to each shard.
    let queued = async || app.queued().await;
    wait::until("all to be stored", queued, |queued| *queued == shards.len() as u64).await;
    for stream in streams().await {
        stream.purge().await.unwrap();
    }
    let requests = receiver.wait_for(ENDPOINTS).await;
    // A round a second with this grace, and one endpoint a round.
    for (before, after) in requests.iter().zip(&requests[2..]) {
        let apart = after.at - before.at;
        assert!(apart > Duration::from_secs(1), "{apart:?}");
    }
    assert_eq!(app.counter("hookyard_audit_requeued_total").await, ENDPOINTS as u64);
}
