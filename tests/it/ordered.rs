//! Ordered endpoints: one delivery after the other in the order of publishing, through failures, deaths and restarts,
//! whoever publishes; and what is switched in and out of order is not lost.

use serde_json::{Value, json};

use crate::support::chaos::{CHAOS, actor_of, strike};
use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::{Receiver, app, app_with};

fn ordered() -> Value {
    json!({"ordered": true, "maxRetries": 20, "retrySchedule": ["0s", "20ms"], "autoDisableAfter": null})
}

async fn endpoint(tenant: &Tenant, receiver: &Receiver) -> Endpoint {
    tenant.endpoint_with(&receiver.url(), &["order.>"], &ordered()).await
}

fn numbers(receiver: &Receiver) -> Vec<usize> {
    receiver.look(|requests| requests.iter().map(Request::number).collect())
}

/// All of them came, one at a time, and none while an earlier one was still to come again.
#[track_caller]
fn assert_in_order(receiver: &Receiver, count: usize) {
    let mut numbers = numbers(receiver);
    assert!(numbers.is_sorted(), "out of order: {numbers:?}");
    numbers.dedup();
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
    assert_eq!(receiver.most_at_once(), 1);
}

#[tokio::test]
async fn in_order_through_failures_deaths_and_restarts() {
    const AT_ONCE: usize = 20;
    let (mut app, receiver, quick) =
        (app_with(&CHAOS).await, Receiver::start().await, Receiver::start().await);
    let mut tenant = app.tenant("acme").await;
    let endpoint = endpoint(&tenant, &receiver).await;
    let neighbour = tenant.neighbour(&endpoint, &quick.url(), &["order.>"]).await;
    let feeder = format!("feeder:{}", endpoint.shard());
    let actor = actor_of(&endpoint);
    receiver.answer((0..400).map(|n| if n % 5 == 2 { 500 } else { 200 }));
    let mut published = AT_ONCE;
    tenant.publish_numbers("order.paid", 0..published).await;
    let faults = [&actor, &feeder, "recorder", "stop", "kill"];
    for fault in faults.iter().chain(&faults) {
        let how = if published.is_multiple_of(2 * AT_ONCE) { "kill" } else { "panic" };
        receiver.wait_for(published - AT_ONCE / 2).await;
        match *fault {
            "stop" => app.restart().await,
            "kill" => {
                app.kill();
                app.start().await;
            }
            actor => {
                strike(&app, actor, how).await;
            }
        }
        tenant = app.again(&tenant);
        tenant.publish_numbers("order.paid", published..published + AT_ONCE).await;
        published += AT_ONCE;
    }
    for endpoint in [&endpoint, &neighbour] {
        tenant.until_count(endpoint, "success", published).await;
    }
    app.settled(&tenant).await;
    assert_in_order(&receiver, published);
}

#[tokio::test]
async fn a_head_holds_its_successors_until_it_is_dead_and_nobody_else() {
    const COUNT: usize = 40;
    let (app, receiver, quick) = (app().await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut settings = ordered();
    settings["maxRetries"] = json!(2);
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &settings).await;
    let neighbour = tenant.neighbour(&endpoint, &quick.url(), &["order.>"]).await;
    receiver.shut();
    // The first dies of its third failure, and so does the sixth.
    let dies = |n| (n < 3 || (7..10).contains(&n)).then_some(500);
    receiver.answer((0..COUNT).map(|n| dies(n).unwrap_or(200)));
    tenant.publish_many("order.paid", COUNT).await;
    quick.wait_for(COUNT).await;
    tenant.until_count(&neighbour, "success", COUNT).await;
    // The head has no answer yet, and nothing else was sent.
    assert_eq!(numbers(&receiver), [0]);
    receiver.open();
    tenant.until_count(&endpoint, "success", COUNT - 2).await;
    let dead = tenant.until_count(&endpoint, "dead", 2).await;
    assert!(dead.iter().all(|delivery| delivery["attemptCount"] == 3), "{dead:#?}");
    app.settled_by_itself(&tenant).await;
    assert_in_order(&receiver, COUNT);
    assert_eq!(numbers(&receiver)[..11], [0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 6]);
    assert_eq!((receiver.count(), quick.count()), (COUNT + 4, COUNT));
}

/// Publishes by HTTP, one after the other.
async fn publish_all(tenant: &Tenant, event: &str, count: usize) {
    for n in 0..count {
        tenant.publish(event, &json!({"n": n})).await;
    }
}

#[tokio::test]
async fn whoever_publishes_the_order_is_that_of_the_ledger() {
    const EACH: usize = 30;
    const ALL: usize = 6 * EACH;
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = endpoint(&tenant, &receiver).await;
    // Some of it fails once on the way.
    receiver.answer((0..ALL).map(|n| if n % 10 == 5 { 500 } else { 200 }));
    let nats = async {
        let client = app.nats_client();
        for n in 0..2 * EACH {
            let payload = json!({"n": n}).to_string();
            client.publish("events.acme.order.nats", payload.into()).await.unwrap();
        }
        client.flush().await.unwrap();
    };
    let ((), (), (), (), ()) = tokio::join!(
        nats,
        publish_all(&tenant, "order.a", EACH),
        publish_all(&tenant, "order.b", EACH),
        publish_all(&tenant, "order.c", EACH),
        publish_all(&tenant, "order.d", EACH),
    );
    tenant.until_count(&endpoint, "success", ALL).await;
    app.settled_by_itself(&tenant).await;
    // The newest first.
    let mut owed = tenant.deliveries(&format!("webhookId={}", endpoint.id)).await;
    owed.reverse();
    let owed: Vec<String> = owed.iter().map(|delivery| text(&delivery["id"])).collect();
    let requests = receiver.requests();
    let mut sent: Vec<&str> = requests.iter().map(|request| request.header("webhook-id")).collect();
    sent.dedup();
    assert_eq!(sent, owed);
    // Each publisher finds its own order in it.
    for event in ["order.a", "order.b", "order.c", "order.d", "order.nats"] {
        let of = |request: &&Request| request.header("x-webhook-event") == event;
        let own: Vec<usize> = requests.iter().filter(of).map(Request::number).collect();
        assert!(own.is_sorted(), "{event}: {own:?}");
    }
    assert_eq!((requests.len(), receiver.most_at_once()), (ALL + ALL / 10, 1));
}

#[tokio::test]
async fn switched_in_and_out_of_order_under_load_nothing_is_lost() {
    const SWITCHES: usize = 12;
    const BETWEEN: usize = 25;
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut settings = ordered();
    settings["ordered"] = json!(false);
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &settings).await;
    receiver.answer((0..1000).map(|n| if n % 9 == 4 { 500 } else { 200 }));
    let publishing = tokio::spawn({
        let tenant = tenant.clone();
        async move {
            for n in 0.. {
                // As much waits at each switch as was sent between two.
                tenant.publish_numbers("order.paid", 5 * n..5 * (n + 1)).await;
                if 5 * n >= SWITCHES * BETWEEN {
                    return 5 * (n + 1);
                }
            }
            unreachable!("it ends")
        }
    });
    for switch in 1..=SWITCHES {
        receiver.wait_for(switch * BETWEEN / 2).await;
        tenant.change(&endpoint, &json!({"ordered": switch % 2 == 1})).await;
    }
    let published = publishing.await.unwrap();
    tenant.until_count(&endpoint, "success", published).await;
    app.settled_by_itself(&tenant).await;
    // Each as often as it says, and only failures twice.
    let mut sent = numbers(&receiver);
    assert_eq!(sent.len(), published + sent.len() / 9 + usize::from(sent.len() % 9 > 4));
    sent.sort_unstable();
    sent.dedup();
    assert_eq!(sent, (0..published).collect::<Vec<_>>());

    // At rest and in order again, it keeps order.
    tenant.change(&endpoint, &json!({"ordered": true})).await;
    let before = receiver.count();
    tenant.publish_numbers("order.paid", published..published + BETWEEN).await;
    tenant.until_count(&endpoint, "success", published + BETWEEN).await;
    let last = numbers(&receiver).split_off(before);
    assert!(last.is_sorted() && last.last() == Some(&(published + BETWEEN - 1)), "{last:?}");
    app.settled_by_itself(&tenant).await;
}
