//! Payloads that go before their events: the rows stay, what is owed is not touched, and nobody's writing is lost.

use std::time::Duration;

use hookyard::ledger::Retention;
use hookyard::ledger::partitions::drop_old;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::app::TestApp;
use crate::support::ledger::{now, world};
use crate::support::receiver::Reply;
use crate::support::tenant::text;
use crate::support::wait::until;
use crate::support::{Receiver, app};

const DAY: Duration = Duration::from_hours(24);
const LONG: Duration = Duration::from_hours(30 * 24);
const RETENTION: Retention = Retention {
    finished: LONG,
    unfinished: Duration::from_hours(60 * 24),
    payloads: Duration::from_hours(2 * 24),
    attempts: Duration::from_hours(3 * 24),
    audit_log: LONG,
    statistics: LONG,
    unroutable: LONG,
};

async fn pool(app: &TestApp) -> PgPool {
    PgPool::connect(&app.postgres.url()).await.unwrap()
}

/// A round of retention, so many days from now.
async fn round(pool: &PgPool, days: u32) {
    assert_eq!(drop_old(pool, now() + days * DAY, RETENTION).await.unwrap(), Vec::<String>::new());
}

/// All that is kept of events but the payload.
async fn rest(pool: &PgPool) -> Vec<Value> {
    sqlx::query_scalar("select to_jsonb(e) - 'data' from events e order by id").fetch_all(pool).await.unwrap()
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

const PAYLOADS: &str = "select count(data) from events";
const WAITING: &str = "select count(*) from pg_locks where not granted";

#[tokio::test]
async fn the_rows_tell_the_rest_and_what_is_owed_keeps_its_payload() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, pool) = (app.tenant("acme").await, pool(&app).await);
    let twice = json!({"maxRetries": 1, "retrySchedule": ["0s", "0s"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["a.b"], &twice).await;
    let paused = tenant.endpoint_with(&receiver.url(), &["a.b"], &twice).await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    receiver.always(Reply::from(500));
    let event = tenant.publish("a.b", &json!({"secret": "swordfish"})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    let before = rest(&pool).await;

    round(&pool, 10).await;
    assert_eq!(count(&pool, PAYLOADS).await, 1, "it is owed to an endpoint that is paused");
    tenant.client.delete(&format!("/webhooks/{}", paused.id)).await.expect(204);
    tenant.delivery_when(&event, &paused, "skipped").await;
    round(&pool, 2).await;
    assert_eq!(count(&pool, PAYLOADS).await, 1, "its day is not over for so long");
    round(&pool, 3).await;
    assert_eq!((count(&pool, PAYLOADS).await, rest(&pool).await), (0, before.clone()));
    assert_eq!(count(&pool, "select count(*) from attempts").await, 1, "kept for longer");
    round(&pool, 4).await;
    assert_eq!(count(&pool, "select count(*) from attempts").await, 0);

    let shown = tenant.client.get(&format!("/events/{event}")).await.expect(200);
    assert_eq!((&shown["data"], &shown["dataExpired"]), (&Value::Null, &json!(true)), "{shown}");
    assert_eq!(shown["deliveryCount"], 2);
    let delivery = format!("/deliveries/{}", text(&dead["id"]));
    let shown = tenant.client.get(&delivery).await.expect(200);
    let request = &shown["attempts"][0]["request"];
    assert_eq!((&request["body"], &request["truncated"]), (&json!(""), &json!(true)), "{shown}");
    let refused = tenant.client.post(&format!("{delivery}/retry"), &json!({})).await.expect(409);
    assert_eq!(refused["type"], "/problems/payload-expired");
    // Nor with all others.
    let replay = tenant.client.post("/dead-letters/replay", &json!({})).await.expect(202);
    assert_eq!(tenant.replay_over(&text(&replay["id"])).await["owed"], 0);
    // What comes later has its payload.
    let later = tenant.publish("a.b", &json!({"secret": "marlin"})).await;
    tenant.delivery_when(&later, &endpoint, "dead").await;
    assert_eq!(count(&pool, PAYLOADS).await, 1);
}

#[tokio::test]
async fn a_writer_is_not_passed_over_and_a_reader_only_puts_it_off() {
    let world = world().await;
    let day = world.publish(&["order.created"], &[]).await[0].made_at();
    // The days around it have nothing; they would wait for the writer too.
    let others: Vec<String> = sqlx::query_scalar(
        "select inhrelid::regclass::text from pg_inherits
         where inhparent = 'events'::regclass and right(inhrelid::regclass::text, 8) <> to_char($1, 'YYYYMMDD')",
    )
    .bind(day)
    .fetch_all(&world.pool)
    .await
    .unwrap();
    for other in others {
        sqlx::query(AssertSqlSafe(format!("drop table {other}"))).execute(&world.pool).await.unwrap();
    }
    let mut writer = world.pool.begin().await.unwrap();
    let late = "insert into events (id, tenant, type, occurred_at, source, data)
        values (uuid_at($1), 'acme', 'late', now(), 0, '1')";
    sqlx::query(late).bind(day).execute(&mut *writer).await.unwrap();
    round(&world.pool, 4).await;
    writer.commit().await.unwrap();
    assert_eq!(count(&world.pool, PAYLOADS).await, 2);

    let mut reader = world.pool.begin().await.unwrap();
    sqlx::query("select from events").fetch_all(&mut *reader).await.unwrap();
    let pool = world.pool.clone();
    let going = tokio::spawn(async move { round(&pool, 4).await });
    until("the day to be ready", async || count(&world.pool, WAITING).await, |waiting| *waiting == 1).await;
    reader.commit().await.unwrap();
    going.await.unwrap();
    assert_eq!(
        (count(&world.pool, PAYLOADS).await, count(&world.pool, "select count(*) from events").await),
        (0, 2)
    );
}
