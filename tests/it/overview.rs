//! What a person who looks wants to know first: whose key it is, how a tenant does, how an endpoint stands, what is dead and
//! why, and what the doctor says.

use serde_json::{Value, json};

use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app, app_with, wait};

async fn stats_when(tenant: &Tenant, is_there: impl Fn(&Value) -> bool) -> Value {
    let look = async || tenant.client.get("/stats?window=1h").await.expect(200);
    wait::until("the tenant's statistics", look, is_there).await
}

#[tokio::test]
async fn a_key_says_whose_it_is() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    app.tenant("other").await;
    let operator = app.operator().get("/whoami").await.expect(200);
    assert_eq!((&operator["role"], &operator["tenantId"]), (&json!("operator"), &Value::Null));
    assert_eq!(operator["permissions"].as_array().map(Vec::len), Some(6));
    let producer = app.client().with_key(&app.key("acme", "producer").await);
    let said = producer.get("/whoami").await.expect(200);
    assert_eq!((&said["tenantId"], &said["permissions"]), (&json!(tenant.id), &json!(["publish"])));
    let elsewhere = producer.with_header("x-tenant-id", "other".to_owned());
    assert_eq!(elsewhere.get("/whoami").await.status, 404);
}

#[tokio::test]
async fn a_tenant_at_a_glance() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, other) = (app.tenant("acme").await, app.tenant("other").await);
    let once = json!({"maxRetries": 0});
    let good = tenant.endpoint_with(&receiver.url(), &["good"], &once).await;
    let bad = tenant.endpoint_with("http://127.0.0.1:9/", &["bad"], &once).await;
    let paused = tenant.endpoint_with(&receiver.url(), &["paused"], &once).await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    tenant.publish_many("good", 3).await;
    let dead = tenant.publish("bad", &json!({})).await;
    tenant.publish_many("paused", 2).await;
    tenant.delivery_when(&dead, &bad, "dead").await;
    let stats = stats_when(&tenant, |stats| stats["accepted"] == 6 && stats["attempts"] == 4).await;
    let outcomes = &stats["outcomes"];
    assert_eq!((&outcomes["succeeded"], &outcomes["unreachable"]), (&json!(3), &json!(1)), "{stats}");
    assert_eq!((&stats["waiting"], &stats["dead"]), (&json!(2), &json!(1)), "{stats}");
    assert!(stats["lagMs"]["p99"].is_u64() && stats["successRate"] == 0.75, "{stats}");
    let hours = stats["hours"].as_array().unwrap();
    assert_eq!(hours.iter().filter_map(|hour| hour["accepted"].as_u64()).sum::<u64>(), 6);
    let nothing = other.client.get("/stats").await.expect(200);
    assert_eq!((&nothing["accepted"], &nothing["lagMs"]["p50"]), (&json!(0), &Value::Null));

    let listed = tenant.client.get("/webhooks?stats=24h").await.expect(200);
    let of = |id: &str| {
        let mut items = listed["items"].as_array().unwrap().iter();
        items.find(|item| item["id"] == id).unwrap()["stats"].clone()
    };
    let (of_good, of_bad) = (of(&good.id), of(&bad.id));
    assert_eq!((&of_good["attempts"], &of_good["successRate"]), (&json!(3), &json!(1.0)));
    assert_eq!((&of_bad["failures"], &of_bad["hours"][0]["failures"]), (&json!(1), &json!(1)));
    assert_eq!((&of(&paused.id)["attempts"], &of(&paused.id)["meanMs"]), (&json!(0), &Value::Null));
    let bare = tenant.client.get("/webhooks").await.expect(200);
    assert_eq!(bare["items"][0]["stats"], Value::Null);
    assert_eq!(tenant.client.get("/webhooks?stats=8d").await.status, 422);

    let groups = tenant.client.get("/dead-letters/groups").await.expect(200);
    let group = &groups["items"][0];
    assert_eq!((&group["webhookId"], &group["deadReason"]), (&json!(bad.id), &json!("exhausted")));
    assert_eq!((&group["count"], &groups["isComplete"]), (&json!(1), &json!(true)));
    assert_eq!(other.client.get("/dead-letters/groups").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn how_an_endpoint_stands() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let retried = json!({"maxRetries": 1, "retrySchedule": ["0s", "1h"], "burst": 7});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["a"], &retried).await;
    let path = format!("/webhooks/{}/state", endpoint.id);
    let state = tenant.client.get(&path).await.expect(200);
    assert_eq!((&state["breaker"]["state"], &state["waiting"]), (&json!("closed"), &json!(0)));
    assert_eq!((&state["inFlight"], &state["tokens"]), (&json!(0), &json!(7)), "{state}");
    assert!(state["node"].is_string());
    receiver.always(500);
    receiver.shut();
    tenant.publish("a", &json!({})).await;
    let look = async || tenant.client.get(&path).await.expect(200);
    wait::until("its request to be under way", look, |state| state["inFlight"] == 1).await;
    receiver.open();
    let failed = wait::until("it to be retried", look, |state| state["consecutiveFailures"] == 1).await;
    assert!(failed["nextAttemptAt"].is_string() && failed["failingSince"].is_string(), "{failed}");
    assert_eq!((&failed["waiting"], &failed["tokens"]), (&json!(1), &json!(6)), "{failed}");
    assert_eq!(app.tenant("other").await.client.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_a_new_endpoint_gets_is_told() {
    let settings = [
        ("HOOKYARD__DELIVERY__MAX_RETRIES", "5"),
        ("HOOKYARD__DELIVERY__TIMEOUT_MS", "7000"),
        ("HOOKYARD__DELIVERY__RATE_LIMIT_ENABLED", "true"),
    ];
    let app = app_with(&settings).await;
    let tenant = app.tenant("acme").await;
    let told = tenant.client.get("/webhooks/defaults").await.expect(200);
    assert_eq!((&told["maxRetries"], &told["timeoutMs"]), (&json!(5), &json!(7000)), "{told}");
    let least = json!({"url": "https://example.com/", "events": [">"]});
    let made = tenant.client.post("/webhooks", &least).await.expect(201);
    for (name, value) in told.as_object().unwrap() {
        assert!(name == "timeoutMsMax" || made[name] == *value, "{name} of {made}");
    }
}

#[tokio::test]
async fn the_doctor_is_asked_by_operators() {
    let app = app().await;
    let found = app.operator().get("/doctor").await.expect(200);
    let findings = found["findings"].as_array().unwrap();
    assert!(findings.len() > 5, "{found}");
    for finding in findings {
        assert!(["ok", "warn", "fail"].contains(&text(&finding["state"]).as_str()), "{finding}");
        assert_eq!(finding["advice"].is_null(), finding["state"] == "ok", "{finding}");
    }
    assert_eq!(app.tenant("acme").await.client.get("/doctor").await.status, 403);
}
