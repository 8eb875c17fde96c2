//! The breaker: an endpoint that only fails is left alone, then looked at with one delivery at a time, over deaths and
//! restarts; and it opens for nothing else.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::app::TestApp;
use crate::support::chaos::{CHAOS, DEATHS, actor_of, strike};
use crate::support::receiver::{Reply, Request};
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::{Receiver, app_with};

/// Failures in a row that open it, if they are of two deliveries.
const FAILURES: usize = 5;
/// Longer than any test waits: what is sent all the same was not held by a breaker.
const FOREVER: &str = "1h";

fn settings<'a>(first: &'a str, longest: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("HOOKYARD__BREAKER__FAILURES", "5"),
        ("HOOKYARD__BREAKER__DELIVERIES", "2"),
        ("HOOKYARD__BREAKER__PAUSE_FIRST", first),
        ("HOOKYARD__BREAKER__PAUSE_LONGEST", longest),
    ]
}

async fn breaker(first: &str, longest: &str) -> TestApp {
    app_with(&[&settings(first, longest)[..], &CHAOS[..]].concat()).await
}

/// One request at a time, retried after `wait` to the millisecond and often enough.
fn steady(wait: &str) -> Value {
    json!({"maxInFlight": 1, "maxRetries": 50, "autoDisableAfter": null,
        "retrySchedule": {"initial": wait, "factor": 1, "max": wait, "jitter": 0}})
}

async fn endpoint(tenant: &Tenant, receiver: &Receiver, settings: &Value) -> Endpoint {
    tenant.endpoint_with(&receiver.url(), &["order.>"], settings).await
}

fn id(request: &Request) -> &str {
    request.header("webhook-id")
}

fn gaps(requests: &[Request]) -> Vec<Duration> {
    requests.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

/// Something for a neighbour in the same shard: when it has it, so would the endpoint have what came before.
async fn sentinel(tenant: &Tenant, endpoint: &Endpoint) {
    let receiver = Receiver::start().await;
    let neighbour = tenant.neighbour(endpoint, &receiver.url(), &["sentinel"]).await;
    tenant.publish("sentinel", &json!({})).await;
    receiver.wait_for(1).await;
    tenant.client.delete(&format!("/webhooks/{}", neighbour.id)).await.expect(204);
}

/// Each delivery was attempted as often as it says, numbered without a gap.
async fn assert_counted(tenant: &Tenant, requests: &[Request], count: usize) {
    let mut attempts: HashMap<&str, u64> = HashMap::new();
    for request in requests {
        let number = attempts.entry(id(request)).or_default();
        *number += 1;
        assert_eq!(request.header("x-webhook-attempt"), number.to_string());
    }
    let deliveries = tenant.deliveries("event=order.paid").await;
    assert_eq!(deliveries.len(), count);
    for delivery in deliveries {
        let made = attempts.get(text(&delivery["id"]).as_str()).copied().unwrap_or(0);
        assert_eq!(delivery["attemptCount"], made, "{delivery:#}");
    }
}

#[tokio::test]
async fn it_opens_after_five_in_a_row_and_then_probes_with_the_oldest() {
    let (app, receiver) = (breaker("500ms", "2s").await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = endpoint(&tenant, &receiver, &steady("300ms")).await;
    receiver.always(500);
    tenant.publish_many("order.paid", 10).await;
    receiver.wait_for(FAILURES).await;
    // As many at once as may be, but for the breaker.
    tenant.change(&endpoint, &json!({"maxInFlight": 16})).await;
    let requests = receiver.wait_for(FAILURES + 4).await;
    let pauses = gaps(&requests[FAILURES - 1..]);
    for (gap, pause) in pauses.iter().zip([500, 1000, 2000, 2000]) {
        assert!(*gap >= Duration::from_millis(pause), "{pauses:?}");
    }
    // Each probe is the one that was due first: whose last attempt is the longest ago.
    for probe in FAILURES..requests.len() {
        let before = &requests[..probe];
        let last = |of: &Request| before.iter().rfind(|request| id(request) == id(of)).map(|last| last.at);
        let oldest = before.iter().min_by_key(|request| last(request)).expect("some");
        assert_eq!(id(&requests[probe]), id(oldest), "request {probe}");
    }
    // It waits for the answer, whatever else comes meanwhile.
    receiver.shut();
    let requests = receiver.wait_for(FAILURES + 5).await;
    tenant.publish_many("order.paid", 5).await;
    sentinel(&tenant, &endpoint).await;
    assert_eq!((receiver.count(), receiver.most_at_once()), (requests.len(), 1));
    let untouched = tenant.deliveries("status=pending").await;
    assert!(untouched.len() >= 10 && untouched.iter().all(|delivery| delivery["attemptCount"] == 0));
    receiver.always(200);
    // The probe's answer was chosen when it came: it fails, and the next succeeds.
    receiver.open();
    tenant.until_count(&endpoint, "success", 15).await;
    app.settled_by_itself(&tenant).await;
    assert_counted(&tenant, &receiver.requests(), 15).await;
}

#[tokio::test]
async fn what_has_come_back_is_sent_twice_as_much_with_each_round() {
    const SLOTS: usize = 16;
    let (app, receiver) = (app_with(&settings("300ms", "300ms")).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut wanted = steady("1ms");
    wanted["maxInFlight"] = json!(SLOTS);
    wanted["timeoutMs"] = json!(15_000);
    let endpoint = endpoint(&tenant, &receiver, &wanted).await;
    receiver.always(500);
    tenant.publish_many("order.paid", 100).await;
    // As many as are sent before it opens, and two probes.
    receiver.wait_for(SLOTS + FAILURES - 1 + 2).await;
    crate::support::wait::until("an answer", async || receiver.under_way().len(), |count| *count == 0).await;
    receiver.shut();
    let mut seen = receiver.count();
    // One probe more that fails, and one that does not.
    for round in [1, 1, 2, 4, 8, SLOTS, SLOTS] {
        seen += round;
        receiver.wait_for(seen).await;
        sentinel(&tenant, &endpoint).await;
        assert_eq!(receiver.count(), seen, "in a round of {round}");
        receiver.always(200);
        receiver.open();
        receiver.shut();
    }
    receiver.open();
    tenant.until_count(&endpoint, "success", 100).await;
    app.settled_by_itself(&tenant).await;
}

#[tokio::test]
async fn one_delivery_alone_opens_nothing_and_another_address_closes_it() {
    let (app, receiver) = (breaker(FOREVER, FOREVER).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut settings = steady("1ms");
    settings["maxRetries"] = json!(7);
    let endpoint = endpoint(&tenant, &receiver, &settings).await;
    receiver.always(500);
    let first = tenant.publish("order.paid", &json!({})).await;
    let dead = tenant.delivery_when(&first, &endpoint, "dead").await;
    assert_eq!((&dead["attemptCount"], receiver.count()), (&json!(8), 8));
    // One failure of another delivery, and it is enough.
    let second = tenant.publish("order.paid", &json!({})).await;
    tenant.delivery_when(&second, &endpoint, "retrying").await;
    let third = tenant.publish("order.paid", &json!({})).await;
    sentinel(&tenant, &endpoint).await;
    assert_eq!(tenant.delivery_of(&second, &endpoint).await["attemptCount"], 1);
    assert_eq!(tenant.delivery_of(&third, &endpoint).await["attemptCount"], 0);
    assert_eq!(receiver.count(), 9);

    let moved = Receiver::start().await;
    tenant.change(&endpoint, &json!({"url": moved.url()})).await;
    for event in [second, third] {
        tenant.delivery_when(&event, &endpoint, "success").await;
    }
    app.settled_by_itself(&tenant).await;
    assert_eq!((receiver.count(), moved.count()), (9, 2));
}

#[tokio::test]
async fn open_it_stays_over_restarts() {
    let (mut app, receiver) = (breaker("3s", "6s").await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = endpoint(&tenant, &receiver, &steady("1ms")).await;
    receiver.always(500);
    tenant.publish_many("order.paid", 10).await;
    receiver.wait_for(FAILURES).await;
    app.restart().await;
    let tenant = app.again(&tenant);
    let probe = receiver.wait_for(FAILURES + 1).await.remove(FAILURES);
    // Ended as by a kill, once the failed probe is in the ledger.
    let number: u64 = probe.header("x-webhook-attempt").parse().unwrap();
    let recorded = async || tenant.delivery(id(&probe)).await["attemptCount"].as_u64();
    crate::support::wait::until("the probe to be recorded", recorded, |made| *made == Some(number)).await;
    app.kill();
    receiver.always(200);
    app.start().await;
    let tenant = app.again(&tenant);
    tenant.until_count(&endpoint, "success", 10).await;
    let requests = receiver.requests();
    let pauses = gaps(&requests[FAILURES - 1..=FAILURES + 1]);
    assert!(pauses[0] >= Duration::from_secs(3) && pauses[1] >= Duration::from_secs(6), "{pauses:?}");
    assert_counted(&tenant, &requests, 10).await;
    app.settled_by_itself(&tenant).await;
}

#[tokio::test]
async fn an_actor_that_dies_with_the_probe_leaves_the_next_one_free() {
    let (app, receiver) = (breaker("300ms", "300ms").await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = endpoint(&tenant, &receiver, &steady("1ms")).await;
    receiver.always(500);
    tenant.publish_many("order.paid", 10).await;
    receiver.wait_for(FAILURES).await;
    receiver.shut();
    let mut count = FAILURES;
    for how in DEATHS {
        count += 1;
        receiver.wait_for(count).await;
        strike(&app, &actor_of(&endpoint), how).await;
    }
    // The same delivery and the same attempt: what died with its actor was not made.
    let requests = receiver.wait_for(FAILURES + 3).await;
    for request in &requests[FAILURES..] {
        let probe = &requests[FAILURES];
        assert_eq!(
            (id(request), request.header("x-webhook-attempt")),
            (id(probe), probe.header("x-webhook-attempt"))
        );
    }
    sentinel(&tenant, &endpoint).await;
    assert_eq!(receiver.count(), FAILURES + 3);
    receiver.always(200);
    receiver.open();
    tenant.until_count(&endpoint, "success", 10).await;
    app.settled(&tenant).await;
}

#[tokio::test]
async fn what_our_own_rules_block_counts_for_nothing() {
    let (mut app, receiver) = (breaker(FOREVER, FOREVER).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut settings = steady("1ms");
    settings["maxRetries"] = json!(0);
    let endpoint = endpoint(&tenant, &receiver, &settings).await;
    app.restart_with(&[("HOOKYARD__EGRESS__ALLOW_CIDRS", "[]")]).await;
    let tenant = app.again(&tenant);
    tenant.publish_many("order.paid", 2 * FAILURES).await;
    let dead = tenant.until_count(&endpoint, "dead", 2 * FAILURES).await;
    assert!(dead.iter().all(|delivery| delivery["attemptCount"] == 1), "{dead:#?}");
    let attempts = tenant.delivery(&text(&dead[0]["id"])).await["attempts"].clone();
    assert_eq!((&attempts[0]["outcome"], receiver.count()), (&json!("blocked"), 0));
    // Nor do they afterwards: it is the fifth failure of the endpoint that opens it.
    app.restart_with(&[("HOOKYARD__EGRESS__ALLOW_CIDRS", r#"["127.0.0.0/8"]"#)]).await;
    let tenant = app.again(&tenant);
    receiver.answer([500; FAILURES - 1]);
    tenant.publish_many("order.paid", FAILURES).await;
    tenant.until_count(&endpoint, "success", 1).await;
    assert_eq!(receiver.count(), FAILURES);
    app.settled_by_itself(&tenant).await;
}

#[tokio::test]
async fn retry_after_holds_over_a_restart_and_opens_nothing() {
    const HOLD: Duration = Duration::from_secs(10);
    let (mut app, receiver) = (breaker(FOREVER, FOREVER).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut settings = steady("1ms");
    settings["maxInFlight"] = json!(2 * FAILURES);
    let endpoint = endpoint(&tenant, &receiver, &settings).await;
    receiver.shut();
    receiver.answer(vec![Reply::from(429).with("retry-after", HOLD.as_secs().to_string()); 2 * FAILURES]);
    tenant.publish_many("order.paid", 3 * FAILURES).await;
    receiver.wait_for(2 * FAILURES).await;
    let asked = Instant::now();
    receiver.open();
    tenant.until_count(&endpoint, "retrying", 2 * FAILURES).await;
    app.kill();
    app.start().await;
    let tenant = app.again(&tenant);
    assert!(asked.elapsed() < HOLD, "the restart took longer than the hold");
    tenant.until_count(&endpoint, "success", 3 * FAILURES).await;
    let requests = receiver.requests();
    let early = requests[2 * FAILURES..].iter().filter(|request| request.at < asked + HOLD).count();
    assert_eq!((early, requests.len()), (0, 5 * FAILURES));
    assert_counted(&tenant, &requests, 3 * FAILURES).await;
    app.settled_by_itself(&tenant).await;
}
