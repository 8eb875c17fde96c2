//! Events for later: kept, shown, cancelled, and released when their time has come.

use std::time::Duration;

use domain::event::{instant, rfc3339_millis};
use futures_util::future::join_all;
use rustix::process::Signal;
use serde_json::{Value, json};
use sqlx::{PgPool, query, query_scalar};

use crate::support::app::publish;
use crate::support::ledger::now;
use crate::support::process::Process;
use crate::support::receiver::Request;
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app, process, wait};

const HOUR: Duration = Duration::from_hours(1);

fn after(wait: Duration) -> String {
    rfc3339_millis(now() + wait)
}

fn later(n: usize, deliver_at: &str) -> Value {
    json!({"event": "a.b", "deliverAt": deliver_at, "data": {"n": n}})
}

async fn schedule(tenant: &Tenant, event: &Value) -> String {
    let receipt = tenant.client.post("/events", event).await.expect(202);
    assert_eq!(receipt["duplicate"], false);
    text(&receipt["eventId"])
}

async fn cancel(tenant: &Tenant, event: &str) -> u16 {
    tenant.client.delete(&format!("/events/{event}")).await.status
}

fn numbers(receiver: &Receiver) -> Vec<usize> {
    let mut numbers = receiver.look(|requests| requests.iter().map(Request::number).collect::<Vec<_>>());
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn an_event_comes_at_its_time_to_the_endpoints_of_that_time() {
    let mut app = app().await;
    let (early, late) = (Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let gone = tenant.endpoint(&early.url(), &[">"]).await;
    let at = after(Duration::from_millis(2500));
    let event = json!({"event": "a.b", "eventId": "mine", "deliverAt": at, "expiresAt": after(HOUR),
        "channels": ["emea"], "data": {"n": 1}});
    assert_eq!(schedule(&tenant, &event).await, "mine");
    let again = tenant.client.post("/events", &event).await.expect(202);
    assert_eq!(again["duplicate"], true);
    // What is published with it goes at once.
    let batch =
        json!([later(2, &after(HOUR)), {"event": "a.b", "data": {"n": 3}}, later(4, "2026-01-01T00:00:00Z")]);
    tenant.client.post("/events/batch", &batch).await.expect(202);
    early.wait_for(2).await;
    let shown = tenant.client.get("/events/mine").await.expect(200);
    assert_eq!(
        (&shown["deliverAt"], &shown["data"], &shown["deliveries"], &shown["channels"]),
        (&json!(at), &json!({"n": 1}), &json!([]), &json!(["emea"]))
    );
    assert_eq!(tenant.client.get("/events").await.expect(200)["items"].as_array().map(Vec::len), Some(2));
    tenant.client.delete(&format!("/webhooks/{}", gone.id)).await.expect(204);
    tenant.endpoint(&late.url(), &[">"]).await;
    app.restart().await;
    let tenant = app.again(&tenant);
    let request = late.wait_for(1).await.remove(0);
    assert!(now() >= instant(&at).unwrap());
    assert_eq!((request.number(), &request.json()["eventId"]), (1, &json!("mine")));
    app.settled(&tenant).await;
    let look = async || tenant.client.get("/events/mine").await.expect(200);
    let shown = wait::until("it to have left", look, |shown| shown["deliverAt"].is_null()).await;
    assert_eq!((&shown["createdAt"], &shown["deliveryCount"]), (&json!(at), &json!(1)));
    assert_eq!((numbers(&early), numbers(&late)), (vec![3, 4], vec![1]));
    assert_eq!(tenant.client.post("/events", &event).await.expect(202)["duplicate"], true);
}

#[tokio::test]
async fn those_that_wait_are_listed_and_cancelled() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let mut events = Vec::new();
    for n in [3_u32, 1, 2] {
        events.push(schedule(&tenant, &later(n as usize, &after(n * HOUR))).await);
    }
    let sent = tenant.publish("a.b", &json!({"n": 9})).await;
    let page = tenant.client.get("/events?scheduled=true&limit=2").await.expect(200);
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|event| text(&event["id"])).collect()
    };
    assert_eq!(ids(&page), [events[1].clone(), events[2].clone()]);
    let next = format!("/events?scheduled=true&limit=2&cursor={}", text(&page["nextCursor"]));
    let page = tenant.client.get(&next).await.expect(200);
    assert_eq!((ids(&page), &page["nextCursor"]), (vec![events[0].clone()], &Value::Null));
    let page = tenant.client.get("/events?scheduled=true&event=b").await.expect(200);
    assert_eq!((ids(&page), &page["nextCursor"]), (vec![], &Value::Null));

    assert_eq!([cancel(&tenant, &events[1]).await, cancel(&tenant, &events[1]).await], [204, 204]);
    let shown = tenant.client.get(&format!("/events/{}", events[1])).await.expect(200);
    assert!(shown["cancelledAt"].is_string() && shown["data"].is_null(), "{shown}");
    assert_eq!(
        ids(&tenant.client.get("/events?scheduled=true").await.expect(200)),
        [events[2].clone(), events[0].clone()]
    );
    app.settled(&tenant).await;
    let answer = tenant.client.delete(&format!("/events/{sent}")).await;
    assert_eq!((answer.problem().0, answer.problem().1.as_str()), (409, "event-released"));
    assert_eq!(cancel(&tenant, "nobody").await, 404);
    let other = app.tenant("other").await;
    assert_eq!(cancel(&other, &events[0]).await, 404);
    let log = tenant.client.get("/audit-log?action=event.cancelled").await.expect(200);
    assert_eq!(log["items"][0]["subject"], events[1].as_str());
}

#[tokio::test]
async fn times_that_make_no_sense_are_refused() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    for (event, pointer) in [
        (json!({"event": "a", "deliverAt": after(91 * 24 * HOUR), "data": 1}), "/deliverAt"),
        (json!({"event": "a", "deliverAt": "soon", "data": 1}), "/deliverAt"),
        (
            json!({"event": "a", "deliverAt": after(HOUR), "expiresAt": after(HOUR / 2), "data": 1}),
            "/expiresAt",
        ),
    ] {
        assert_eq!(tenant.client.post("/events", &event).await.problem().2, [pointer]);
    }
    let headers = [("Hookyard-Deliver-At", "tomorrow")];
    publish(&app, "events.acme.a", &headers, "1").await;
    let (soon, end) = (after(Duration::from_millis(1500)), after(HOUR));
    let headers = [("Hookyard-Deliver-At", soon.as_str()), ("Hookyard-Expires-At", end.as_str())];
    publish(&app, "events.acme.a", &headers, r#"{"n": 5}"#).await;
    assert_eq!(receiver.wait_for(1).await[0].number(), 5);
    assert!(now() >= instant(&soon).unwrap());
    let unroutable = tenant.client.get("/unroutable").await.expect(200);
    assert!(text(&unroutable["items"][0]["reason"]).starts_with("Hookyard-Deliver-At"), "{unroutable}");
}

#[tokio::test]
async fn what_expired_while_nobody_was_there_is_skipped() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &[">"]).await;
    let (at, end) = (after(Duration::from_millis(800)), after(Duration::from_millis(1200)));
    let mut event = later(1, &at);
    event["expiresAt"] = json!(end);
    let event = schedule(&tenant, &event).await;
    app.stop().await;
    let over = instant(&end).unwrap();
    wait::until("its end", async || now(), |now| *now >= over).await;
    app.start().await;
    let tenant = app.again(&tenant);
    let look = async || tenant.client.get(&format!("/events/{event}")).await.expect(200);
    wait::until("it to be released", look, |shown| shown["deliveryCount"] == 1).await;
    let skipped = tenant.delivery_when(&event, &endpoint, "skipped").await;
    assert_eq!((&skipped["deadReason"], receiver.count()), (&json!("expired"), 0));
}

/// Cancelled in the moment in which they are released: each is either cancelled or sent.
#[tokio::test]
async fn what_was_cancelled_is_never_sent() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let start = now() + Duration::from_secs(4);
    let at = |n: usize| rfc3339_millis(start + n as u32 * Duration::from_millis(10));
    let batch: Vec<Value> = (0..200).map(|n| later(n, &at(n))).collect();
    let receipts = tenant.client.post("/events/batch", &json!(batch)).await.expect(202);
    let ids: Vec<String> =
        receipts["items"].as_array().unwrap().iter().map(|item| text(&item["eventId"])).collect();
    let mut expected = Vec::new();
    let middle = start + Duration::from_secs(1);
    wait::until("the middle", async || now(), |now| *now >= middle).await;
    // From the last on, towards those that are due.
    for (part, ids) in ids.chunks(20).enumerate().rev() {
        let answers = join_all(ids.iter().map(|id| cancel(&tenant, id))).await;
        for (n, status) in answers.into_iter().enumerate() {
            match status {
                204 => {}
                409 => expected.push(part * 20 + n),
                other => panic!("{other}"),
            }
        }
    }
    let last = start + Duration::from_secs(3);
    wait::until("the last", async || now(), |now| *now >= last).await;
    app.settled(&tenant).await;
    expected.sort_unstable();
    assert!((1..200).contains(&expected.len()), "{} were sent", expected.len());
    assert_eq!(numbers(&receiver), expected);
}

#[tokio::test]
async fn two_nodes_release_each_once() {
    let (process, receiver) = (process().await, Receiver::start().await);
    let beside = process.beside().await;
    let tenant = process.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let at = after(Duration::from_secs(2));
    let batch: Vec<Value> = (0..1000).map(|n| later(n, &at)).collect();
    tenant.client.post("/events/batch", &json!(batch)).await.expect(202);
    receiver.wait_for(1000).await;
    process.settled(&tenant).await;
    assert_eq!(numbers(&receiver), (0..1000).collect::<Vec<_>>());
    // None of them was released by both, and known again only then.
    for client in [process.client(), beside.client()] {
        let shown = client.get("!/metrics").await.text();
        let duplicates = shown.lines().find(|line| line.starts_with("hookyard_events_duplicate_total"));
        assert!(duplicates.is_none_or(|line| line.ends_with(" 0")), "{duplicates:?}");
    }
}

/// A process that holds an event claimed, and cannot publish it as long as the lock is held.
struct Claimed {
    process: Process,
    tenant: Tenant,
    receiver: Receiver,
    pool: PgPool,
}

impl Claimed {
    async fn start() -> (Self, sqlx::Transaction<'static, sqlx::Postgres>) {
        let (process, receiver) = (process().await, Receiver::start().await);
        let tenant = process.tenant("acme").await;
        tenant.endpoint(&receiver.url(), &[">"]).await;
        let pool = PgPool::connect(&process.postgres.url()).await.unwrap();
        schedule(&tenant, &later(1, &after(Duration::from_secs(10)))).await;
        let mut lock = pool.begin().await.unwrap();
        query("lock table dedupe in exclusive mode").execute(&mut *lock).await.unwrap();
        query("update scheduled_events set deliver_at = now()").execute(&pool).await.unwrap();
        let this = Self { process, tenant, receiver, pool };
        let waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'hookyard'";
        let look = async || query_scalar::<_, i64>(waits).fetch_one(&this.pool).await.unwrap();
        wait::until("a publish to wait", look, |count| *count > 0).await;
        assert_eq!(this.count("select count(*) from scheduled_events where state = 1").await, 1);
        (this, lock)
    }

    async fn count(&self, sql: &'static str) -> i64 {
        query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// Killed, and what it has asked of Postgres ends with it.
    async fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.end().await;
        let end =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hookyard'";
        query(end).execute(&self.pool).await.unwrap();
        let left = "select count(*) from pg_stat_activity where application_name = 'hookyard'";
        wait::until("its connections to end", async || self.count(left).await, |count| *count == 0).await;
    }

    /// Another comes, and its claim is over.
    async fn goes_on(mut self) {
        query("update scheduled_events set claimed_at = claimed_at - interval '1 minute'")
            .execute(&self.pool)
            .await
            .unwrap();
        self.process.start().await;
        let left = "select count(*) from scheduled_events";
        wait::until("it to be released", async || self.count(left).await, |count| *count == 0).await;
        let tenant = self.process.again(&self.tenant);
        self.receiver.wait_for(1).await;
        self.process.settled(&tenant).await;
        assert_eq!(self.count("select count(*) from deliveries").await, 1);
        assert_eq!(numbers(&self.receiver), [1]);
    }
}

#[tokio::test]
async fn a_node_killed_between_claim_and_publish_leaves_it_to_another() {
    let (mut claimed, lock) = Claimed::start().await;
    claimed.kill().await;
    lock.rollback().await.unwrap();
    assert_eq!(claimed.count("select count(*) from events").await, 0);
    claimed.goes_on().await;
}

#[tokio::test]
async fn a_node_killed_between_publish_and_the_end_of_the_schedule_repeats_nothing() {
    let (mut claimed, lock) = Claimed::start().await;
    let mut kept = claimed.pool.begin().await.unwrap();
    query("select from scheduled_events for update").execute(&mut *kept).await.unwrap();
    lock.rollback().await.unwrap();
    // Published, and its delivery recorded: what is cut off would come twice under one id.
    let published = "select count(*) from deliveries where status = 2";
    wait::until("it to be delivered", async || claimed.count(published).await, |count| *count == 1).await;
    claimed.kill().await;
    kept.rollback().await.unwrap();
    assert_eq!(claimed.count("select count(*) from scheduled_events where state = 1").await, 1);
    claimed.goes_on().await;
}
