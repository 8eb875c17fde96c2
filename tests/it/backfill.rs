//! A backfill: kept events that were never owed to an endpoint are sent to it, in their order, beside what comes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::{Receiver, app, wait};

/// What one step makes owed.
const CHUNK: usize = 50;

fn numbers(receiver: &Receiver) -> Vec<usize> {
    receiver.look(|requests| requests.iter().map(Request::number).collect())
}

/// Asks for a backfill; answers with its id.
async fn backfill(tenant: &Tenant, endpoint: &Endpoint, filter: Value) -> String {
    let mut filter = filter;
    filter["status"] = json!(["unsent"]);
    let replay = tenant.client.post(&format!("/webhooks/{}/replay", endpoint.id), &filter).await.expect(202);
    assert_eq!((&replay["status"], &replay["webhookId"]), (&json!("unsent"), &json!(endpoint.id)));
    text(&replay["id"])
}

#[tokio::test]
async fn what_was_never_owed_comes_once_and_in_order_beside_what_is_published() {
    let app = app().await;
    // At a time: each replay waits for publishes that may have begun before it.
    let (ordered, narrow) = (json!({"ordered": true}), json!({"maxInFlight": 1}));
    tokio::join!(fill(&app, "ordered", &ordered), fill(&app, "narrow", &narrow));
}

async fn fill(app: &TestApp, id: &str, settings: &Value) {
    const BEFORE: usize = 130;
    const ALL: usize = 150;
    let receiver = Receiver::start().await;
    let (tenant, other) = (app.tenant(id).await, app.tenant(&format!("other-{id}")).await);
    let early = tenant.endpoint(&receiver.url_of("/early"), &["order.>"]).await;
    tenant.publish_numbers("order.paid", 0..1).await;
    tenant.change(&early, &json!({"status": "disabled"})).await;
    for from in (1..BEFORE).step_by(43) {
        tenant.publish_numbers("order.paid", from..from + 43).await;
        tenant.publish_many("invoice.paid", 3).await;
    }
    other.publish_many("order.paid", 3).await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], settings).await;
    // What came since it was made is owed to it already.
    let (replay, ()) = tokio::join!(
        backfill(&tenant, &endpoint, json!({})),
        tenant.publish_numbers("order.paid", BEFORE..ALL)
    );
    let over = tenant.replay_over(&replay).await;
    assert_eq!((&over["owed"], &over["cancelledAt"]), (&json!(BEFORE), &Value::Null), "{over}");
    assert!(over["total"].as_u64() >= Some(BEFORE as u64 + 9) && over["done"] == over["total"], "{over}");
    app.settled(&tenant).await;
    let numbers: Vec<usize> = receiver.look(|requests| {
        requests.iter().filter(|request| request.path != "/early").map(Request::number).collect()
    });
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), ALL);
    assert_eq!(numbers.len(), ALL, "some came twice");
    let of_backfill: Vec<_> = numbers.iter().filter(|number| **number < BEFORE).collect();
    assert!(of_backfill.is_sorted(), "{numbers:?}");
    let replay = backfill(&tenant, &endpoint, json!({"event": "order.*"})).await;
    assert_eq!(tenant.replay_over(&replay).await["owed"], 0);
    // It is a delivery like any other.
    let sent = tenant.until_count(&endpoint, "success", ALL).await;
    assert!(sent.iter().all(|delivery| delivery["attemptCount"] == 1));
    // The other endpoint missed all that came while it was disabled.
    tenant.change(&early, &json!({"status": "active"})).await;
    let newest = sent.iter().map(|delivery| text(&delivery["createdAt"])).max();
    for (filter, owed) in [(json!({"since": newest}), ALL - BEFORE), (json!({}), BEFORE - 1)] {
        let replay = backfill(&tenant, &early, filter).await;
        assert_eq!(tenant.replay_over(&replay).await["owed"], owed);
    }
}

#[tokio::test]
async fn a_service_that_is_killed_goes_on_with_it() {
    const ALL: usize = 400;
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let mut tenant = app.tenant("acme").await;
    tenant.publish_many("order.paid", ALL).await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    let replay = backfill(&tenant, &endpoint, json!({})).await;
    for round in 1..=2 {
        receiver.wait_for(ALL * round / 3).await;
        app.kill();
        app.start().await;
        tenant = app.again(&tenant);
    }
    assert_eq!(tenant.replay_over(&replay).await["owed"], ALL);
    app.settled(&tenant).await;
    let numbers = numbers(&receiver);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), ALL);
    // Only what was under way when it was killed.
    assert!(numbers.len() - ALL <= 2 * CHUNK, "{} came twice", numbers.len() - ALL);
}

#[tokio::test]
async fn it_waits_for_its_endpoint_and_ends_with_it_and_keeps_nobody_waiting() {
    const ALL: usize = 300;
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.publish_many("order.paid", ALL).await;
    let paused = tenant.endpoint_with(&receiver.url_of("/paused"), &["order.>"], &json!({})).await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    let waiting = backfill(&tenant, &paused, json!({})).await;
    let path = format!("/replays/{waiting}");
    let look = async || tenant.client.get(&path).await.expect(200);
    wait::until("the first chunk", look, |replay| replay["owed"] == CHUNK).await;
    // A neighbour is served meanwhile, and what is published gets its turn among what is sent to it.
    let settings = json!({"rateLimitEnabled": true, "maxRequestsPerMinute": 6000, "burst": 1});
    let slow = tenant.endpoint_with(&receiver.url(), &["order.>"], &settings).await;
    let replay = backfill(&tenant, &slow, json!({})).await;
    receiver.wait_for(CHUNK + 10).await;
    tenant.publish_numbers("order.late", ALL..ALL + 1).await;
    tenant.replay_over(&replay).await;
    tenant.until_count(&slow, "success", ALL + 1).await;
    let numbers = numbers(&receiver);
    let place = numbers.iter().position(|number| *number == ALL).unwrap();
    assert!(place < ALL - CHUNK, "what was published came as number {place}");
    assert_eq!(look().await["owed"], CHUNK);
    // Ended with its endpoint, and by hand.
    let by_hand = format!("/replays/{}", backfill(&tenant, &paused, json!({})).await);
    tenant.client.delete(&by_hand).await.expect(204);
    assert!(tenant.client.get(&by_hand).await.expect(200)["cancelledAt"].is_string());
    tenant.change(&paused, &json!({"status": "disabled"})).await;
    let over = tenant.replay_over(&waiting).await;
    assert_eq!((over["cancelledAt"].is_string(), &over["owed"]), (true, &json!(CHUNK)), "{over}");
    let replays = tenant.client.get("/replays").await.expect(200);
    assert_eq!(replays["items"].as_array().map(Vec::len), Some(3));
}
