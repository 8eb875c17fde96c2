//! Events that expire: they are sent in time or not at all.

use std::time::Duration;

use domain::event::{instant, rfc3339_millis};
use serde_json::{Value, json};

use crate::support::app::publish;
use crate::support::ledger::now;
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app, wait};

fn after(wait: Duration) -> String {
    rfc3339_millis(now() + wait)
}

async fn send(tenant: &Tenant, n: usize, expires_at: &str) -> String {
    let event = json!({"event": "a.b", "expiresAt": expires_at, "data": {"n": n}});
    text(&tenant.client.post("/events", &event).await.expect(202)["eventId"])
}

async fn until(time: &str) {
    let at = instant(time).unwrap();
    wait::until("its time", async || now(), |now| *now >= at).await;
}

#[tokio::test]
async fn what_waited_too_long_is_skipped_and_what_is_behind_it_goes_on() {
    let mut app = app().await;
    let receiver = Receiver::start().await;
    let tenant = app.tenant("acme").await;
    let (plain, ordered) = (json!({"status": "paused"}), json!({"status": "paused", "ordered": true}));
    let endpoint = tenant.endpoint(&receiver.url_of("/plain"), &[">"]).await;
    let in_order = tenant.endpoint(&receiver.url_of("/ordered"), &[">"]).await;
    tenant.change(&endpoint, &plain).await;
    tenant.change(&in_order, &ordered).await;
    let soon = after(Duration::from_millis(700));
    let expired = send(&tenant, 0, &soon).await;
    send(&tenant, 1, &after(Duration::from_hours(1))).await;
    tenant.publish("a.b", &json!({"n": 2})).await;
    let shown = tenant.client.get(&format!("/events/{expired}")).await.expect(200);
    assert_eq!(shown["expiresAt"], soon.as_str());
    // From the ledger, not from memory.
    app.restart().await;
    let tenant = app.again(&tenant);
    until(&soon).await;
    for endpoint in [&endpoint, &in_order] {
        tenant.change(endpoint, &json!({"status": "active"})).await;
        let skipped = tenant.delivery_when(&expired, endpoint, "skipped").await;
        assert_eq!((&skipped["deadReason"], &skipped["attemptCount"]), (&json!("expired"), &json!(0)));
    }
    app.settled(&tenant).await;
    let numbers = receiver.look(|requests| {
        let mut numbers: Vec<(String, usize)> =
            requests.iter().map(|request| (request.path.clone(), request.number())).collect();
        numbers.sort();
        numbers
    });
    let expected = [("/ordered", 1), ("/ordered", 2), ("/plain", 1), ("/plain", 2)];
    assert_eq!(numbers, expected.map(|(path, n)| (path.to_owned(), n)));
    let after_all = tenant.show(&endpoint).await;
    assert_eq!((&after_all["failureCount"], &after_all["successCount"]), (&json!(0), &json!(2)));
}

#[tokio::test]
async fn a_retry_that_comes_too_late_is_not_made() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"retrySchedule": ["0s", "1s"], "maxRetries": 5});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    receiver.always(500);
    let event = send(&tenant, 0, &after(Duration::from_millis(900))).await;
    let skipped = tenant.delivery_when(&event, &endpoint, "skipped").await;
    assert_eq!((&skipped["deadReason"], &skipped["attemptCount"]), (&json!("expired"), &json!(1)));
    app.settled(&tenant).await;
    assert_eq!(receiver.count(), 1);
    assert_eq!(tenant.deliveries("status=skipped").await.len(), 1);
}

#[tokio::test]
async fn an_end_that_has_passed_is_refused() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    for expires_at in [json!("2026-01-01T00:00:00Z"), json!("soon"), json!(7), json!(null)] {
        let event = json!({"event": "a", "expiresAt": expires_at, "data": 1});
        assert_eq!(tenant.client.post("/events", &event).await.problem().2, ["/expiresAt"]);
        let batch = json!([{"event": "a", "data": 1}, event]);
        assert_eq!(tenant.client.post("/events/batch", &batch).await.problem().2, ["/1/expiresAt"]);
    }
    let late = [("Hookyard-Expires-At", "2026-01-01T00:00:00Z")];
    publish(&app, "events.acme.late", &late, "1").await;
    let far = after(Duration::from_hours(1));
    publish(&app, "events.acme.good", &[("Hookyard-Expires-At", &far)], r#"{"n": 7}"#).await;
    assert_eq!(receiver.wait_for(1).await[0].number(), 7);
    let unroutable = tenant.client.get("/unroutable").await.expect(200);
    let reasons: Vec<&Value> =
        unroutable["items"].as_array().unwrap().iter().map(|kept| &kept["reason"]).collect();
    assert_eq!(reasons, ["Hookyard-Expires-At has passed already: it would never be sent"]);
    app.settled(&tenant).await;
    let events = tenant.client.get("/events").await.expect(200);
    assert_eq!(events["items"][0]["expiresAt"], far.as_str());
}
