//! A walk through every operation of the OpenAPI document on the service itself: each succeeds once, and each answers
//! every problem that it is said to have and that a request can provoke. What is answered is held against the document
//! by the client; here it is seen that nothing of the document was left out.

mod event_types;
mod inbound;
mod instance;
mod looks;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use domain::event::rfc3339_millis;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::contract::{Operation, contract};
use crate::support::ledger::now;
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app_with, wait};

const JSON: &str = "application/json";
/// Bytes that no path takes but those that publish.
const TOO_MANY_BYTES: usize = 64 * 1024 + 1;
/// By default.
const STREAMS_PER_KEY: usize = 5;
const FANOUT_MAX: &str = "3";
const REPLAYS_PER_TENANT: &str = "3";
/// A key that was used, by the operator too.
const USED: &str = "used";
/// Requests and publishes of a key within a minute: more than the walk makes with one.
const PER_MINUTE: &str = "600";

/// What was answered on the walk.
#[derive(Default)]
struct Seen {
    succeeded: BTreeSet<String>,
    /// Operation and kind.
    problems: BTreeSet<(String, String)>,
}

impl Seen {
    #[track_caller]
    fn note(&mut self, answer: &Answer) -> Value {
        let operation = answer.operation.expect("an operation of the document").to_owned();
        if answer.status < 400 {
            self.succeeded.insert(operation);
        } else {
            self.problems.insert((operation, answer.problem().1));
        }
        let is_json = !answer.bytes.is_empty() && answer.headers[CONTENT_TYPE] != "text/event-stream";
        if is_json { answer.json() } else { Value::Null }
    }

    /// As [`Seen::note`], where it has to have been done.
    #[track_caller]
    fn done(&mut self, answer: &Answer) -> Value {
        assert!(answer.status < 300, "{}", answer.text());
        self.note(answer)
    }

    #[track_caller]
    fn refused(&mut self, answer: &Answer, kind: &str) {
        assert_eq!(answer.problem().1, kind, "{:?}: {}", answer.operation, answer.text());
        self.note(answer);
    }
}

/// Who asks, and what there is to be asked about.
struct Walk {
    app: TestApp,
    receiver: Receiver,
    tenant: Tenant,
    endpoint: String,
    /// May do nothing but read, and has asked for more than it may.
    tireless: Client,
    seen: Seen,
}

impl Walk {
    async fn start() -> Self {
        let settings = [
            ("HOOKYARD__CHAOS__ENABLED", "true"),
            ("HOOKYARD__INTAKE__FANOUT_MAX", FANOUT_MAX),
            ("HOOKYARD__LIMITS__REPLAYS_PER_TENANT", REPLAYS_PER_TENANT),
            ("HOOKYARD__LIMITS__REQUESTS_PER_MINUTE", PER_MINUTE),
            ("HOOKYARD__LIMITS__PUBLISHES_PER_MINUTE", PER_MINUTE),
            ("HOOKYARD__LIMITS__SOURCES_PER_TENANT", "2"),
            ("HOOKYARD__INBOUND__GITHUB__SECRET", inbound::SECRET),
            ("HOOKYARD__INBOUND__GITHUB__TENANT", "acme"),
            ("HOOKYARD__INBOUND__GITHUB__PER_MINUTE", inbound::PER_MINUTE),
        ];
        let (app, receiver) = (app_with(&settings).await, Receiver::start().await);
        let mut seen = Seen::default();
        seen.refused(&inbound::of_configuration(&app).send("push", "d-1", "{}").await, "not-found");
        let tenant = app.tenant("acme").await;
        let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await.id;
        let of_operator = app.operator().with_header("idempotency-key", USED.to_owned());
        of_operator.post("/tenants", &json!({"name": "Used"})).await.expect(201);
        let of_tenant = tenant.client.with_header("idempotency-key", USED.to_owned());
        of_tenant.post("/dead-letters/replay", &json!({"webhookId": endpoint})).await.expect(202);
        let tireless = app.client().with_key(&app.key("acme", "viewer").await);
        Self { app, receiver, tenant, endpoint, tireless, seen }
    }

    async fn tenants(&mut self) {
        let operator = self.app.operator();
        let wanted = json!({"id": "walked", "name": "Walked"});
        self.seen.done(&operator.post("/tenants", &wanted).await);
        self.seen.refused(&operator.post("/tenants", &wanted).await, "tenant-exists");
        self.seen.done(&operator.get("/tenants?limit=1").await);
        let change = json!({"name": "Walked on"});
        self.seen.done(&operator.patch("/tenants/walked", &change).await);
        let late = operator.with_header("if-match", "\"0\"".to_owned());
        self.seen.refused(&late.patch("/tenants/walked", &change).await, "precondition-failed");
        self.seen.refused(&late.delete("/tenants/walked").await, "precondition-failed");
        let shown = self.seen.done(&operator.get("/tenants/walked").await);
        assert_eq!(shown["name"], "Walked on");
        self.seen.done(&operator.delete("/tenants/walked").await);
    }

    async fn keys(&mut self) {
        let client = self.tenant.client.clone();
        let wanted = json!({"name": "k", "role": "viewer", "expiresAt": "2999-01-01T00:00:00+01:00"});
        let made = self.seen.done(&client.post("/keys", &wanted).await);
        let path = format!("/keys/{}", text(&made["id"]));
        let its = self.app.client().with_key(&text(&made["key"]));
        assert_eq!(its.get("/keys").await.status, 403);
        let changed =
            self.seen.done(&client.patch(&path, &json!({"role": "admin", "expiresAt": null})).await);
        let shown = self.seen.done(&client.get(&path).await);
        assert_eq!((&changed["role"], &changed["expiresAt"]), (&json!("admin"), &Value::Null));
        assert_eq!((&changed["id"], &changed["role"]), (&shown["id"], &shown["role"]));
        // At once, although the key was seen a moment ago.
        assert_eq!(its.get("/keys").await.status, 200);
        let late = client.with_header("if-match", "\"0\"".to_owned());
        self.seen.refused(&late.patch(&path, &json!({})).await, "precondition-failed");
        self.seen.refused(&late.delete(&path).await, "precondition-failed");
        self.seen.done(&client.get("/keys?limit=250").await);
        self.seen.done(&client.delete(&path).await);
        assert_eq!(client.get(&path).await.status, 404);
    }

    async fn endpoints(&mut self) {
        let client = self.tenant.client.clone();
        let of_user = |user: &str| {
            json!({"url": self.receiver.url(), "events": ["nothing"], "userId": user, "autoDisableAfter": null,
                "retrySchedule": {"initial": "5s", "factor": 4, "max": "10h", "jitter": 0.2}})
        };
        let (mine, of_another) = (of_user("u_1"), of_user("u_2"));
        let first = self.seen.done(&client.post("/webhooks", &mine).await);
        for _ in 0..4 {
            self.seen.done(&client.post("/webhooks", &mine).await);
        }
        self.seen.refused(&client.post("/webhooks", &mine).await, "endpoint-limit-reached");
        let other = text(&self.seen.done(&client.post("/webhooks", &of_another).await)["id"]);
        let path = format!("/webhooks/{other}");
        self.seen.refused(&client.patch(&path, &json!({"userId": "u_1"})).await, "endpoint-limit-reached");
        let change = json!({"userId": null, "status": "paused", "events": ["a.*", ">"], "autoDisableAfter": 7,
                "filter": {"data.a": [{"exists": true}, 1]}});
        self.seen.done(&client.patch(&path, &change).await);
        self.seen.done(&client.get(&path).await);
        self.seen.done(&client.get("/webhooks?status=paused&event=a.b&q=127.0&limit=2").await);
        let event = json!({"event": "a.b", "data": {"a": 1}});
        self.seen.done(&client.post(&format!("{path}/match"), &event).await);
        self.seen.done(&client.post(&format!("{path}/preview"), &event).await);
        let unsaved =
            json!({"webhook": {"events": [">"], "channels": ["emea"], "filter": null}, "event": event});
        self.seen.done(&client.post("/webhooks/match", &unsaved).await);
        let on_event = json!({"template": "{}", "event": "a.b", "data": 1});
        self.seen.done(&client.post("/templates/preview", &on_event).await);
        self.seen.done(&client.post(&format!("{path}/test"), &json!({})).await);
        self.seen.done(&client.post(&format!("{path}/rotate-secret"), &json!({"overlap": "1h"})).await);
        let late = client.with_header("if-match", "\"0\"".to_owned());
        self.seen.refused(&late.patch(&path, &json!({})).await, "precondition-failed");
        self.seen.refused(&late.delete(&path).await, "precondition-failed");
        self.seen.done(&client.delete(&path).await);
        self.seen.done(&client.delete(&format!("/webhooks/{}", text(&first["id"]))).await);
    }

    async fn events(&mut self) {
        let client = self.tenant.client.clone();
        let event = json!({"event": "order.paid", "eventId": "e 1", "timestamp": "2026-01-02T03:04:05+01:00", "data": 1});
        self.seen.done(&client.post("/events", &event).await);
        let lines = Bytes::from(format!("{event}\n\n{event}\n"));
        self.seen
            .done(&client.send(Method::POST, "/events/batch", Some(("application/x-ndjson", lines))).await);
        self.seen.done(&client.post("/events/batch", &json!([event])).await);
        let wide = json!([{"event": "order.wide", "data": {}}, {"event": "order.wide", "data": {}}]);
        for _ in 0..3 {
            self.tenant.endpoint(&self.receiver.url(), &["order.wide"]).await;
        }
        self.seen.refused(&client.post("/events", &wide[0]).await, "fan-out-too-large");
        self.seen.refused(&client.post("/events/batch", &wide).await, "fan-out-too-large");
        self.seen.done(&client.get("/events?event=order.*&since=2026-01-02T03:04:05Z").await);
        self.seen.done(&client.get("/events/e%201").await);
        let tomorrow = rfc3339_millis(now() + Duration::from_hours(24));
        let later = json!({"event": "order.paid", "eventId": "later", "deliverAt": tomorrow, "data": 1});
        self.seen.done(&client.post("/events", &later).await);
        self.seen.done(&client.get("/events?scheduled=true").await);
        self.seen.done(&client.delete("/events/later").await);
        self.seen.refused(&client.delete("/events/e%201").await, "event-released");
        self.app.nats_client().publish("events.acme", "1".into()).await.expect("nats takes it");
        let look = async || client.get("/unroutable").await.expect(200)["items"].as_array().map(Vec::len);
        wait::until("a message that is nobody's event", look, |found| *found == Some(1)).await;
        self.seen.done(&client.get("/unroutable?limit=1").await);
    }

    async fn deliveries(&mut self) {
        let (client, tenant) = (self.tenant.client.clone(), self.tenant.clone());
        self.app.settled(&tenant).await;
        let delivered = self.seen.done(&client.get("/deliveries?status=success&limit=1").await);
        let delivered = text(&delivered["items"][0]["id"]);
        self.seen.done(&client.get(&format!("/deliveries/{delivered}")).await);
        let its = format!("/webhooks/{}/deliveries?since=2026-01-02T03:04:05Z&event=>", self.endpoint);
        self.seen.done(&client.get(&its).await);
        let retry = |id: &str| format!("/deliveries/{id}/retry");
        self.seen.refused(&client.post(&retry(&delivered), &json!({})).await, "delivery-finished");
        // Fails once and for all.
        let settings = json!({"maxRetries": 0});
        let failing = tenant.endpoint_with("http://127.0.0.1:9/", &["failing"], &settings).await;
        let event = tenant.publish("failing", &json!({})).await;
        let dead = text(&tenant.delivery_when(&event, &failing, "dead").await["id"]);
        tenant.change(&failing, &json!({"status": "disabled"})).await;
        self.seen.refused(&client.post(&retry(&dead), &json!({})).await, "endpoint-not-active");
        tenant.change(&failing, &json!({"status": "active"})).await;
        self.seen.done(&client.send(Method::POST, &retry(&dead), None).await);
        tenant.delivery_when(&event, &failing, "dead").await;
        self.lose_payload(&event, &retry(&dead)).await;
        self.seen
            .done(&client.get(&format!("/dead-letters?webhookId={}&deadReason=exhausted", failing.id)).await);
        let filter = json!({"since": "2026-01-02T03:04:05Z", "status": ["dead"], "deadReason": "exhausted", "event": ">"});
        let begun = self.seen.done(&client.post(&format!("/webhooks/{}/replay", failing.id), &filter).await);
        // Or its end would make room among those that are counted below.
        tenant.replay_over(&text(&begun["id"])).await;
        let replay = self.seen.done(&client.send(Method::POST, "/dead-letters/replay", None).await);
        let path = format!("/replays/{}", text(&replay["id"]));
        self.seen.done(&client.get(&path).await);
        self.seen.done(&client.get("/replays?limit=1").await);
        self.seen.done(&client.delete(&path).await);
        let (of_it, backfill) = (format!("/webhooks/{}/replay", failing.id), json!({"status": ["unsent"]}));
        // Each waits for what was published a moment before.
        let full = loop {
            let answer = client.post(&of_it, &backfill).await;
            if answer.status != 202 {
                break answer;
            }
        };
        self.seen.refused(&full, "replay-limit-reached");
        self.seen.refused(&client.post("/dead-letters/replay", &json!({})).await, "replay-limit-reached");
        tenant.change(&failing, &json!({"status": "disabled"})).await;
        self.seen.refused(&client.post(&of_it, &backfill).await, "endpoint-not-active");
    }

    async fn stream(&mut self) {
        let path = format!("/stream?webhookId={}", self.endpoint);
        let mut streams = Vec::new();
        for _ in 0..STREAMS_PER_KEY {
            streams.push(self.tenant.client.follow(&path).await);
        }
        let one_more = self.tenant.client.follow(&path).await.end().await;
        self.seen.refused(&one_more, "too-many-streams");
        self.tenant.publish("order.streamed", &json!({})).await;
        for mut stream in streams {
            stream.attempt().await;
            self.seen.done(&stream.end().await);
        }
    }

    /// Provokes a problem that any operation can have which lists it.
    async fn provoke(&mut self, operation: &Operation, kind: &str) {
        let path = self.path(operation);
        let (anyone, operator) = (self.app.client(), self.app.operator());
        let of_tenant = operator.with_header("x-tenant-id", self.tenant.id.clone());
        let about_instance =
            ["tenants", "status", "configuration", "chaos"].contains(&operation.tag.as_str());
        let allowed = if about_instance { operator.clone() } else { of_tenant };
        let is_publish = operation.id.starts_with("publish");
        let not_allowed = if is_publish { "viewer" } else { "producer" };
        let max_bytes = match operation.id.as_str() {
            "publishEvent" => 1024 * 1024,
            "publishEvents" => 16 * 1024 * 1024,
            _ => TOO_MANY_BYTES,
        };
        let json = |body: String| Some((JSON, Bytes::from(body)));
        let (client, path, body) = match kind {
            "unauthorized" => (anyone, path, None),
            "forbidden" => (anyone.with_key(&self.app.key(&self.tenant.id, not_allowed).await), path, None),
            "tenant-required" => (operator, path, None),
            "not-found" if operation.placeholders() > 0 => {
                let body = (!operation.bodies.is_empty()).then(|| (JSON, Bytes::from("{}")));
                (allowed, unknown(operation), body)
            }
            "not-found" => (operator.with_header("x-tenant-id", "Not A Tenant".to_owned()), path, None),
            "idempotency-key-reused" => {
                let examples = operation.bodies.get(JSON).and_then(|body| body.examples.values().next());
                let body = examples.map(|example| (JSON, Bytes::from(example.to_string())));
                (allowed.with_header("idempotency-key", USED.to_owned()), path, body)
            }
            "rate-limited" => return self.ask_too_often(operation, &path).await,
            "invalid-request" => (allowed, format!("{path}?colour=red"), None),
            "malformed-json" => (allowed, path, json("{".to_owned())),
            "body-too-large" => (allowed, path, json(" ".repeat(max_bytes + 1))),
            "unsupported-media-type" => (allowed, path, Some(("text/plain", Bytes::from("{}")))),
            other => panic!("{} is said to answer {other}, and nobody knows how to have it", operation.id),
        };
        let answer = client.send(operation.method.clone(), &format!("!{path}"), body).await;
        assert_eq!(answer.operation, Some(operation.id.as_str()), "{kind}");
        self.seen.refused(&answer, kind);
    }

    /// Asks until it has asked for more than it may.
    async fn ask_too_often(&mut self, operation: &Operation, path: &str) {
        // Meanwhile some of it comes back.
        for _ in 0..2 * PER_MINUTE.parse::<u32>().expect("a number") {
            let path = format!("!{path}");
            let answer = if operation.is_stream() {
                self.tireless.follow(&path).await.end().await
            } else {
                self.tireless.send(operation.method.clone(), &path, None).await
            };
            if answer.status == 429 && answer.problem().1 == "rate-limited" {
                return self.seen.refused(&answer, "rate-limited");
            }
        }
        panic!("{} may be asked for ever", operation.id);
    }

    /// Its path, to what there is where that matters.
    fn path(&self, operation: &Operation) -> String {
        match operation.template.strip_prefix("/api/v1/webhooks/{id}") {
            Some(rest) => format!("/api/v1/webhooks/{}{rest}", self.endpoint),
            None if operation.template.ends_with("{type}") => {
                operation.template.replace("{type}", "order.paid")
            }
            None => unknown(operation),
        }
    }
}

/// Its path, to what there is not.
fn unknown(operation: &Operation) -> String {
    let id = match operation.template.split('/').nth(3) {
        Some("webhooks") => "ep_01h455vb4pex5vsknk084sn02q",
        Some("sources" | "inbound") => "src_01h455vb4pex5vsknk084sn02q",
        Some("keys") => "key_01h455vb4pex5vsknk084sn02q",
        Some("replays") => "rpl_01h455vb4pex5vsknk084sn02q",
        Some("deliveries") => "dlv_01h455vb4pex5vsknk084sn02q01h455vb4pex5vsknk084sn02q",
        // No path to anything.
        Some("event-types") => "nobody%20knows",
        _ => "nobody-knows",
    };
    operation.template.replace("{id}", id).replace("{sourceId}", id).replace("{type}", id)
}

/// Those that a request can have, whatever the state of the service.
fn can_be_provoked(problem: &(u16, &str)) -> bool {
    problem.0 < 500
}

#[tokio::test]
async fn every_operation_and_every_problem_of_the_document_occurs() {
    let mut walk = Walk::start().await;
    walk.tenants().await;
    walk.keys().await;
    walk.endpoints().await;
    walk.events().await;
    walk.event_types().await;
    walk.deliveries().await;
    walk.stream().await;
    walk.statistics().await;
    walk.chaos().await;
    walk.configuration().await;
    walk.status().await;
    walk.audit_log().await;
    walk.sources().await;
    walk.inbound().await;
    for operation in &contract().operations {
        for (_, kind) in operation.problems().filter(can_be_provoked) {
            if !walk.seen.problems.contains(&(operation.id.clone(), kind.to_owned())) {
                walk.provoke(operation, kind).await;
            }
        }
    }
    let operations: BTreeSet<String> =
        contract().operations.iter().map(|operation| operation.id.clone()).collect();
    assert_eq!(walk.seen.succeeded, operations);
    let problems = contract().operations.iter().flat_map(|operation| {
        let of_it = operation.problems().filter(can_be_provoked);
        of_it.map(|(_, kind)| (operation.id.clone(), kind.to_owned()))
    });
    assert_eq!(walk.seen.problems, problems.collect());
}
