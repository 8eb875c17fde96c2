//! Every change leaves its line: who did what, when, by which request. What was refused leaves none, and no secret is in it.

use actors::ports::Ledger as _;
use axum::body::Body;
use axum::http::{Request, header};
use domain::endpoint::{Condition, Status};
use domain::id::DeliveryId;
use domain::verdict::{Disable, Verdict};
use hookyard::ledger::admin::keys;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::ledger::{now, record};
use crate::support::process;
use crate::support::site::{JSON, OPERATOR, Site, site};
use crate::support::tenant::text;

/// As [`Site::call`], under this request id and about this tenant.
async fn ask(
    site: &Site,
    key: &str,
    id: &str,
    tenant: Option<&str>,
    call: &str,
    body: &Value,
) -> (u16, Value) {
    let (method, path) = call.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    request = request.header(header::AUTHORIZATION, format!("Bearer {key}")).header("X-Request-Id", id);
    if let Some(tenant) = tenant {
        request = request.header("X-Tenant-Id", tenant);
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        request = request.header(header::CONTENT_TYPE, JSON);
        Body::from(body.to_string())
    };
    let (status, body) = site.send(request.body(body).unwrap()).await;
    (status.as_u16(), body)
}

/// What an operator sees of the audit log, of all tenants.
async fn lines(site: &Site, query: &str) -> Vec<Value> {
    let (status, page) = site.call(OPERATOR, &format!("GET /audit-log?limit=250&{query}"), Value::Null).await;
    assert_eq!((status, &page["nextCursor"]), (200, &Value::Null), "{page}");
    page["items"].as_array().unwrap().clone()
}

/// Does something, and sees its line.
async fn does(site: &Site, key: &str, call: &str, body: Value, action: &str, changed: &[&str]) -> Value {
    let before = lines(site, "").await.len();
    let id = format!("req-{before}");
    let tenant = (key == OPERATOR && !call.contains("/tenants")).then_some("acme");
    let (status, answer) = ask(site, key, &id, tenant, call, &body).await;
    assert!(status < 300, "{call}: {answer}");
    let all = lines(site, "").await;
    assert_eq!(all.len(), before + 1, "{call}: {all:?}");
    let line = all.iter().find(|line| line["requestId"] == *id).unwrap();
    let (name, role) =
        if key == OPERATOR { ("operator key of the configuration", "operator") } else { ("admin", "admin") };
    assert_eq!(
        (&line["action"], &line["keyName"], &line["role"], &line["changed"]),
        (&json!(action), &json!(name), &json!(role), &json!(changed)),
        "{call}"
    );
    let subject = line["subject"].as_str().unwrap();
    assert!(answer["id"] == *subject || call.contains(subject), "{call}: {line}");
    let of_key = lines(site, &format!("keyId={}&subject={subject}", text(&line["keyId"]))).await;
    assert!(of_key.contains(line), "{line}");
    answer
}

fn least() -> Value {
    json!({"url": "https://example.com/hook", "events": ["order.>"]})
}

#[tokio::test]
async fn every_change_leaves_its_line_with_who_made_it() {
    let site = site().await;
    let admin = site.key("admin").await;
    for key in [&*admin, OPERATOR] {
        let made = does(&site, key, "POST /webhooks", least(), "endpoint.created", &[]).await;
        let path = format!("/webhooks/{}", text(&made["id"]));
        let change = json!({"maxInFlight": 3, "events": ["order.>"], "secret": "a new secret of its own", "name": "N"});
        let changed = ["name", "maxInFlight", "secret"];
        does(&site, key, &format!("PATCH {path}"), change, "endpoint.changed", &changed).await;
        does(&site, key, &format!("POST {path}/rotate-secret"), json!({}), "secret.rotated", &[]).await;
        does(&site, key, &format!("POST {path}/replay"), json!({}), "replay.created", &[]).await;
        does(&site, key, &format!("DELETE {path}"), Value::Null, "endpoint.deleted", &[]).await;
        let made =
            does(&site, key, "POST /keys", json!({"name": "k", "role": "viewer"}), "key.created", &[]).await;
        let path = format!("/keys/{}", text(&made["id"]));
        let change = json!({"role": "editor", "expiresAt": null, "name": "k"});
        does(&site, key, &format!("PATCH {path}"), change, "key.changed", &["role"]).await;
        does(&site, key, &format!("DELETE {path}"), Value::Null, "key.deleted", &[]).await;
        let replay = does(&site, key, "POST /dead-letters/replay", json!({}), "replay.created", &[]).await;
        let end = format!("DELETE /replays/{}", text(&replay["id"]));
        does(&site, key, &end, Value::Null, "replay.cancelled", &[]).await;
    }
    does(&site, OPERATOR, "POST /tenants", json!({"id": "new", "name": "New"}), "tenant.created", &[]).await;
    let change = json!({"paused": true, "maxEndpoints": 3, "name": "New"});
    let changed = ["maxEndpoints", "paused"];
    does(&site, OPERATOR, "PATCH /tenants/new", change, "tenant.changed", &changed).await;
    does(&site, OPERATOR, "DELETE /tenants/new", Value::Null, "tenant.deleted", &[]).await;

    let endpoint = site.world.endpoint("a").await;
    let event = site.world.publish(&["a"], &[endpoint]).await[0];
    site.world.set_status(endpoint, Status::Disabled).await;
    site.world.set_status(endpoint, Status::Active).await;
    let retry = format!("POST /deliveries/{}/retry", DeliveryId { event, endpoint });
    does(&site, &admin, &retry, json!({}), "delivery.retried", &[]).await;
}

#[tokio::test]
async fn what_the_service_does_itself_has_its_line() {
    let site = site().await;
    let world = &site.world;
    let endpoint = world.endpoint("a").await;
    let leases = world.own().await;
    let posting = world.posting("a", "k", now(), &[endpoint]);
    let owed = world.post(&[posting], &[]).await;
    let verdict = Verdict::DeadLetter(domain::delivery::Reason::Gone);
    let mut gone = record(owed[0], 1, verdict, Condition::default());
    gone.disable = Some(Disable::Gone("answered 410 gone"));
    for _ in 0..2 {
        world.ledger.record(std::slice::from_ref(&gone), &leases).await.unwrap();
    }
    let failed = lines(&site, "action=endpoint.failed").await;
    assert_eq!(failed.len(), 1, "{failed:?}");
    let line = &failed[0];
    assert_eq!((&line["subject"], &line["tenantId"]), (&json!(endpoint.to_string()), &json!("acme")));
    assert_eq!(
        (&line["keyName"], &line["keyId"], &line["role"]),
        (&json!("hookyard"), &Value::Null, &Value::Null)
    );
    assert_eq!((&line["requestId"], &line["changed"]), (&Value::Null, &json!(["status"])));

    // The operator's key of the configuration, at a start with another one.
    let of_keys = async || -> Vec<Value> {
        let all = lines(&site, "").await.into_iter().filter(|line| line["keyId"].is_null());
        all.map(|line| line["action"].clone()).filter(|action| text(action).starts_with("key.")).collect()
    };
    assert_eq!(of_keys().await, ["key.created"]);
    let configure = async |secret: &str| {
        let id = domain::id::KeyId::new(now(), hookyard::chance::bytes());
        keys::ensure_operator(&world.pool, Some(secret), id, now()).await.unwrap();
    };
    configure(OPERATOR).await;
    assert_eq!(of_keys().await, ["key.created"]);
    site.key("admin").await;
    let (_, other) = site.call(OPERATOR, "POST /keys", json!({"name": "o", "role": "operator"})).await;
    configure("another").await;
    let other = text(&other["key"]);
    let (_, page) = site.call(&other, "GET /audit-log?action=key.deleted", Value::Null).await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{page}");
    assert_eq!(page["items"][0]["keyName"], "hookyard");
}

#[tokio::test]
async fn what_was_refused_or_rolled_back_leaves_none() {
    let site = site().await;
    let (admin, viewer) = (site.key("admin").await, site.key("viewer").await);
    let (_, made) = site.call(&admin, "POST /webhooks", least()).await;
    let endpoint = format!("/webhooks/{}", text(&made["id"]));
    let before = lines(&site, "").await;
    let unknown = "ep_01h455vb4pex5vsknk084sn02q";
    for (key, call, body, expected) in [
        (&viewer, format!("PATCH {endpoint}"), json!({"name": "x"}), 403),
        (&admin, format!("PATCH {endpoint}"), json!({"timeoutMs": 0}), 422),
        (&admin, format!("DELETE /webhooks/{unknown}"), Value::Null, 404),
        (&admin, format!("POST /webhooks/{unknown}/rotate-secret"), json!({}), 404),
        (&admin, "DELETE /keys/key_01h455vb4pex5vsknk084sn02q".to_owned(), Value::Null, 404),
        (&admin, "PATCH /keys/key_01h455vb4pex5vsknk084sn02q".to_owned(), json!({"name": "x"}), 404),
        (&admin, "DELETE /replays/rpl_01h455vb4pex5vsknk084sn02q".to_owned(), Value::Null, 404),
        (&admin, "POST /tenants".to_owned(), json!({"name": "x"}), 403),
    ] {
        let (status, answer) = site.call(key, &call, body).await;
        assert_eq!(status, expected, "{call}: {answer}");
    }
    let taken = site.call(OPERATOR, "POST /tenants", json!({"id": "acme", "name": "x"})).await;
    assert_eq!(taken.0, 409);
    assert_eq!(lines(&site, "").await, before);

    // Whichever of the two cannot be written, the other is not there either.
    for table in ["subscriptions_version", "audit_log"] {
        let fails = format!(
            "create function fail() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
             create constraint trigger failing after insert or update on {table} deferrable initially deferred
                 for each row execute function fail()"
        );
        sqlx::raw_sql(AssertSqlSafe(fails)).execute(&site.world.pool).await.unwrap();
        let (status, _) = site.call(&admin, &format!("PATCH {endpoint}"), json!({"name": "lost"})).await;
        assert_eq!(status, 500, "{table}");
        let heals = format!("drop trigger failing on {table}; drop function fail()");
        sqlx::raw_sql(AssertSqlSafe(heals)).execute(&site.world.pool).await.unwrap();
        let (_, shown) = site.call(&admin, &format!("GET {endpoint}"), Value::Null).await;
        assert_eq!((&shown["name"], lines(&site, "").await.len()), (&made["name"], before.len()), "{table}");
    }
}

#[tokio::test]
async fn no_secret_is_in_it() {
    let site = site().await;
    let admin = site.key("admin").await;
    let mut asked = least();
    asked["customHeaders"] = json!({"X-Token": "told to nobody"});
    let (_, made) = site.call(&admin, "POST /webhooks", asked).await;
    let path = format!("/webhooks/{}", text(&made["id"]));
    let (_, rotated) = site.call(&admin, &format!("POST {path}/rotate-secret"), Value::Null).await;
    let given = json!({"secret": "told to nobody else", "customHeaders": {"X-Token": "nor this"}});
    assert_eq!(site.call(&admin, &format!("PATCH {path}"), given).await.0, 200);
    let written: Vec<String> = sqlx::query_scalar("select row_to_json(audit_log)::text from audit_log")
        .fetch_all(&site.world.pool)
        .await
        .unwrap();
    assert!(written.len() >= 4, "{written:?}");
    let secrets = [&made["secret"], &rotated["secret"]].map(text);
    let others = [&*admin, OPERATOR, "told to", "nor this", "example.com"];
    for secret in secrets.iter().map(String::as_str).chain(others) {
        assert!(!written.iter().any(|line| line.contains(secret)), "{secret}: {written:?}");
    }
}

#[tokio::test]
async fn admins_see_their_tenants_and_operators_all_or_one() {
    let site = site().await;
    let admin = site.key("admin").await;
    for role in ["editor", "viewer", "producer"] {
        let (status, _) = site.call(&site.key(role).await, "GET /audit-log", Value::Null).await;
        assert_eq!(status, 403, "{role}");
    }
    assert_eq!(site.call(OPERATOR, "POST /tenants", json!({"id": "rival", "name": "Rival"})).await.0, 201);
    let asked = json!({"name": "r", "role": "admin", "tenantId": "rival"});
    let rival = text(&site.call(OPERATOR, "POST /keys", asked).await.1["key"]);
    let (_, made) = site.call(&rival, "POST /webhooks", least()).await;
    let of_tenants = |page: &Value| -> Vec<String> {
        let mut found: Vec<String> =
            page["items"].as_array().unwrap().iter().map(|line| line["tenantId"].to_string()).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let (_, theirs) = site.call(&rival, "GET /audit-log", Value::Null).await;
    // What an operator did to the tenant is there too.
    let actions: Vec<&str> =
        theirs["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["endpoint.created", "key.created", "tenant.created"]);
    assert_eq!(of_tenants(&theirs), [r#""rival""#]);
    let (_, mine) = site.call(&admin, "GET /audit-log", Value::Null).await;
    assert_eq!(of_tenants(&mine), [r#""acme""#]);
    let its = format!("GET /audit-log?subject={}", text(&made["id"]));
    let (_, found) = site.call(&admin, &its, Value::Null).await;
    assert_eq!(found["items"], json!([]));
    let (_, all) = site.call(OPERATOR, "GET /audit-log", Value::Null).await;
    assert_eq!(of_tenants(&all), [r#""acme""#, r#""rival""#, "null"]);
    let (_, one) = ask(&site, OPERATOR, "r", Some("rival"), "GET /audit-log", &Value::Null).await;
    assert_eq!(one["items"], theirs["items"]);
    let (status, _) = ask(&site, &rival, "r", Some("acme"), "GET /audit-log", &Value::Null).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn pages_hold_every_line_once_and_filters_leave_the_others_out() {
    let site = site().await;
    let admin = site.key("admin").await;
    let begin = now();
    for _ in 0..7 {
        assert_eq!(site.call(&admin, "POST /webhooks", least()).await.0, 201);
    }
    let walk = async |query: &str| -> Vec<String> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let call = format!("GET /audit-log?limit=3&cursor={cursor}&{query}");
            let (status, page) = site.call(&admin, &call, Value::Null).await;
            assert_eq!(status, 200, "{page}");
            found.extend(page["items"].as_array().unwrap().iter().map(|line| text(&line["id"])));
            match page["nextCursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return found,
            }
        }
    };
    let all = walk("").await;
    assert!(all.len() == 9 && all.is_sorted_by(|newer, older| newer > older), "{all:?}");
    assert_eq!(walk("action=endpoint.created").await.len(), 7);
    let instant = |at: time::OffsetDateTime| domain::event::rfc3339_millis(at);
    assert_eq!(walk(&format!("since={}", instant(begin))).await, all[..7]);
    assert_eq!(walk(&format!("until={}", instant(begin))).await, all[7..]);
    assert_eq!(walk(&format!("since={}&action=key.created", instant(begin))).await, Vec::<String>::new());
    let wrong = "GET /audit-log?action=none&keyId=x&since=today&colour=red";
    let (status, problem) = site.call(&admin, wrong, Value::Null).await;
    assert_eq!((status, problem["errors"].as_array().map(Vec::len)), (422, Some(4)), "{problem}");
}

#[tokio::test]
async fn a_change_is_logged_with_its_request_and_its_key() {
    let mut process = process().await;
    let tenant = process.tenant("acme").await;
    let client = tenant.client.with_header("x-request-id", "made-it".to_owned());
    let made = text(&client.post("/webhooks", &least()).await.expect(201)["id"]);
    let line = process.until_line(|line| line["action"] == "endpoint.created").await;
    assert_eq!(
        (&line["subject"], &line["tenant"], &line["by"]),
        (&json!(made), &json!("acme"), &json!("admin"))
    );
    let noted = tenant.client.get("/audit-log?limit=1").await.expect(200);
    assert_eq!(
        (&line["span"]["request_id"], &line["span"]["key"]),
        (&json!("made-it"), &noted["items"][0]["keyId"])
    );
    assert_eq!((&line["level"], &noted["items"][0]["requestId"]), (&json!("INFO"), &json!("made-it")));
}
