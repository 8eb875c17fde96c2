//! References that share a message of the queue: fewer messages than deliveries, each of which arrives, and none that is
//! recorded a second time, wherever the message is when its node ends.

use std::collections::BTreeMap;
use std::time::Duration;

use actors::ports::{Depth, Line, Pulled, Queue as _, Receipt, Reference};
use domain::lease::Lease;
use hookyard::bus::Bus;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::bus::{SHARD, connect, reference};
use crate::support::tenant::Endpoint;
use crate::support::{Receiver, app, servers, wait};

/// Messages that were ever stored for a shard, and those that are still there.
async fn stored(app: &TestApp, endpoint: &Endpoint) -> (u64, u64) {
    let stream = app.jetstream().get_stream(format!("DELIVERIES_{}", endpoint.shard())).await.unwrap();
    let state = &stream.cached_info().state;
    (state.last_sequence, state.messages)
}

async fn until_depth(bus: &Bus, lease: Lease, ready: u64, in_flight: u64) {
    let look = async || bus.check(lease).await.unwrap().depth;
    let expected = Depth { ready, in_flight, scheduled: 0 };
    wait::until("the queue to hold what is not done", look, |depth| *depth == expected).await;
}

fn references(pulled: &[Pulled]) -> Vec<Reference> {
    pulled.iter().map(|pulled| pulled.reference).collect()
}

fn receipts<const COUNT: usize>(pulled: &[Pulled], places: [usize; COUNT]) -> [Receipt; COUNT] {
    places.map(|place| pulled[place].receipt.clone())
}

#[tokio::test]
async fn a_batch_is_fewer_messages_than_deliveries_and_arrives_once() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &json!({"maxInFlight": 100})).await;
    tenant.publish_many("order.paid", 100).await;
    let mut numbers: Vec<_> = receiver.wait_for(100).await.iter().map(|request| request.number()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..100));
    app.settled_by_itself(&tenant).await;
    assert_eq!((receiver.count(), stored(&app, &endpoint).await), (100, (2, 0)));
}

/// How often each event came, by its number.
fn counts(receiver: &Receiver) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for request in receiver.requests() {
        *counts.entry(request.number()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_group_repeats_what_was_not_recorded_and_nothing_else() {
    let (mut app, quick, hanging) = (app().await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxInFlight": 2, "timeoutMs": 30_000});
    let slow = tenant.endpoint_with(&hanging.url(), &["order.paid"], &settings).await;
    let neighbour = tenant.neighbour(&slow, &quick.url(), &["order.paid"]).await;
    hanging.shut();
    tenant.publish_many("order.paid", 6).await;
    tenant.until_count(&neighbour, "success", 6).await;
    hanging.wait_for(2).await;
    assert_eq!(stored(&app, &slow).await, (1, 1));
    // Of one that changed lately the ledger is asked about everything.
    let earlier = "update endpoints set updated_at = now() - interval '1 hour'";
    sqlx::query(earlier).execute(&app.pool().await).await.unwrap();
    app.kill();
    app.start().await;
    let tenant = app.again(&tenant);
    hanging.wait_for(4).await;
    hanging.open();
    tenant.until_count(&slow, "success", 6).await;
    app.settled(&tenant).await;
    assert_eq!(quick.count(), 6);
    // Two were under way when it ended.
    let mut times: Vec<_> = counts(&hanging).into_values().collect();
    times.sort_unstable();
    assert_eq!(times, [1, 1, 1, 1, 2, 2]);
}

#[tokio::test]
async fn a_message_is_done_with_when_the_last_that_it_brought_is() {
    let nats = servers::nats().await;
    let bus = connect(&nats).await;
    let [first, second] = [3, 5].map(|epoch| Lease { shard: SHARD, epoch });
    let all = [1, 2, 3].map(reference);
    assert!(bus.enqueue(&all).await.is_empty());
    let pulled = bus.pull(first, Line::Fresh, 1).await.unwrap();
    assert_eq!(references(&pulled), all);
    bus.ack(&receipts(&pulled, [0, 0, 2])).await;
    bus.ack(&receipts(&pulled, [2])).await;
    until_depth(&bus, first, 0, 1).await;

    // Its next owner gets all of it, and has all of it to do.
    let again = bus.pull(second, Line::Fresh, 1).await.unwrap();
    assert_eq!(references(&again), all);
    bus.ack(&receipts(&again, [1, 2])).await;
    until_depth(&bus, second, 0, 1).await;
    bus.ack(&receipts(&again, [0])).await;
    until_depth(&bus, second, 0, 0).await;
}

#[tokio::test]
async fn what_is_postponed_comes_again_once_with_what_came_with_it() {
    let nats = servers::nats().await;
    let (bus, lease) = (connect(&nats).await, Lease { shard: SHARD, epoch: 3 });
    let all = [1, 2, 3].map(reference);
    assert!(bus.enqueue(&all).await.is_empty());
    let pulled = bus.pull(lease, Line::Fresh, 10).await.unwrap();
    bus.ack(&receipts(&pulled, [1])).await;
    bus.postpone(&receipts(&pulled, [0, 2]), Duration::from_millis(100)).await;
    let again = bus.pull(lease, Line::Fresh, 10).await.unwrap();
    assert_eq!(references(&again), all);
    assert_eq!(again.iter().map(|pulled| pulled.tries).collect::<Vec<_>>(), [2; 3]);
    bus.ack(&receipts(&again, [0, 1, 2])).await;
    until_depth(&bus, lease, 0, 0).await;
}

#[tokio::test]
async fn a_publish_that_is_asked_again_is_stored_once() {
    let nats = servers::nats().await;
    let (bus, lease) = (connect(&nats).await, Lease { shard: SHARD, epoch: 3 });
    let new = [1, 2, 3].map(reference);
    // Made owed again: whoever asks again means another one.
    let replayed = new.map(|reference| Reference { number: 2, ..reference });
    for _ in 0..2 {
        assert!(bus.enqueue(&[new, replayed].concat()).await.is_empty());
    }
    until_depth(&bus, lease, 3, 0).await;
    let line = async |line| references(&bus.pull(lease, line, 10).await.unwrap());
    assert_eq!((line(Line::Fresh).await, line(Line::Retries).await), (new.to_vec(), [replayed; 2].concat()));
}
