//! Every operation of the OpenAPI document, asked by every role of the tenant whose things it is about, by every role of
//! another tenant, and by nobody: who may, may; who may not is told so; another's things do not exist.
//!
//! The operations and what they need are the document's, so that a new one cannot be forgotten. What a role may is
//! written here once more, as the contract has it.

use std::time::Duration;

use actors::ports::Clock as _;
use bytes::Bytes;
use hookyard::clock::SystemClock;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::support::app::{OPERATOR_KEY, TestApp};
use crate::support::client::{Answer, Client};
use crate::support::contract::{Operation, contract};
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app_with, wait};

const JSON: &str = "application/json";
const TENANT: &str = "x-tenant-id";
const MINE: &str = "acme";
const THEIRS: &str = "rival";

const MAY: [(&str, &[&str]); 5] = [
    ("operator", &["any", "manage-tenants", "manage-keys", "audit", "write", "publish", "read"]),
    ("admin", &["any", "manage-keys", "audit", "write", "publish", "read"]),
    ("editor", &["any", "write", "publish", "read"]),
    ("producer", &["any", "publish"]),
    ("viewer", &["any", "read"]),
];

/// A tenant and one of each thing that it has.
struct Things {
    tenant: Tenant,
    endpoint: String,
    key: String,
    event: String,
    delivery: String,
    replay: String,
    source: String,
    event_type: String,
}

struct World {
    app: TestApp,
    receiver: Receiver,
    mine: Things,
    /// A client with a key of each role, of either tenant: the operator's names the tenant.
    clients: Vec<(&'static str, Client, Client)>,
}

impl World {
    async fn start() -> Self {
        let (app, receiver) =
            (app_with(&[("HOOKYARD__CHAOS__ENABLED", "true")]).await, Receiver::start().await);
        let mine = Things::of(&app, &receiver, app.tenant(MINE).await).await;
        app.tenant(THEIRS).await;
        let mut clients = Vec::new();
        for (role, _) in MAY {
            let (mine, theirs) = (of(&app, MINE, role).await, of(&app, THEIRS, role).await);
            clients.push((role, mine, theirs));
        }
        Self { app, receiver, mine, clients }
    }

    /// The operation on what it is about: a thing of its own where it does away with it.
    async fn path(&self, operation: &Operation) -> String {
        let about_all = !operation.template.contains('{');
        if about_all || operation.method != reqwest::Method::DELETE {
            return self.mine.path(operation);
        }
        let tenant = match operation.tag.as_str() {
            "tenants" => self.app.tenant("spare").await,
            _ => self.mine.tenant.clone(),
        };
        Things::of(&self.app, &self.receiver, tenant).await.path(operation)
    }
}

async fn of(app: &TestApp, tenant: &str, role: &str) -> Client {
    if role == "operator" {
        return app.operator().with_header(TENANT, tenant.to_owned());
    }
    app.client().with_key(&app.key(tenant, role).await)
}

impl Things {
    async fn of(app: &TestApp, receiver: &Receiver, tenant: Tenant) -> Self {
        let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
        let event = tenant.publish("order.paid", &json!({})).await;
        let delivery = text(&tenant.delivery_when(&event, &endpoint, "success").await["id"]);
        let made = json!({"name": "Spare", "role": "viewer", "tenantId": tenant.id});
        let key = text(&app.operator().post("/keys", &made).await.expect(201)["id"]);
        let asked = tenant.client.post(&format!("/webhooks/{}/replay", endpoint.id), &json!({})).await;
        let replay = text(&asked.expect(202)["id"]);
        let source = tenant.client.post("/sources", &json!({"kind": "github", "name": "Spare"})).await;
        let source = text(&source.expect(201)["id"]);
        let event_type = format!("order.{}", endpoint.id);
        let path = format!("/event-types/{event_type}");
        tenant.client.send(reqwest::Method::PUT, &path, Some((JSON, Bytes::from("{}")))).await.expect(200);
        Self { tenant, endpoint: endpoint.id, key, event, delivery, replay, source, event_type }
    }

    fn path(&self, operation: &Operation) -> String {
        let id = match operation.template.split('/').nth(3) {
            Some("webhooks") => &self.endpoint,
            Some("keys") => &self.key,
            Some("events") => &self.event,
            Some("deliveries") => &self.delivery,
            Some("replays") => &self.replay,
            Some("tenants") => &self.tenant.id,
            Some("sources") => &self.source,
            Some("event-types") => &self.event_type,
            _ if operation.placeholders() == 0 => "",
            _ => panic!("{} is about a sort of thing that nobody here has", operation.template),
        };
        operation.template.replace("{id}", id).replace("{type}", id)
    }

    fn ids(&self) -> [&str; 7] {
        let Self { endpoint, key, event, delivery, replay, source, event_type, .. } = self;
        [endpoint, key, event, delivery, replay, source, event_type]
    }
}

/// Those that ask for a key. What is sent to sources is signed instead.
fn operations() -> impl Iterator<Item = &'static Operation> {
    contract().operations.iter().filter(|operation| operation.tag != "inbound")
}

async fn ask(client: &Client, operation: &Operation, path: &str) -> Answer {
    let body = (!operation.bodies.is_empty()).then(|| (JSON, Bytes::from("{}")));
    let path = format!("!{path}");
    let answer = if operation.is_stream() {
        client.follow(&path).await.end().await
    } else {
        client.send(operation.method.clone(), &path, body).await
    };
    assert_eq!(answer.operation, Some(operation.id.as_str()));
    answer
}

fn may(role: &str, operation: &Operation) -> bool {
    let (_, may) = MAY.iter().find(|(name, _)| *name == role).expect("a role");
    assert!(MAY[0].1.contains(&operation.permission.as_str()), "{} needs a known permission", operation.id);
    may.contains(&operation.permission.as_str())
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, kind: &str, what: &str) {
    assert_eq!((answer.status, answer.problem().1.as_str()), (status, kind), "{what}: {}", answer.text());
}

#[tokio::test]
async fn every_role_may_what_it_may_with_what_is_its_own() {
    let world = World::start().await;
    for operation in operations() {
        for (role, client, _) in &world.clients {
            let what = format!("{role} {}", operation.id);
            if may(role, operation) {
                let answer = ask(client, operation, &world.path(operation).await).await;
                assert!(![401, 403, 404].contains(&answer.status), "{what}: {}", answer.text());
                assert!(answer.status < 500, "{what}: {}", answer.text());
            } else {
                let answer = ask(client, operation, &world.mine.path(operation)).await;
                assert_refused(&answer, 403, "forbidden", &what);
            }
        }
    }
}

#[tokio::test]
async fn anothers_things_do_not_exist_for_any_role() {
    let world = World::start().await;
    for operation in operations() {
        let path = world.mine.path(operation);
        for (role, _, rival) in &world.clients {
            let is_of_tenant = operation.permission != "manage-tenants";
            let expected = if may(role, operation) { (404, "not-found") } else { (403, "forbidden") };
            // A name of one's own is nobody else's, though somebody else has the same.
            let is_name = operation.id == "describeEventType";
            if is_name && may(role, operation) {
                continue;
            }
            if operation.placeholders() > 0 && (is_of_tenant || *role != "operator") {
                let answer = ask(rival, operation, &path).await;
                assert_refused(&answer, expected.0, expected.1, &format!("{role} {}", operation.id));
            }
            if is_of_tenant && *role != "operator" {
                let answer = ask(&rival.with_header(TENANT, MINE.to_owned()), operation, &path).await;
                assert_refused(&answer, expected.0, expected.1, &format!("{role} {} by name", operation.id));
            }
        }
    }
    assert_eq!(world.mine.tenant.client.get(&format!("/webhooks/{}", world.mine.endpoint)).await.status, 200);
}

#[tokio::test]
async fn lists_filters_and_cursors_show_nothing_of_anothers() {
    let world = World::start().await;
    world.mine.tenant.publish("order.paid", &json!({})).await;
    let (_, mine, theirs) = world.clients.iter().find(|(role, ..)| *role == "admin").expect("an admin");
    for operation in operations().filter(|operation| operation.method == reqwest::Method::GET) {
        let path = &operation.template;
        if operation.takes("cursor")
            && operation.placeholders() == 0
            && operation.permission != "manage-tenants"
        {
            let of_mine = ask(mine, operation, &format!("{path}?limit=1")).await.expect(200);
            let cursor = of_mine["nextCursor"].as_str().map(|cursor| format!("{path}?cursor={cursor}"));
            for path in [Some(path.clone()), cursor].into_iter().flatten() {
                let answer = ask(theirs, operation, &path).await;
                let shown = answer.text();
                let leaked = world.mine.ids().into_iter().find(|id| shown.contains(id));
                assert_eq!((answer.status, leaked), (200, None), "{path}: {shown}");
            }
        }
        if operation.takes("webhookId") {
            let path = format!("{}?webhookId={}", world.mine.path(operation), world.mine.endpoint);
            assert_refused(&ask(theirs, operation, &path).await, 404, "not-found", &operation.id);
        }
    }
}

#[tokio::test]
async fn without_a_valid_key_there_is_nothing() {
    let world = World::start().await;
    let end = SystemClock.now() + Duration::from_secs(1);
    let asked = json!({"name": "Short", "role": "admin", "tenantId": MINE, "expiresAt": end.format(&Rfc3339).expect("a time")});
    let made: Value = world.app.operator().post("/keys", &asked).await.expect(201);
    let expired = world.app.client().with_key(made["key"].as_str().expect("a key"));
    wait::until("the key to expire", async || expired.get("/webhooks").await.status, |status| *status == 401)
        .await;
    let almost = format!("{OPERATOR_KEY}x");
    let nobody = [world.app.client(), world.app.client().with_key(&almost), expired];
    for operation in operations() {
        for client in &nobody {
            let answer = ask(client, operation, &world.mine.path(operation)).await;
            assert_refused(&answer, 401, "unauthorized", &operation.id);
            assert!(answer.headers.contains_key("www-authenticate"), "{}", operation.id);
        }
    }
}
