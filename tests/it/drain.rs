//! How a node ends: asked to, it lets go in order and in time; killed, it costs a repeat of what was cut off. Either
//! way the next start takes up the rest.

use std::collections::HashMap;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::process::Process;
use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::wait;
use crate::support::{Receiver, process};

/// In which a process that was asked to end has ended.
const IN_TIME: Duration = Duration::from_secs(30);

fn ids(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| request.header("webhook-id").to_owned()).collect()
}

/// How often each delivery was seen.
fn times(requests: &[Request]) -> HashMap<String, usize> {
    let mut seen = HashMap::new();
    for id in ids(requests) {
        *seen.entry(id).or_default() += 1;
    }
    seen
}

/// Every delivery was attempted once, with success.
async fn assert_each_once(tenant: &Tenant, endpoint: &Endpoint, receiver: &Receiver, count: usize) {
    let delivered = tenant.until_count(endpoint, "success", count).await;
    assert!(delivered.iter().all(|delivery| delivery["attemptCount"] == 1), "{delivered:#?}");
    let seen = times(&receiver.requests());
    assert_eq!((seen.len(), seen.values().copied().max()), (count, Some(1)));
}

async fn end_in_order(process: &mut Process) {
    let end = process.end().await;
    assert_eq!(end.code, Some(0));
    assert!(end.took < IN_TIME, "{:?}", end.took);
}

/// A producer that publishes one event after another until nobody answers any more. It tells how many attempts to
/// publish were refused, and ends with the ids of the events that were accepted, and of those it knows nothing of.
struct Producer {
    refused: watch::Receiver<usize>,
    publishing: JoinHandle<(Vec<String>, Vec<String>)>,
}

impl Producer {
    fn start(tenant: &Tenant, event: &'static str) -> Self {
        let (sender, refused) = watch::channel(0);
        let (client, event) = (tenant.client.clone(), event.to_owned());
        let publishing = tokio::spawn(async move {
            let (mut accepted, mut unknown) = (Vec::new(), Vec::new());
            for n in 0.. {
                let id = format!("busy-{n}");
                let body = json!({"event": event, "eventId": id, "data": {}});
                match client.try_post("/events", &body).await {
                    Some(answer) if answer.status == 202 => accepted.push(id),
                    Some(answer) => {
                        assert_eq!(answer.problem().0, 503, "{}", answer.text());
                        sender.send_modify(|refused| *refused += 1);
                    }
                    None => {
                        unknown.push(id);
                        sender.send_modify(|refused| *refused += 1);
                        if unknown.len() > 3 {
                            return (accepted, unknown);
                        }
                    }
                }
            }
            unreachable!("numbers do not end")
        });
        Self { refused, publishing }
    }

    async fn until_refused(&mut self) {
        let there = self.refused.wait_for(|refused| *refused > 0);
        tokio::time::timeout(wait::PATIENCE, there).await.expect("a refusal in time").expect("a producer");
    }
}

#[tokio::test]
async fn asked_to_end_it_finishes_what_is_under_way_and_leaves_the_rest_to_the_next() {
    let (mut process, receiver) = (process().await, Receiver::start().await);
    let tenant = process.tenant("acme").await;
    let settings = json!({"maxInFlight": 4, "timeoutMs": 30_000});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &settings).await;
    receiver.shut();
    tenant.publish_many("order.paid", 60).await;
    receiver.wait_for(4).await;
    let mut producer = Producer::start(&tenant, "order.late");
    process.signal(Signal::TERM);
    // Nothing new is begun from here on; what is under way ends only now.
    producer.until_refused().await;
    receiver.open();
    end_in_order(&mut process).await;
    let (accepted, unknown) = producer.publishing.await.expect("only expected answers");
    let finished = receiver.requests();
    assert_eq!(finished.len(), 4, "{:?}", ids(&finished));

    process.start().await;
    let tenant = process.again(&tenant);
    // The producer tries again what it knows nothing of; some of it may have been accepted.
    for id in &unknown {
        let body = json!({"event": "order.late", "eventId": id, "data": {}});
        tenant.client.post("/events", &body).await.expect(202);
    }
    assert_each_once(&tenant, &endpoint, &receiver, 60 + accepted.len() + unknown.len()).await;
}

#[tokio::test]
async fn asked_to_end_it_does_not_wait_for_one_that_hangs() {
    let (mut process, hanging, quick) = (process().await, Receiver::start().await, Receiver::start().await);
    let tenant = process.tenant("acme").await;
    let settings = json!({"timeoutMs": 30_000});
    let slow = tenant.endpoint_with(&hanging.url(), &["order.>"], &settings).await;
    let neighbour = tenant.endpoint_with(&quick.url(), &["order.>"], &settings).await;
    hanging.shut();
    let event = tenant.publish("order.paid", &json!({})).await;
    let cut_off = ids(&hanging.wait_for(1).await);
    tenant.delivery_when(&event, &neighbour, "success").await;
    process.signal(Signal::TERM);
    end_in_order(&mut process).await;

    hanging.open();
    process.start().await;
    let tenant = process.again(&tenant);
    let delivery = tenant.delivery_when(&event, &slow, "success").await;
    assert_eq!(delivery["id"], cut_off[0].as_str());
    // What was cut off is no failure of the endpoint's: it is the same attempt again.
    assert_eq!(delivery["attemptCount"], 1);
    assert_eq!(ids(&hanging.requests()), [cut_off[0].clone(), cut_off[0].clone()]);
    assert_each_once(&tenant, &neighbour, &quick, 1).await;
}

#[tokio::test]
async fn killed_with_many_under_way_only_those_come_again() {
    const ENDPOINTS: usize = 4;
    const IN_FLIGHT: usize = 16;
    const EVENTS: usize = 100;
    const { assert!(ENDPOINTS * IN_FLIGHT >= 50) };

    let (mut process, receiver) = (process().await, Receiver::start().await);
    let tenant = process.tenant("acme").await;
    let settings = json!({"maxInFlight": IN_FLIGHT, "timeoutMs": 30_000});
    let mut endpoints = Vec::new();
    for n in 0..ENDPOINTS {
        let url = receiver.url_of(&format!("/{n}"));
        endpoints.push(tenant.endpoint_with(&url, &["order.>"], &settings).await);
    }
    // Some were through before, and are not to come again.
    tenant.publish_many("order.paid", EVENTS).await;
    for endpoint in &endpoints {
        tenant.until_count(endpoint, "success", EVENTS).await;
    }
    receiver.shut();
    let before = receiver.requests().len();
    tenant.publish_many("order.late", EVENTS).await;
    // All hands are full, and nobody answers.
    let held = receiver.wait_for(before + ENDPOINTS * IN_FLIGHT).await.split_off(before);
    assert_eq!(held.len(), ENDPOINTS * IN_FLIGHT);
    process.signal(Signal::KILL);
    assert_eq!(process.end().await.code, None);

    receiver.open();
    process.start().await;
    let tenant = process.again(&tenant);
    for endpoint in &endpoints {
        tenant.until_count(endpoint, "success", 2 * EVENTS).await;
    }
    let cut_off = ids(&held);
    let seen = times(&receiver.requests());
    assert_eq!(seen.len(), 2 * EVENTS * ENDPOINTS);
    for (id, times) in seen {
        assert_eq!(times, if cut_off.contains(&id) { 2 } else { 1 }, "{id}");
    }
}
