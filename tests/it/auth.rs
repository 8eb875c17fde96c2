//! Credentials that an endpoint is given: sent to it, and shown nowhere else.

use std::fmt::Write as _;

use base64::Engine as _;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::Receiver;
use crate::support::process::process_with;
use crate::support::receiver::Reply;

const TOKEN: &str = "s3cr3t-token-of-the-receiver";
const PASSWORD: &str = "s3cr3t password of the receiver";

/// Everything in every table, as text; bytes are hex there.
pub async fn tables(pool: &PgPool) -> String {
    let names = "select table_name::text from information_schema.tables where table_schema = 'public'";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(pool).await.unwrap();
    assert!(names.iter().any(|name| name == "endpoints") && names.len() > 10, "{names:?}");
    let mut all = String::new();
    for name in names {
        let rows = format!("select coalesce(string_agg(t::text, ' '), '') from \"{name}\" t");
        all += &sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(rows)).fetch_one(pool).await.unwrap();
    }
    all
}

/// A secret in the spellings that a table, an answer or a log line could have it in.
pub fn spellings(secret: &str) -> [String; 3] {
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    [secret.to_owned(), hex, base64::engine::general_purpose::STANDARD.encode(secret)]
}

#[tokio::test]
async fn credentials_are_sent_and_shown_nowhere() {
    let process = process_with(&[("HOOKYARD__LOG__FILTER", "trace")]).await;
    let receiver = Receiver::start().await;
    let tenant = process.tenant("acme").await;
    let basic = format!("hookyard:{PASSWORD}");
    let mut answers = Vec::new();
    let wanted =
        json!({"url": receiver.url(), "events": ["order.paid"], "auth": {"bearer": TOKEN}, "maxRetries": 0});
    let made = tenant.client.post("/webhooks", &wanted).await.expect(201);
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(made["auth"], "bearer");
    answers.push(made);

    receiver.answer([Reply::from(500), Reply::from(200)]);
    tenant.publish("order.paid", &json!({"n": 1})).await;
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));

    let changed = json!({"auth": {"basic": {"username": "hookyard", "password": PASSWORD}}});
    let shown = tenant.client.patch(&path, &changed).await.expect(200);
    assert_eq!(shown["auth"], "basic");
    answers.push(shown);
    answers.push(tenant.client.post(&format!("{path}/test"), &json!({})).await.expect(200));
    let request = receiver.wait_for(2).await.remove(1);
    let sent = request.header("authorization").strip_prefix("Basic ").unwrap().to_owned();
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(&sent).unwrap(), basic.as_bytes());

    process.settled(&tenant).await;
    for path in [path.clone(), "/webhooks".to_owned(), "/dead-letters".to_owned()] {
        answers.push(tenant.client.get(&path).await.expect(200));
    }
    let dead = tenant.deliveries("status=dead").await;
    let delivery = tenant.delivery(dead[0]["id"].as_str().unwrap()).await;
    assert_eq!(delivery["attempts"][0]["request"]["headers"]["authorization"], "***");
    answers.push(delivery);
    answers.push(tenant.client.post(&format!("{path}/rotate-secret"), &json!({})).await.expect(200));
    let refused = json!({"customHeaders": {"authorization": "x"}});
    let refused = tenant.client.patch(&path, &refused).await;
    assert_eq!(refused.problem().2, ["/auth"]);
    let refused = json!({"auth": {"bearer": format!("{TOKEN} {TOKEN}")}});
    let refused = tenant.client.patch(&path, &refused).await;
    assert_eq!(refused.problem().2, ["/auth"]);
    answers.push(refused.json());

    let pool = PgPool::connect(&process.postgres.url()).await.unwrap();
    let (answers, tables, logged) = (Value::from(answers).to_string(), tables(&pool).await, process.logged());
    assert!(tables.contains("acme") && logged.contains("acme") || logged.contains("hookyard is ready"));
    for secret in [TOKEN, PASSWORD, &basic, &sent] {
        for spelling in spellings(secret) {
            for (place, text) in [("an answer", &answers), ("a table", &tables), ("the log", &logged)] {
                assert!(!text.contains(&spelling), "{place} has {secret} as {spelling}");
            }
        }
    }

    let shown = tenant.client.patch(&path, &json!({"auth": null})).await.expect(200);
    assert_eq!(shown["auth"], Value::Null);
    tenant.publish("order.paid", &json!({"n": 2})).await;
    let request = receiver.wait_for(3).await.remove(2);
    assert_eq!(request.headers.get("authorization"), None);
}
