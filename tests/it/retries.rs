//! Attempts on their schedule, dead letters behind them, and what brings those back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::{Receiver, app, receiver::Reply};

fn numbers(delivery: &Value) -> Vec<u64> {
    let attempts = delivery["attempts"].as_array().expect("attempts");
    attempts.iter().filter_map(|attempt| attempt["number"].as_u64()).collect()
}

/// Until a replay is through.
async fn replayed(tenant: &Tenant, path: &str, filter: &Value) -> Value {
    let replay = tenant.client.post(path, filter).await.expect(202);
    tenant.replay_over(&text(&replay["id"])).await
}

#[tokio::test]
async fn on_the_schedule_then_a_dead_letter_then_a_replay_delivers() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxRetries": 2, "retrySchedule": ["0s", "200ms", "400ms"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    receiver.always(Reply::from(503).saying("not today"));
    let event = tenant.publish("order.paid", &json!({"order": 1})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    let requests = receiver.requests();
    let waits: Vec<Duration> = requests.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert_eq!(waits.len(), 2);
    for (wait, promised) in waits.iter().zip([200, 400]) {
        assert!(*wait >= Duration::from_millis(promised), "{waits:?}");
    }
    for (number, request) in (1..).zip(&requests) {
        assert_eq!(request.header("x-webhook-attempt"), number.to_string());
        assert_eq!(request.header("webhook-id"), text(&dead["id"]));
    }
    let expected = json!({"attemptCount": 3, "responseStatus": 503, "deadReason": "exhausted",
        "nextAttemptAt": null, "deliveredAt": null});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&dead[name], value, "{name} of {dead:#}");
    }
    assert_eq!(numbers(&dead), [1, 2, 3]);
    for attempt in dead["attempts"].as_array().unwrap() {
        assert_eq!(
            (&attempt["outcome"], &attempt["response"]["body"]),
            (&json!("http_error"), &json!("not today"))
        );
        assert!(attempt["error"].is_string());
    }
    let letters = tenant.dead_letters().await;
    assert_eq!(letters.iter().map(|letter| &letter["id"]).collect::<Vec<_>>(), [&dead["id"]]);
    let shown = tenant.show(&endpoint).await;
    assert_eq!((&shown["failureCount"], &shown["consecutiveFailures"]), (&json!(3), &json!(3)));
    assert_eq!(app.counter("hookyard_dead_letters_total").await, 1);

    receiver.always(200);
    let replay = replayed(&tenant, "/dead-letters/replay", &json!({})).await;
    assert_eq!((&replay["total"], &replay["done"]), (&json!(1), &json!(1)));
    let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(numbers(&delivered), [1, 2, 3, 4]);
    assert_eq!((&delivered["deadReason"], &delivered["responseStatus"]), (&json!(null), &json!(200)));
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 4);
    assert_eq!(receiver.requests()[3].body, requests[0].body);
    assert_eq!(tenant.dead_letters().await, Vec::<Value>::new());
    let shown = tenant.show(&endpoint).await;
    assert_eq!((&shown["successCount"], &shown["consecutiveFailures"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn an_endpoint_that_recovers_gets_it_at_the_next_attempt() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    receiver.answer([500, 302]);
    let event = tenant.publish("order.paid", &json!({})).await;
    let delivery = tenant.delivery_when(&event, &endpoint, "success").await;
    let statuses: Vec<&Value> = delivery["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| &attempt["response"]["status"])
        .collect();
    assert_eq!(statuses, [500, 302, 200]);
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 3);
}

#[tokio::test]
async fn a_replay_takes_what_its_filter_names() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxRetries": 0, "autoDisableAfter": null});
    let one = tenant.endpoint_with(&receiver.url_of("/one"), &[">"], &settings).await;
    let other = tenant.endpoint_with(&receiver.url_of("/other"), &[">"], &settings).await;
    receiver.always(500);
    for n in 0..10 {
        tenant.publish(if n % 2 == 0 { "order.paid" } else { "order.lost" }, &json!(n)).await;
    }
    tenant.until_count(&one, "dead", 10).await;
    tenant.until_count(&other, "dead", 10).await;
    receiver.always(200);
    let path = format!("/webhooks/{}/replay", one.id);
    replayed(&tenant, &path, &json!({"event": "order.paid", "status": ["dead"]})).await;
    let sent = tenant.until_count(&one, "success", 5).await;
    assert!(sent.iter().all(|delivery| delivery["event"] == "order.paid"), "{sent:#?}");
    app.settled(&tenant).await;
    assert_eq!(tenant.dead_letters().await.len(), 15);
    replayed(&tenant, "/dead-letters/replay", &json!({"webhookId": other.id})).await;
    tenant.until_count(&other, "success", 10).await;
    app.settled(&tenant).await;
    assert_eq!(tenant.dead_letters().await.len(), 5);
    assert_eq!(receiver.requests().len(), 20 + 5 + 10);
}

#[tokio::test]
async fn dead_letters_are_found_and_replayed_by_their_reason() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &json!({"maxRetries": 0})).await;
    receiver.always(500);
    tenant.publish_many("order.paid", 3).await;
    tenant.until_count(&endpoint, "dead", 3).await;
    tenant.change(&endpoint, &json!({"status": "paused"})).await;
    tenant.publish_many("order.held", 2).await;
    tenant.change(&endpoint, &json!({"status": "disabled"})).await;
    tenant.until_count(&endpoint, "dead", 5).await;
    tenant.change(&endpoint, &json!({"status": "active"})).await;
    receiver.always(200);

    let of = async |query: &str| {
        let listed = tenant.client.get(query).await.expect(200);
        let items = listed["items"].as_array().unwrap();
        items.iter().map(|item| text(&item["event"])).collect::<Vec<_>>()
    };
    let held = vec!["order.held".to_owned(); 2];
    assert_eq!(of("/deliveries?deadReason=endpoint_disabled").await, held);
    assert_eq!(of(&format!("/webhooks/{}/deliveries?deadReason=exhausted", endpoint.id)).await.len(), 3);
    assert_eq!(of("/dead-letters?deadReason=endpoint_disabled").await, held);
    assert_eq!(of("/deliveries?deadReason=expired").await, Vec::<String>::new());
    let wrong = ["/deliveries?deadReason=exhausted&status=success", "/dead-letters?deadReason=expired"];
    for query in wrong {
        assert_eq!(tenant.client.get(query).await.problem().2, ["?deadReason"], "{query}");
    }

    let replay = replayed(&tenant, "/dead-letters/replay", &json!({"deadReason": "endpoint_disabled"})).await;
    assert_eq!((&replay["total"], &replay["owed"]), (&json!(2), &json!(2)));
    let sent = tenant.until_count(&endpoint, "success", 2).await;
    assert!(sent.iter().all(|delivery| delivery["event"] == "order.held"), "{sent:#?}");
    app.settled(&tenant).await;
    assert_eq!(tenant.dead_letters().await.len(), 3);
}

async fn retry(tenant: &Tenant, delivery: &Value) -> crate::support::client::Answer {
    tenant.client.post(&format!("/deliveries/{}/retry", text(&delivery["id"])), &json!({})).await
}

#[tokio::test]
async fn a_manual_retry_is_a_fresh_set_of_attempts_and_goes_on_numbering() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxRetries": 1, "retrySchedule": ["0s", "50ms"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    receiver.always(500);
    let event = tenant.publish("order.paid", &json!({})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    assert_eq!(numbers(&dead), [1, 2]);
    retry(&tenant, &dead).await.expect(202);
    receiver.wait_for(4).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    assert_eq!((numbers(&dead), &dead["deadReason"]), (vec![1, 2, 3, 4], &json!("exhausted")));
    receiver.always(200);
    retry(&tenant, &dead).await.expect(202);
    let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(numbers(&delivered), [1, 2, 3, 4, 5]);
    let sent: Vec<String> =
        receiver.requests().iter().map(|request| request.header("x-webhook-attempt").to_owned()).collect();
    assert_eq!(sent, ["1", "2", "3", "4", "5"]);
    let (status, kind, _) = retry(&tenant, &delivered).await.problem();
    assert_eq!((status, kind.as_str()), (409, "delivery-finished"));
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 5);
}

#[tokio::test]
async fn a_manual_retry_does_not_wait_for_the_schedule() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = waiting_an_hour(&tenant, &receiver).await;
    let event = tenant.publish("order.paid", &json!({})).await;
    let waiting = tenant.delivery_when(&event, &endpoint, "retrying").await;
    assert!(waiting["nextAttemptAt"].is_string(), "{waiting:#}");
    retry(&tenant, &waiting).await.expect(202);
    let delivered = tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(numbers(&delivered), [1, 2]);
}

async fn waiting_an_hour(tenant: &Tenant, receiver: &Receiver) -> Endpoint {
    let settings = json!({"retrySchedule": ["0s", "1h"]});
    receiver.answer([500]);
    tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await
}
