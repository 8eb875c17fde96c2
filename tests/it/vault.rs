//! The master keys: changed for others while the service runs, and missed where one is gone.

use std::process::{Command, Output};

use serde_json::json;
use sqlx::PgPool;

use crate::support::process::process;
use crate::support::provider::{Provider, TOKEN};
use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::verify::{is_signed_by, is_signed_by_key};
use crate::support::{Receiver, app};

/// The key that the services of the journeys have, and others.
const FIRST: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "new:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const OTHER_OF_THAT_ID: &str = "test:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const VAULT_KEYS: &str = "HOOKYARD__VAULT__KEYS";

fn rotate(postgres: &str, keys: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
    command.args(["vault", "rotate"]).env_clear().env("DATABASE_URL", postgres);
    let Output { status, stderr, .. } =
        command.env(VAULT_KEYS, json!(keys).to_string()).output().expect("the program runs");
    (status.code(), String::from_utf8(stderr).expect("words"))
}

async fn sealed_by_key(pool: &PgPool) -> Vec<(String, i64)> {
    let sql = "select key, count(*) from (select vault_key as key from endpoint_secrets
        union all select key_vault_key from endpoint_secrets
        union all select auth_vault_key from endpoints) s where key is not null group by key order by key";
    sqlx::query_as(sql).fetch_all(pool).await.unwrap()
}

async fn next(tenant: &Tenant, receiver: &Receiver) -> Request {
    let before = receiver.requests().len();
    tenant.publish("order.paid", &json!({"n": 1})).await;
    receiver.wait_for(before + 1).await.remove(before)
}

fn is_whole(request: &Request, endpoint: &Endpoint, public_key: &str) -> bool {
    is_signed_by(request, &endpoint.secret)
        && is_signed_by_key(request, public_key)
        && request.header("authorization") == "Bearer a-token"
}

#[tokio::test]
async fn everything_is_sealed_anew_while_the_service_runs() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"signatures": ["v1", "v1a"], "auth": {"bearer": "a-token"}});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    for _ in 0..300 {
        tenant.endpoint("http://127.0.0.1:9/", &["nothing"]).await;
    }
    let wanted = json!({"name": "kept", "role": "viewer"});
    let once = ("idempotency-key", "kept".to_owned());
    let answer = tenant.client.with_header(once.0, once.1.clone()).post("/keys", &wanted).await.expect(201);
    let pool = app.pool().await;
    assert_eq!(sealed_by_key(&pool).await, [("test".to_owned(), 603)]);
    app.restart_with(&[(VAULT_KEYS, &json!([NEW, FIRST]).to_string())]).await;
    let tenant = app.again(&tenant);

    let (code, words) = rotate(&app.postgres.url(), &[NEW, FIRST]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("604 sealed anew under new"), "{words}");
    assert_eq!(sealed_by_key(&pool).await, [("new".to_owned(), 603)]);
    let (code, words) = rotate(&app.postgres.url(), &[NEW, FIRST]);
    assert_eq!((code, words.contains("0 sealed anew")), (Some(0), true), "{words}");
    // The node goes on with what it read before, and with what it reads now.
    let public_key = text(&tenant.show(&endpoint).await["publicKey"]);
    assert!(is_whole(&next(&tenant, &receiver).await, &endpoint, &public_key));

    app.restart_with(&[(VAULT_KEYS, &json!([NEW]).to_string())]).await;
    let tenant = app.again(&tenant);
    assert!(is_whole(&next(&tenant, &receiver).await, &endpoint, &public_key));
    let again = tenant.client.with_header(once.0, once.1).post("/keys", &wanted).await.expect(201);
    assert_eq!(again["key"], answer["key"]);
}

#[tokio::test]
async fn a_rotation_goes_on_where_one_was_ended_and_leaves_what_does_not_open() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    for _ in 0..3 {
        tenant.endpoint_with("http://127.0.0.1:9/", &["nothing"], &json!({"auth": {"bearer": "a"}})).await;
    }
    let pool = app.pool().await;
    // As if it had been ended after the secrets; and one whose bytes were changed.
    let (code, words) = rotate(&app.postgres.url(), &[NEW, FIRST]);
    assert_eq!(code, Some(0), "{words}");
    let spoil = "update endpoints set auth_vault_key = 'test'
        where id = (select id from endpoints order by id limit 1)";
    sqlx::query(spoil).execute(&pool).await.unwrap();
    let (code, words) = rotate(&app.postgres.url(), &[NEW, FIRST]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("auth of ep_") && words.contains("1 could not be opened"), "{words}");
    let counts = [("new".to_owned(), 8), ("test".to_owned(), 1)];
    assert_eq!(sealed_by_key(&pool).await, counts);
}

#[tokio::test]
async fn a_key_that_is_gone_is_missed_at_start_and_by_the_rotation() {
    let mut process = process().await;
    let tenant = process.tenant("acme").await;
    tenant.endpoint("http://127.0.0.1:9/", &["nothing"]).await;
    for keys in [NEW, OTHER_OF_THAT_ID] {
        let (code, words) = rotate(&process.postgres.url(), &[keys]);
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains("vault.keys") && words.contains("test (2)"), "{words}");
    }
    process.restart_with(&[(VAULT_KEYS, NEW)]).await;
    let missed = "vault.keys has not the key that secrets are sealed under: their endpoints get nothing";
    let line = process.until_logged(missed).await;
    assert_eq!((&line["key"], &line["count"]), (&json!("test"), &json!(2)));
}

#[test]
fn production_does_not_start_without_a_master_key() {
    for keys in
        ["", "[]", "k1:c2hvcnQ=", "k1", r#"["k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "k2:"]"#]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
        command.arg("serve").env_clear().env("HOOKYARD_ENV", "production").env(VAULT_KEYS, keys);
        command.env("DATABASE_URL", "postgres://127.0.0.1:1/x").env("NATS_URL", "nats://127.0.0.1:1");
        let Output { status, stderr, .. } = command.output().expect("the program runs");
        let words = String::from_utf8(stderr).expect("words");
        assert_eq!((status.code(), words.contains("vault.keys")), (Some(2), true), "{keys}: {words}");
    }
}

#[tokio::test]
async fn the_url_of_a_webhook_is_sealed_anew_too() {
    let (mut app, discord) = (app().await, Provider::discord().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint_with(discord.url(), &["order.paid"], &json!({"kind": "discord"})).await;
    app.restart_with(&[(VAULT_KEYS, &json!([NEW, FIRST]).to_string())]).await;
    let (code, words) = rotate(&app.postgres.url(), &[NEW, FIRST]);
    assert!(
        code == Some(0) && words.contains("3 sealed anew under new") && !words.contains(TOKEN),
        "{words}"
    );
    app.restart_with(&[(VAULT_KEYS, &json!([NEW]).to_string())]).await;
    app.again(&tenant).publish("order.paid", &json!({})).await;
    discord.wait_for(1).await;
}
