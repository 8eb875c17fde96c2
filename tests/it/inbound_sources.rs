//! Sources that a tenant makes: who may, what their senders need, and what becomes of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::inbound::{Github, JSON, hex, hmac};
use crate::support::ledger::now;
use crate::support::process::process_with;
use crate::support::tenant::text;
use crate::support::{Receiver, app, app_with};

/// Sends a body with these headers to a source.
async fn send(client: &Client, source: &Value, headers: &[(&'static str, String)], body: &str) -> Answer {
    let add =
        |client: Client, (name, value): &(&'static str, String)| client.with_header(name, value.clone());
    let client = headers.iter().fold(client.clone(), add);
    let path = text(&source["url"]);
    client.send(Method::POST, &format!("!{path}"), Some((JSON, Bytes::from(body.to_owned())))).await
}

#[tokio::test]
async fn a_source_is_made_shown_changed_and_deleted_by_those_who_may() {
    let base = [
        ("HOOKYARD__SERVER__BASE_URL", "https://hooks.example.com/"),
        ("HOOKYARD__LIMITS__SOURCES_PER_TENANT", "2"),
    ];
    let app = app_with(&base).await;
    let (tenant, other) = (app.tenant("acme").await, app.tenant("other").await);
    let wanted = json!({"kind": "github", "name": "Repositories", "perMinute": 7});
    for (role, status) in [("producer", 403), ("viewer", 403), ("editor", 201)] {
        let client = app.client().with_key(&app.key("acme", role).await);
        assert_eq!(client.post("/sources", &wanted).await.status, status, "{role}");
        assert_eq!(client.get("/sources").await.status == 200, role != "producer", "{role}");
    }
    let made = tenant.client.post("/sources", &wanted).await.expect(201);
    let path = format!("/sources/{}", text(&made["id"]));
    assert_eq!(made["url"], format!("https://hooks.example.com/api/v1/inbound/{}", text(&made["id"])));
    assert_eq!(tenant.client.post("/sources", &wanted).await.problem().1, "source-limit-reached");
    let listed = tenant.client.get("/sources").await;
    assert_eq!(listed.json()["items"].as_array().map(Vec::len), Some(2));
    let shown = tenant.client.get(&path).await;
    let secret = text(&made["secret"]);
    assert!(!shown.text().contains(&secret) && !listed.text().contains(&secret));
    assert!(secret.ends_with(&text(&shown.json()["secretHint"])));
    let changed = tenant.client.patch(&path, &json!({"name": "Ours", "perMinute": 9})).await.expect(200);
    assert_eq!((&changed["name"], &changed["perMinute"]), (&json!("Ours"), &json!(9)));
    for answer in [
        other.client.get(&path).await,
        other.client.patch(&path, &json!({})).await,
        other.client.delete(&path).await,
        other.client.post(&format!("{path}/rotate-secret"), &json!({})).await,
    ] {
        assert_eq!(answer.problem().0, 404);
    }
    let pool = app.pool().await;
    let sealed: Vec<Vec<u8>> =
        sqlx::query_scalar("select sealed from source_secrets").fetch_all(&pool).await.unwrap();
    assert!(sealed.iter().all(|sealed| !sealed.windows(8).any(|part| part == &secret.as_bytes()[..8])));
    tenant.client.delete(&path).await.expect(204);
    assert_eq!(tenant.client.get(&path).await.problem().0, 404);
    let left: i64 = sqlx::query_scalar("select count(*) from source_secrets").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 1);
    let log = tenant.client.get("/audit-log").await.expect(200);
    let actions: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|line| &line["action"]).collect();
    assert_eq!(actions[..3], [&json!("source.deleted"), &json!("source.changed"), &json!("source.created")]);
}

#[tokio::test]
async fn both_secrets_are_right_until_the_overlap_ends() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let (before, made) = Github::of(&tenant, &app.client(), &json!({})).await;
    let rotate = format!("/sources/{}/rotate-secret", text(&made["id"]));
    let rotated = tenant.client.post(&rotate, &json!({"overlap": "1h"})).await.expect(200);
    let after = Github { secret: text(&rotated["secret"]), ..before.clone() };
    before.send("push", "d-1", "{\"n\":1}").await.expect(202);
    after.send("push", "d-2", "{\"n\":2}").await.expect(202);
    // What was caught while the old one was right is known after the change too.
    assert_eq!(before.send("push", "d-3", "{\"n\":1}").await.expect(202)["duplicate"], true);
    let wanted = json!({"overlap": "0s", "secret": "a secret that its owner chose"});
    let rotated = tenant.client.post(&rotate, &wanted).await.expect(200);
    let last = Github { secret: text(&rotated["secret"]), ..before.clone() };
    assert_eq!(last.secret, "a secret that its owner chose");
    assert_eq!(before.send("push", "d-4", "{\"n\":4}").await.problem().0, 401);
    assert_eq!(after.send("push", "d-5", "{\"n\":5}").await.problem().0, 401);
    last.send("push", "d-6", "{\"n\":6}").await.expect(202);
}

#[tokio::test]
async fn a_source_ends_with_its_tenant_and_goes_on_while_that_is_paused() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["github.>"]).await;
    let (first, made) = Github::of(&tenant, &app.client(), &json!({})).await;
    let (second, _) = Github::of(&tenant, &app.client(), &json!({})).await;
    let operator = app.operator();
    operator.patch("/tenants/acme", &json!({"paused": true})).await.expect(200);
    first.send("push", "d-1", "{\"n\":1}").await.expect(202);
    assert_eq!(receiver.count(), 0);
    operator.patch("/tenants/acme", &json!({"paused": false})).await.expect(200);
    receiver.wait_for(1).await;
    tenant.client.delete(&format!("/sources/{}", text(&made["id"]))).await.expect(204);
    assert_eq!(first.send("push", "d-2", "{\"n\":2}").await.problem().0, 404);
    second.send("push", "d-3", "{\"n\":3}").await.expect(202);
    operator.delete("/tenants/acme").await.expect(204);
    assert_eq!(second.send("push", "d-4", "{\"n\":4}").await.problem().0, 404);
}

#[tokio::test]
async fn standard_webhooks_come_in_by_their_type() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["invoice.*"]).await;
    let wanted = json!({"kind": "standard", "name": "Billing"});
    let source = tenant.client.post("/sources", &wanted).await.expect(201);
    let key = STANDARD.decode(text(&source["secret"]).strip_prefix("whsec_").unwrap()).unwrap();
    let anyone = app.client();
    let signed = async |id: &str, at: i64, body: &str, more: &str| {
        let tag = hmac(&key, &[format!("{id}.{at}.").as_bytes(), body.as_bytes()]);
        let headers = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", format!("{more}v1,{}", STANDARD.encode(tag))),
        ];
        send(&anyone, &source, &headers, body).await
    };
    let now = now().unix_timestamp();
    let body = r#"{"type":"invoice.paid","timestamp":"2026-01-02T03:04:05Z","data":{"amount":1.10}}"#;
    let receipt = signed("msg_1", now, body, "v1a,AAAA v1,AAAA ").await.expect(202);
    assert_eq!(receipt, json!({"eventId": "msg_1", "duplicate": false}));
    assert_eq!(signed("msg_1", now + 1, body, "").await.expect(202)["duplicate"], true);
    // Its ids are signed: the same body under another is another event.
    assert_eq!(signed("msg_2", now, body, "").await.expect(202)["duplicate"], false);
    assert_eq!(signed("msg_3", now - 310, body, "").await.problem().1, "signature-wrong");
    assert_eq!(signed("msg_3", now + 310, body, "").await.problem().1, "signature-wrong");
    assert_eq!(signed("msg_3", now, "{}", "").await.problem().2, ["/type"]);
    let delivered = receiver.wait_for(2).await;
    assert_eq!(delivered[0].json()["data"]["data"], json!({"amount": 1.10}));
    assert_eq!(tenant.client.get("/events/msg_1").await.expect(200)["source"], "standard");
}

#[tokio::test]
async fn others_sign_in_a_header_of_their_own() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["shop.>"]).await;
    let hmac_settings = json!({"header": "X-Shop-Hmac", "encoding": "base64", "type": {"pointer": "/topic"},
        "fallbackType": "shop.other", "id": {"pointer": "/id"}});
    let secret = "whsec_looks like one, and is the key itself";
    let wanted = json!({"kind": "generic-hmac", "name": "Shop", "secret": secret, "hmac": hmac_settings});
    let source = tenant.client.post("/sources", &wanted).await.expect(201);
    assert_eq!(source["hmac"]["prefix"], "");
    let anyone = app.client();
    let signed = async |body: &str| {
        let tag = STANDARD.encode(hmac(secret.as_bytes(), &[body.as_bytes()]));
        send(&anyone, &source, &[("x-shop-hmac", tag)], body).await
    };
    let paid = r#"{"topic":"shop.order.paid","id":42}"#;
    let id = format!("{}:42", text(&source["id"]));
    assert_eq!(signed(paid).await.expect(202), json!({"eventId": id, "duplicate": false}));
    assert_eq!(
        signed(r#"{"topic":"shop.order.paid","id":42, "again":1}"#).await.expect(202)["duplicate"],
        true
    );
    assert_eq!(signed(r#"{"id":43}"#).await.expect(202)["duplicate"], false);
    assert_eq!(signed(r#"{"topic":"orders/paid","id":44}"#).await.problem().2, ["/topic"]);
    assert_eq!(signed(r#"{"topic":"shop.order.paid"}"#).await.problem().2, ["/id"]);
    let mut types: Vec<String> =
        receiver.wait_for(2).await.iter().map(|request| text(&request.json()["event"])).collect();
    types.sort_unstable();
    assert_eq!(types, ["shop.order.paid", "shop.other"]);
    // Changed, it counts for the next request: another header, in hex, behind a prefix, and no id.
    let change = json!({"hmac": {"header": "X-Sig", "prefix": "sha256=", "fallbackType": "shop.any"}});
    tenant.client.patch(&format!("/sources/{}", text(&source["id"])), &change).await.expect(200);
    assert_eq!(signed(r#"{"id":45}"#).await.problem().0, 401);
    for (body, duplicate) in [("{\"n\":1}", false), ("{\"n\":1}", true), ("{\"n\":2}", false)] {
        let signature = format!("sha256={}", hex(&hmac(secret.as_bytes(), &[body.as_bytes()])));
        let answer = send(&anyone, &source, &[("x-sig", signature)], body).await;
        assert_eq!(answer.expect(202)["duplicate"], duplicate, "{body}");
    }
}

#[tokio::test]
async fn a_source_sends_no_more_than_it_may_over_two_nodes_and_strangers_take_nothing_of_it() {
    let process = process_with(&[]).await;
    let beside = process.beside().await;
    let tenant = process.tenant("acme").await;
    let (here, made) = Github::of(&tenant, &process.client(), &json!({"perMinute": 30})).await;
    let there = Github { client: beside.client(), ..here.clone() };
    let stranger = Github { secret: "another secret of some length".to_owned(), ..here.clone() };
    for n in 0..40 {
        assert_eq!(stranger.send("push", &format!("s-{n}"), "{}").await.problem().0, 401);
    }
    let sent = (0..80).map(|n| {
        let github = if n % 2 == 0 { here.clone() } else { there.clone() };
        tokio::spawn(async move { github.send("push", &format!("d-{n}"), &format!("{{\"n\":{n}}}")).await })
    });
    let mut taken = 0;
    for answer in sent.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        if answer.status == 202 {
            taken += 1;
        } else {
            assert_eq!(answer.problem().1, "source-rate-limited");
            let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((45..=62).contains(&wait), "{wait}");
        }
    }
    assert_eq!(taken, 30);
    // As if the time had passed.
    let pool = sqlx::PgPool::connect(&process.postgres.url()).await.unwrap();
    for (secs, answered) in [(59, 429), (3, 202)] {
        let earlier = "update source_turns set second = second - $1";
        sqlx::query(earlier).bind(i64::from(secs)).execute(&pool).await.unwrap();
        assert_eq!(there.send("push", "later", "{\"later\":1}").await.status, answered, "{secs}");
    }
    // A clock that was ahead, and was set back, silences nobody.
    sqlx::query("update source_turns set second = second + 3600, counts[1] = 30")
        .execute(&pool)
        .await
        .unwrap();
    here.send("push", "after all", "{\"later\":2}").await.expect(202);
    let path = format!("/sources/{}", text(&made["id"]));
    tenant.client.patch(&path, &json!({"perMinute": 1})).await.expect(200);
    assert_eq!(there.send("push", "at last", "{\"later\":3}").await.problem().0, 429);
    drop(beside);
}
