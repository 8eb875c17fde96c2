//! What a publish is refused for though it is well formed: it fans out too far, or too much waits. Nothing of it is
//! taken then, and what is within the limits is.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::client::Answer;
use crate::support::{Receiver, app_with, process_with, wait};

/// The most that one batch takes: a limit of what may wait cannot be less.
const BATCH: usize = 1000;
/// Who would write events and waits for the table.
const WRITERS: &str = "select count(*) from pg_locks
    where relation = 'events'::regclass and mode = 'RowExclusiveLock' and not granted";

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, kind: &str) {
    // Where it is the request's fault, it is that of all of it.
    let wrong = if status == 422 { vec![String::new()] } else { Vec::new() };
    assert_eq!(answer.problem(), (status, kind.to_owned(), wrong));
}

#[tokio::test]
async fn what_fans_out_too_far_is_not_taken() {
    let (app, receiver) = (app_with(&[("HOOKYARD__INTAKE__FANOUT_MAX", "2")]).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    for _ in 0..2 {
        tenant.endpoint(&receiver.url(), &["order.>", "user.made"]).await;
    }
    tenant.endpoint(&receiver.url(), &["user.made"]).await;
    assert_refused(&tenant.publish_raw("user.made", "1").await, 422, "fan-out-too-large");
    // Of a batch all count together.
    let event = json!({"event": "order.paid", "data": {}});
    let batch = tenant.client.post("/events/batch", &json!([event, event])).await;
    assert_refused(&batch, 422, "fan-out-too-large");
    tenant.publish("order.paid", &json!({})).await;
    app.settled(&tenant).await;
    let events = tenant.client.get("/events").await.expect(200);
    assert_eq!((events["items"].as_array().map(Vec::len), receiver.count()), (Some(1), 2));
}

#[tokio::test]
async fn what_is_more_than_may_wait_is_not_taken() {
    let (app, receiver) =
        (app_with(&[("HOOKYARD__INTAKE__PENDING_MAX", "1000")]).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.>"]).await;
    // Nobody writes an event meanwhile: the first one waits for its commit.
    let pool = app.pool().await;
    let mut holding = pool.begin().await.unwrap();
    sqlx::query("lock table events in access exclusive mode").execute(&mut *holding).await.unwrap();
    let first = tokio::spawn({
        let tenant = tenant.clone();
        async move { tenant.publish("order.paid", &json!({"n": 0})).await }
    });
    let waits = async || sqlx::query_scalar::<_, i64>(WRITERS).fetch_one(&pool).await.unwrap();
    wait::until("it to wait for its commit", waits, |count| *count == 1).await;
    let batch: Vec<Value> = (0..BATCH).map(|n| json!({"event": "order.late", "data": {"n": n}})).collect();
    let refused = tenant.client.post("/events/batch", &json!(batch)).await;
    assert_refused(&refused, 503, "overloaded");
    assert!(refused.headers.contains_key("retry-after"));
    holding.rollback().await.unwrap();
    first.await.unwrap();
    // There is room again.
    let look = async || tenant.client.post("/events/batch", &json!(batch)).await.status;
    wait::until("the batch to be taken", look, |status| *status == 202).await;
    receiver.wait_for(1 + BATCH).await;
    app.settled(&tenant).await;
    assert_eq!(receiver.count(), 1 + BATCH);
}

#[tokio::test]
async fn bodies_beyond_what_may_wait_are_not_taken_and_not_kept() {
    const ROOM: usize = 16 << 20;
    const EVENT: usize = 1_000_000;
    const PUBLISHES: usize = 64;
    /// What waits, read and parsed, and what so many connections cost.
    const GROWN_MAX: usize = 3 * ROOM;

    let settings = [
        ("HOOKYARD__INTAKE__PENDING_BYTES_MAX", "16777216"),
        // What is freed is the system's again at once, and not ten seconds later: twice as much would be counted.
        ("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0"),
    ];
    let process = process_with(&settings).await;
    let (tenant, receiver) = (process.tenant("acme").await, Receiver::start().await);
    tenant.endpoint(&receiver.url(), &["order.>"]).await;
    let pool = sqlx::PgPool::connect(&process.postgres.url()).await.unwrap();
    let mut holding = pool.begin().await.unwrap();
    sqlx::query("lock table events in access exclusive mode").execute(&mut *holding).await.unwrap();
    let before = process.resident_bytes();
    let event = Bytes::from(json!({"event": "order.paid", "data": "x".repeat(EVENT)}).to_string());
    let mut publishing = JoinSet::new();
    for _ in 0..PUBLISHES {
        let (client, event) = (tenant.client.clone(), event.clone());
        publishing.spawn(async move {
            client.send(Method::POST, "/events", Some(("application/json", event))).await
        });
    }
    let (mut accepted, mut refused) = (0, 0);
    let mut count = |answer: Answer| {
        if answer.status == 202 {
            accepted += 1;
            return;
        }
        refused += 1;
        assert_refused(&answer, 503, "overloaded");
        assert!(answer.headers.contains_key("retry-after"));
    };
    while publishing.len() > ROOM / EVENT {
        count(publishing.join_next().await.unwrap().unwrap());
    }
    let grown = process.resident_bytes().saturating_sub(before);
    assert!(grown < GROWN_MAX, "{} MiB", grown >> 20);
    holding.rollback().await.unwrap();
    while let Some(answer) = publishing.join_next().await {
        count(answer.unwrap());
    }
    assert_eq!((accepted + refused, accepted > 0), (PUBLISHES, true));
    receiver.wait_for(accepted).await;
    process.settled(&tenant).await;
    assert_eq!(receiver.count(), accepted);
}
