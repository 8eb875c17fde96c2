//! Several nodes on the same stores: they share the shards evenly, one that is gone is replaced, one that stood still
//! does nothing any more with what others have by then, and a restart of one after the other is noticed by nobody.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::id::Shard;
use rustix::process::Signal;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::support::app::OPERATOR_KEY;
use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::{Receiver, process_with, wait};

/// So that two and three nodes can share them evenly.
pub const SHARDS: usize = 6;
pub const SETTINGS: [(&str, &str); 1] = [("HOOKYARD__QUEUE__SHARDS", "6")];

const HANDING_OVER: &str = "handing shard over";
/// Longer than it takes to give a shard away that nobody waits for.
const A_WHILE: Duration = Duration::from_millis(300);

/// Who owns which shard, and since when.
pub type Owners = BTreeMap<i16, (Uuid, i64)>;

pub struct Ledger(PgPool);

impl Ledger {
    pub async fn of(process: &Process) -> Self {
        Self(PgPool::connect(&process.postgres.url()).await.unwrap())
    }

    pub async fn owners(&self) -> Owners {
        let owned = "select shard, owner, epoch from shards where expires_at > now()";
        let rows: Vec<(i16, Uuid, i64)> = sqlx::query_as(owned).fetch_all(&self.0).await.unwrap();
        rows.into_iter().map(|(shard, owner, epoch)| (shard, (owner, epoch))).collect()
    }

    /// Until these numbers of shards are owned, each by another node.
    pub async fn until_shared(&self, among: &[usize]) -> Owners {
        let counts = |owners: &Owners| {
            let mut counts: HashMap<Uuid, usize> = HashMap::new();
            for (owner, _) in owners.values() {
                *counts.entry(*owner).or_default() += 1;
            }
            let mut counts: Vec<usize> = counts.into_values().collect();
            counts.sort_unstable();
            counts
        };
        let what = format!("shards to be shared {among:?}");
        wait::until(&what, async || self.owners().await, |owners| counts(owners) == among).await
    }

    /// Each shard becomes a node's that is not there, the first until three seconds from now, each other a bit longer.
    async fn leave_to_nobody(&self) {
        let leave = "update shards set owner = gen_random_uuid(), epoch = epoch + 1,
            expires_at = now() + interval '3 s' + shard * interval '300 ms'";
        sqlx::query(leave).execute(&self.0).await.unwrap();
    }

    /// When their leases end.
    async fn ends(&self) -> BTreeMap<i16, OffsetDateTime> {
        let ends: Vec<(i16, OffsetDateTime)> =
            sqlx::query_as("select shard, expires_at from shards").fetch_all(&self.0).await.unwrap();
        ends.into_iter().collect()
    }

    async fn now(&self) -> OffsetDateTime {
        sqlx::query_scalar("select clock_timestamp()").fetch_one(&self.0).await.unwrap()
    }

    /// Every row of what deliveries come to.
    async fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for table in ["events", "deliveries", "attempts", "troubled", "endpoint_state"] {
            let all = format!("select row_to_json(t)::text from {table} t");
            rows.extend(
                sqlx::query_scalar::<_, String>(AssertSqlSafe(all)).fetch_all(&self.0).await.unwrap(),
            );
        }
        rows.sort_unstable();
        rows
    }
}

fn moved(before: &Owners, after: &Owners) -> usize {
    before.iter().filter(|(shard, owner)| after.get(shard) != Some(owner)).count()
}

/// An endpoint in every shard, each on a path of its own.
pub async fn endpoint_in_each_shard(tenant: &Tenant, receiver: &Receiver, settings: &Value) -> Vec<Endpoint> {
    let mut in_shards = BTreeMap::new();
    while in_shards.len() < SHARDS {
        let made = tenant.endpoint_with(&receiver.url(), &["order.>"], settings).await;
        let shard = Shard::of(made.id.parse().unwrap(), SHARDS as u16).0;
        if let Entry::Vacant(empty) = in_shards.entry(shard) {
            empty.insert(made);
        } else {
            tenant.client.delete(&format!("/webhooks/{}", made.id)).await.expect(204);
        }
    }
    in_shards.into_values().collect()
}

/// How often each delivery was seen.
pub fn times(receiver: &Receiver) -> HashMap<String, usize> {
    let mut seen = HashMap::new();
    receiver.look(|requests| {
        for request in requests {
            *seen.entry(request.header("webhook-id").to_owned()).or_default() += 1;
        }
    });
    seen
}

/// Publishes one event after the other, to whichever node answers, until it is told to stop. Ends with how many were
/// accepted.
struct Producer {
    stop: Arc<AtomicBool>,
    publishing: JoinHandle<usize>,
}

impl Producer {
    fn start(nodes: Arc<std::sync::Mutex<Vec<Client>>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let publishing = tokio::spawn(async move {
            let mut accepted = 0;
            let mut turn = 0;
            while !stopped.load(Ordering::Relaxed) {
                let body = json!({"event": "order.paid", "eventId": format!("n-{accepted}"), "data": {}});
                turn += 1;
                let node = {
                    let nodes = nodes.lock().unwrap();
                    nodes[turn % nodes.len()].clone()
                };
                match node.try_post("/events", &body).await {
                    Some(answer) if answer.status == 202 => accepted += 1,
                    // It is ending: the other one is asked, for the same event.
                    _ => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
            accepted
        });
        Self { stop, publishing }
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.publishing.await.unwrap()
    }
}

/// Until many requests are under way, which end only when it opens.
async fn hold(receiver: &Receiver) {
    receiver.shut();
    let look = async || receiver.under_way().len();
    wait::until("requests under way everywhere", look, |count| *count >= 4 * SHARDS).await;
}

async fn until_delivered(tenant: &Tenant, endpoints: &[Endpoint], count: usize) {
    for endpoint in endpoints {
        tenant.until_count(endpoint, "success", count).await;
    }
}

/// Until a node tells of both, and of its own part.
async fn until_said(node: &Client) {
    let operator = node.with_key(OPERATOR_KEY);
    let look = async || {
        let status = operator.get("/status").await.expect(200);
        let metrics = node.get("!/metrics").await.text();
        let both = ["\nhookyard_shards_owned 3\n", "\nhookyard_shards 6\n"];
        (status["nodes"].clone(), both.iter().all(|line| metrics.contains(line)))
    };
    let is_there = |(nodes, owned): &(Value, bool)| {
        let nodes = nodes.as_array().unwrap();
        let each = |node: &Value| {
            node["shards"].as_array().unwrap().len() == 3
                && node["version"] == env!("CARGO_PKG_VERSION")
                && node["seenAt"].is_string()
        };
        *owned && nodes.len() == 2 && nodes.iter().all(each)
    };
    wait::until("two nodes with three shards each", look, is_there).await;
}

#[tokio::test]
async fn nodes_share_evenly_and_only_what_must_move_moves() {
    let process = process_with(&SETTINGS).await;
    let ledger = Ledger::of(&process).await;
    ledger.until_shared(&[6]).await;
    let second = process.beside().await;
    let two = ledger.until_shared(&[3, 3]).await;
    // A ledger restored from a backup has forgotten some: none is given twice.
    assert!(two.values().all(|(_, epoch)| *epoch > 1_700_000_000), "{two:?}");
    for node in [process.client(), second.client()] {
        until_said(&node).await;
    }
    let third = process.beside().await;
    let three = ledger.until_shared(&[2, 2, 2]).await;
    assert_eq!(moved(&two, &three), 2, "{two:?} {three:?}");
    third.signal(Signal::TERM);
    let left = Instant::now();
    assert_eq!(third.end().await.code, Some(0));
    let again = ledger.until_shared(&[3, 3]).await;
    // It said so: nobody waited for its leases to end.
    assert!(left.elapsed() < Duration::from_secs(8), "{:?}", left.elapsed());
    assert_eq!(moved(&three, &again), 2, "{three:?} {again:?}");
    drop(second);
}

#[tokio::test]
async fn a_killed_nodes_endpoints_deliver_again_in_time() {
    let (process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let (ledger, second) = (Ledger::of(&process).await, process.beside().await);
    ledger.until_shared(&[3, 3]).await;
    let tenant = process.tenant("acme").await;
    let endpoints = endpoint_in_each_shard(&tenant, &receiver, &json!({})).await;
    tenant.publish("order.paid", &json!({})).await;
    until_delivered(&tenant, &endpoints, 1).await;
    second.signal(Signal::KILL);
    let killed = Instant::now();
    tenant.publish("order.paid", &json!({})).await;
    until_delivered(&tenant, &endpoints, 2).await;
    assert!(killed.elapsed() < Duration::from_secs(15), "{:?}", killed.elapsed());
    assert_eq!(times(&receiver).into_values().collect::<Vec<_>>(), vec![1; 2 * SHARDS]);
}

#[tokio::test]
async fn a_lease_that_ends_is_taken_at_once() {
    const AT_ONCE: Duration = Duration::from_secs(1);
    let mut process = process_with(&SETTINGS).await;
    let ledger = Ledger::of(&process).await;
    ledger.until_shared(&[6]).await;
    process.signal(Signal::TERM);
    process.end().await;
    ledger.leave_to_nobody().await;
    let (ends, former) = (ledger.ends().await, ledger.owners().await);
    assert_eq!(former.len(), SHARDS);
    process.start().await;
    let mut waiting = ends.clone();
    while !waiting.is_empty() {
        let (owners, now) = (ledger.owners().await, ledger.now().await);
        waiting.retain(|shard, _| owners.get(shard).is_none_or(|owned| *owned == former[shard]));
        for (shard, end) in &waiting {
            assert!(now < *end + AT_ONCE, "{shard} ended at {end}, and is nobody's at {now}");
        }
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_backfill_goes_on_where_its_endpoint_is_whichever_node_was_asked() {
    const EVENTS: usize = 130;
    let (process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let (ledger, second) = (Ledger::of(&process).await, process.beside().await);
    ledger.until_shared(&[3, 3]).await;
    let tenant = process.tenant("acme").await;
    tenant.publish_many("order.paid", EVENTS).await;
    let endpoints = endpoint_in_each_shard(&tenant, &receiver, &json!({})).await;
    let asked = Instant::now();
    for endpoint in &endpoints {
        let path = format!("/webhooks/{}/replay", endpoint.id);
        tenant.client.post(&path, &json!({"status": ["unsent"]})).await.expect(202);
    }
    until_delivered(&tenant, &endpoints, EVENTS).await;
    // Three pieces of each, none of which waited for an auditor.
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    assert!(times(&receiver).into_values().all(|times| times == 1));
    drop(second);
}

#[tokio::test]
async fn either_tells_what_waits_at_both() {
    const EVENTS: usize = 7;
    let (process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let (ledger, second) = (Ledger::of(&process).await, process.beside().await);
    ledger.until_shared(&[3, 3]).await;
    let tenant = process.tenant("acme").await;
    for endpoint in endpoint_in_each_shard(&tenant, &receiver, &json!({})).await {
        tenant.change(&endpoint, &json!({"status": "paused"})).await;
    }
    let operators = [process.client(), second.client()].map(|node| node.with_key(OPERATOR_KEY));
    for operator in &operators {
        let look = async || operator.get("/status").await.expect(200)["endpoints"]["paused"].clone();
        wait::until("all to be known as paused", look, |paused| *paused == json!(SHARDS)).await;
    }
    tenant.publish_many("order.paid", EVENTS).await;
    for operator in &operators {
        let look = async || operator.get("/status").await.expect(200)["backlog"]["spilled"].clone();
        wait::until("all that waits", look, |spilled| *spilled == json!(EVENTS * SHARDS)).await;
    }
    drop(second);
}

#[tokio::test]
async fn one_that_stood_still_sends_nothing_and_changes_nothing() {
    const EVENTS: usize = 20;
    let (process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let (ledger, mut second) = (Ledger::of(&process).await, process.beside().await);
    ledger.until_shared(&[3, 3]).await;
    let tenant = process.tenant("acme").await;
    let settings = json!({"maxInFlight": 1, "timeoutMs": 30_000});
    let endpoints = endpoint_in_each_shard(&tenant, &receiver, &settings).await;
    receiver.shut();
    tenant.publish_many("order.paid", EVENTS).await;
    // One of each is under way, and the next ones wait for it.
    receiver.wait_for(SHARDS).await;
    second.signal(Signal::STOP);
    ledger.until_shared(&[6]).await;
    receiver.open();
    until_delivered(&tenant, &endpoints, EVENTS).await;
    process.settled(&tenant).await;
    let (rows, sent) = (ledger.rows().await, receiver.count());

    second.signal(Signal::CONT);
    // It was answered long ago, and finds out that nobody wants to know.
    second.until_line(|line| line["message"] == "shard is another node's by now").await;
    ledger.until_shared(&[3, 3]).await;
    process.settled(&tenant).await;
    assert_eq!(receiver.count(), sent, "it sent something");
    let now = ledger.rows().await;
    assert!(
        rows == now,
        "rows were changed: {:#?}",
        now.iter().filter(|row| !rows.contains(row)).collect::<Vec<_>>()
    );
    // What was under way there was sent again, and nothing else was.
    let times = times(&receiver);
    assert_eq!(times.len(), EVENTS * SHARDS);
    assert_eq!(times.values().filter(|times| **times == 2).count(), SHARDS / 2);
    assert_eq!(times.values().sum::<usize>(), EVENTS * SHARDS + SHARDS / 2);
    // And it works again.
    tenant.publish("order.paid", &json!({})).await;
    until_delivered(&tenant, &endpoints, EVENTS + 1).await;
}

#[tokio::test]
async fn a_restart_of_one_after_the_other_is_noticed_by_nobody() {
    let (mut process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let (ledger, mut second) = (Ledger::of(&process).await, process.beside().await);
    ledger.until_shared(&[3, 3]).await;
    let tenant = process.tenant("acme").await;
    let endpoints = endpoint_in_each_shard(&tenant, &receiver, &json!({})).await;
    let at = |client: &Client| tenant.client.at(client);
    let nodes = Arc::new(std::sync::Mutex::new(vec![at(&process.client()), at(&second.client())]));
    let producer = Producer::start(Arc::clone(&nodes));
    receiver.wait_for(100).await;
    hold(&receiver).await;
    process.signal(Signal::TERM);
    process.until_logged(HANDING_OVER).await;
    sleep(A_WHILE).await;
    receiver.open();
    assert_eq!(process.end().await.code, Some(0));
    process.start().await;
    nodes.lock().unwrap()[0] = at(&process.client());
    ledger.until_shared(&[3, 3]).await;
    hold(&receiver).await;
    second.signal(Signal::TERM);
    second.until_line(|line| line["message"] == HANDING_OVER).await;
    sleep(A_WHILE).await;
    receiver.open();
    assert_eq!(second.end().await.code, Some(0));
    second = process.beside().await;
    nodes.lock().unwrap()[1] = at(&second.client());
    ledger.until_shared(&[3, 3]).await;
    let accepted = producer.end().await;
    let tenant = process.again(&tenant);
    until_delivered(&tenant, &endpoints, accepted).await;
    process.settled(&tenant).await;
    let times = times(&receiver);
    assert_eq!(times.len(), accepted * SHARDS);
    let repeated: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(repeated.is_empty(), "of {}: {repeated:?}", times.len());
}
