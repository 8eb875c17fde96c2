//! Messages to Discord and Slack, as events come: taken by fakes that refuse what the providers would.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::app;
use crate::support::app::TestApp;
use crate::support::process::process_with;
use crate::support::provider::{Mood, Provider, TOKEN};
use crate::support::tenant::{Endpoint, Tenant, text};

/// An endpoint that wants everything.
async fn endpoint(tenant: &Tenant, kind: &str, provider: &Provider, settings: Value) -> Endpoint {
    let mut wanted = settings;
    wanted["kind"] = json!(kind);
    tenant.endpoint_with(provider.url(), &[">"], &wanted).await
}

fn nasty() -> Value {
    let mut data = json!({"name": "@everyone ".repeat(500), "description": "<!channel> **x** ".repeat(2_000),
        "url": "javascript:alert(1)", "deep": [[{"a": "\u{202e}"}]]});
    for n in 0..200 {
        data[format!("field {n}")] = json!("`x`".repeat(1_000));
    }
    data
}

#[tokio::test]
async fn discord_and_slack_take_every_message() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let (discord, slack) = (Provider::discord().await, Provider::slack().await);
    let templates = json!({"templates": {"order.*": "Order **{{ data.id }}** of {{ data.who }}"}});
    let to_discord = endpoint(&tenant, "discord", &discord, templates).await;
    endpoint(&tenant, "slack", &slack, json!({"template": "{{ event }}: {{ data.name | truncate(9) }} "}))
        .await;
    let default = endpoint(&tenant, "slack", &slack, json!({})).await;
    let pull_request: Value =
        serde_json::from_str(include_str!("../fixtures/github_pull_request.json")).unwrap();
    let events = [
        ("member.created", json!({"name": "Ada", "role": "editor"})),
        ("github.pull_request.opened", pull_request),
        ("anything.at.all", nasty()),
        ("order.paid", json!({"id": 7, "who": "@everyone *Ada*"})),
        ("odd", json!([null, 1e300, "x"])),
    ];
    for (event, data) in &events {
        tenant.publish(event, data).await;
    }
    tenant.publish_raw("odder", r#"{"name":"\ud800","n":1e999}"#).await.expect(202);
    app.settled(&tenant).await;
    let taken = discord.wait_for(6).await;
    assert_eq!((taken.len(), slack.wait_for(11).await.len()), (6, 11));
    // A default message does without data that nobody can read; a template says that it cannot.
    let dead = tenant.deliveries("status=dead").await;
    assert!(dead.len() == 1 && text(&dead[0]["error"]).contains("cannot be read"), "{dead:?}");
    let (headers, ordered) = taken.iter().find(|(_, message)| !message["content"].is_null()).unwrap();
    assert_eq!(
        ordered,
        &json!({"content": "Order **7** of @\u{200b}everyone \\*Ada\\*", "allowed_mentions": {"parse": []}})
    );
    assert_eq!(headers["content-type"], "application/json");
    assert!(!headers.keys().any(|name| name.as_str().contains("webhook")), "{headers:?}");
    // What was sent is shown, and where without what opens it.
    let deliveries = tenant.deliveries(&format!("webhookId={}&event=order.paid", to_discord.id)).await;
    let shown = tenant.delivery(&text(&deliveries[0]["id"])).await;
    let request = &shown["attempts"][0]["request"];
    let sent: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
    assert_eq!(&sent, ordered);
    assert!(text(&request["url"]).ends_with("/api/webhooks/1234567890/***"), "{request}");
    assert_eq!(tenant.show(&default).await["failureCount"], 0);
}

#[tokio::test]
async fn a_template_is_tried_at_the_provider_with_an_example() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let discord = Provider::discord().await;
    let templates = json!({"templates": {"order.*": "Order **{{ data.id }}** is paid"}});
    let endpoint = endpoint(&tenant, "discord", &discord, templates).await;
    let described = ("application/json", json!({"example": {"id": 7}}).to_string().into());
    let put = tenant.client.send(reqwest::Method::PUT, "/event-types/order.paid", Some(described));
    put.await.expect(200);
    let path = format!("/webhooks/{}/test", endpoint.id);
    let attempt = tenant.client.post(&path, &json!({"event": "order.paid"})).await.expect(200);
    assert_eq!(attempt["outcome"], "succeeded");
    let (_, message) = discord.wait_for(1).await.remove(0);
    assert_eq!(message["content"], "Order **7** is paid");
}

#[tokio::test]
async fn discords_rate_limit_is_kept_without_being_told_twice() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let discord = Provider::discord().await;
    let endpoint = endpoint(&tenant, "discord", &discord, json!({"maxRetries": 0})).await;
    tenant.publish_many("order.paid", 17).await;
    discord.wait_for(17).await;
    app.settled(&tenant).await;
    // It says when it is used up, before it would refuse.
    assert_eq!(discord.limited(), (0, 0));
    assert_eq!(tenant.until_count(&endpoint, "success", 17).await.len(), 17);
}

#[tokio::test]
async fn a_limit_that_others_use_up_is_waited_for() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let discord = Provider::discord().await;
    // Many at a time: some are refused, and all of them wait.
    let wide = json!({"maxInFlight": 8, "maxRetries": 20, "retrySchedule": ["0s", "1ms"], "autoDisableAfter": 1,
        "autoDisableMinDuration": "0s"});
    let endpoint = endpoint(&tenant, "discord", &discord, wide).await;
    tenant.publish_many("order.paid", 20).await;
    discord.wait_for(20).await;
    app.settled(&tenant).await;
    let (limited, _) = discord.limited();
    assert!(limited > 0, "nothing was refused");
    let shown = tenant.show(&endpoint).await;
    assert_eq!((&shown["status"], &shown["consecutiveFailures"]), (&json!("active"), &json!(0)));
}

async fn is_given_up(app: &TestApp, tenant: &Tenant, kind: &str, provider: &Provider, reason: &str) {
    let endpoint = endpoint(tenant, kind, provider, json!({})).await;
    provider.is(Mood::Down);
    let first = tenant.publish("a", &json!({})).await;
    tenant.delivery_when(&first, &endpoint, "retrying").await;
    provider.is(Mood::Well);
    tenant.delivery_when(&first, &endpoint, "success").await;
    provider.is(Mood::Gone);
    let last = tenant.publish("b", &json!({})).await;
    let dead = tenant.delivery_when(&last, &endpoint, "dead").await;
    assert_eq!((&dead["deadReason"], &dead["attemptCount"]), (&json!("gone"), &json!(1)));
    let shown = tenant.until_status(&endpoint, "failed").await;
    assert_eq!(shown["statusReason"], reason);
    app.settled(tenant).await;
}

#[tokio::test]
async fn a_webhook_that_was_deleted_is_given_up_and_one_that_is_down_is_not() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let (discord, slack) = (Provider::discord().await, Provider::slack().await);
    let reason = "Discord does not know the webhook: 10015 Unknown Webhook";
    is_given_up(&app, &tenant, "discord", &discord, reason).await;
    is_given_up(&app, &tenant, "slack", &slack, "Slack does not know the webhook: no_service").await;
}

#[tokio::test]
async fn slack_is_waited_for_and_what_displeases_it_is_a_failure() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let slack = Provider::slack().await;
    let settings =
        json!({"retrySchedule": ["0s", "1ms"], "autoDisableAfter": 2, "autoDisableMinDuration": "0s"});
    let endpoint = endpoint(&tenant, "slack", &slack, settings).await;
    slack.is(Mood::Busy);
    let event = tenant.publish("a", &json!({})).await;
    tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(slack.limited(), (1, 0));
    slack.is(Mood::Picky);
    let event = tenant.publish("b", &json!({})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    assert_eq!(
        (&dead["deadReason"], &dead["attempts"][0]["response"]["body"]),
        (&json!("endpoint_failed"), &json!("invalid_payload"))
    );
}

#[tokio::test]
async fn the_url_of_a_webhook_is_shown_nowhere() {
    let process = process_with(&[("HOOKYARD__LOG__FILTER", "trace")]).await;
    let tenant = process.tenant("acme").await;
    let discord = Provider::discord().await;
    let wanted = json!({"url": discord.url(), "events": [">"], "kind": "discord", "maxRetries": 0});
    let made = tenant.client.post("/webhooks", &wanted).await.expect(201);
    let path = format!("/webhooks/{}", text(&made["id"]));
    let masked = text(&made["url"]);
    assert!(masked.ends_with("/api/webhooks/1234567890/***"), "{masked}");
    let mut answers = vec![made];
    discord.is(Mood::Down);
    tenant.publish("a", &json!({})).await;
    process.settled(&tenant).await;
    let dead = tenant.deliveries("status=dead").await;
    let delivery = tenant.delivery(&text(&dead[0]["id"])).await;
    // It said it itself.
    assert_eq!(delivery["attempts"][0]["response"]["body"], "no upstream for /api/webhooks/1234567890/***");
    answers.push(delivery);
    discord.is(Mood::Well);
    answers.push(tenant.client.post(&format!("{path}/test"), &json!({})).await.expect(200));
    let event = json!({"event": "a", "data": {}});
    answers.push(tenant.client.post(&format!("{path}/preview"), &event).await.expect(200));
    // What is shown may be sent back, and means the same; of another it means nothing.
    answers.push(tenant.client.patch(&path, &json!({"url": masked, "name": "n"})).await.expect(200));
    let other = masked.replace("1234567890", "7");
    answers.push(tenant.client.patch(&path, &json!({"url": other})).await.expect(422));
    answers.push(
        tenant.client.patch(&path, &json!({"url": format!("{}/slack", discord.url())})).await.expect(422),
    );
    answers.push(tenant.client.get(&path).await.expect(200));
    answers.push(tenant.client.get("/audit-log").await.expect(200));
    tenant.publish("b", &json!({})).await;
    assert_eq!(discord.wait_for(2).await.len(), 2);
    let pool = PgPool::connect(&process.postgres.url()).await.unwrap();
    let tables = crate::auth::tables(&pool).await;
    for (place, said) in
        [("an answer", Value::from(answers).to_string()), ("a table", tables), ("the log", process.logged())]
    {
        for spelling in crate::auth::spellings(TOKEN) {
            assert!(!said.contains(&spelling), "{place} has it as {spelling}");
        }
    }
}
