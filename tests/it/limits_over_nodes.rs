//! What a tenant's endpoints may be sent together holds wherever they are: no more than that over several nodes, and
//! no less where one of them has little to send.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tokio::time::{Instant, interval, sleep};
use uuid::Uuid;

use crate::nodes::{Ledger, Owners, SETTINGS, SHARDS, endpoint_in_each_shard, times};
use crate::support::app::OPERATOR_KEY;
use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::window::assert_never_more;
use crate::support::{Receiver, process_with};

const PER_SECOND: u32 = 40;
const SECOND: Duration = Duration::from_secs(1);
/// A turn may be used up to a second after it came.
const SLACK: Duration = Duration::from_millis(1200);

/// Of the tenant's: `null` for none.
async fn limit(client: &Client, tenant: &Tenant, per_second: Option<u32>) {
    let change = json!({"maxDeliveriesPerSecond": per_second});
    client.with_key(OPERATOR_KEY).patch(&format!("/tenants/{}", tenant.id), &change).await.expect(200);
}

/// The endpoints on each node. They are in the order of their shards.
fn on_nodes<'a>(owners: &Owners, endpoints: &'a [Endpoint]) -> Vec<Vec<&'a Endpoint>> {
    let mut on_nodes: BTreeMap<Uuid, Vec<&Endpoint>> = BTreeMap::new();
    for ((owner, _), endpoint) in owners.values().zip(endpoints) {
        on_nodes.entry(*owner).or_default().push(endpoint);
    }
    on_nodes.into_values().collect()
}

fn arrivals(receiver: &Receiver) -> Vec<Instant> {
    let mut times = receiver.arrivals();
    times.sort_unstable();
    times
}

/// All that was published was sent, and nothing twice.
async fn assert_all(process: &Process, tenant: &Tenant, receiver: &Receiver, count: usize) {
    limit(&process.client(), tenant, None).await;
    receiver.wait_for(count).await;
    process.settled(tenant).await;
    let times = times(receiver);
    assert_eq!((times.len(), times.values().max()), (count, Some(&1)));
}

#[tokio::test]
async fn three_nodes_of_which_one_has_little_to_send_use_all_of_it_and_no_more() {
    const WINDOW: Duration = Duration::from_secs(25);
    const HEAVY: usize = 500;
    let (process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let (ledger, second) = (Ledger::of(&process).await, process.beside().await);
    let third = process.beside().await;
    let owners = ledger.until_shared(&[2, 2, 2]).await;
    let tenant = process.tenant("acme").await;
    let endpoints = endpoint_in_each_shard(&tenant, &receiver, &json!({})).await;
    let nodes = on_nodes(&owners, &endpoints);
    // Two of one node have much to send, one of another, and one of the third a little.
    for (endpoint, event) in [(nodes[0][0], "heavy"), (nodes[0][1], "heavy"), (nodes[1][0], "heavy")] {
        tenant.change(endpoint, &json!({"events": [event]})).await;
    }
    tenant.change(nodes[2][0], &json!({"events": ["light"]})).await;
    limit(&process.client(), &tenant, Some(PER_SECOND)).await;
    // So long the other nodes may take to hear of it: what they sent meanwhile would count.
    sleep(SECOND).await;
    tenant.publish_many("heavy", HEAVY).await;
    receiver.wait_for(PER_SECOND as usize).await;
    let (from, mut ticks, mut light) = (Instant::now(), interval(SECOND / 2), 0);
    while from.elapsed() < WINDOW {
        ticks.tick().await;
        tenant.publish("light", &json!({})).await;
        light += 1;
    }
    let times = arrivals(&receiver);
    let sent = times.iter().filter(|at| (from..from + WINDOW).contains(*at)).count();
    let expected = PER_SECOND as usize * WINDOW.as_secs() as usize;
    assert!((expected * 95 / 100..=expected * 105 / 100).contains(&sent), "{sent} of {expected}");
    assert_never_more(&times, PER_SECOND * 60, 2, SLACK);
    // It did not have to wait until the others were done.
    let of_light = receiver.look(|all| all.iter().filter(|one| one.json()["event"] == "light").count());
    assert!(of_light + 5 > light, "{of_light} of {light}");
    assert_all(&process, &tenant, &receiver, 3 * HEAVY + light).await;
    drop((second, third));
}

#[tokio::test]
async fn nodes_that_die_and_come_add_nothing_to_it() {
    const EVENTS: usize = 250;
    let (process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let ledger = Ledger::of(&process).await;
    let tenant = process.tenant("acme").await;
    let endpoints = endpoint_in_each_shard(&tenant, &receiver, &json!({})).await;
    limit(&process.client(), &tenant, Some(PER_SECOND)).await;
    tenant.publish_many("order.paid", EVENTS).await;
    // From one that has everything to two, to one, and to two again.
    receiver.wait_for(2 * PER_SECOND as usize).await;
    let second = process.beside().await;
    ledger.until_shared(&[3, 3]).await;
    receiver.wait_for(receiver.count() + 3 * PER_SECOND as usize).await;
    second.signal(Signal::KILL);
    ledger.until_shared(&[6]).await;
    receiver.wait_for(receiver.count() + 2 * PER_SECOND as usize).await;
    let third = process.beside().await;
    ledger.until_shared(&[3, 3]).await;
    receiver.wait_for(receiver.count() + 3 * PER_SECOND as usize).await;
    assert!(receiver.count() < SHARDS * EVENTS, "there was nothing left to hold back");
    assert_never_more(&arrivals(&receiver), PER_SECOND * 60, 2, SLACK);
    limit(&process.client(), &tenant, None).await;
    for endpoint in &endpoints {
        tenant.until_count(endpoint, "success", EVENTS).await;
    }
    drop(third);
}
