//! What is wrong is refused with the documented problem, every wrong field named at once, and changes nothing.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::tenant::Tenant;
use crate::support::{Receiver, app};

const UNKNOWN: [&str; 5] = [
    "/webhooks/ep_00000000000000000000000000",
    "/deliveries/dlv_0000000000000000000000000000000000000000000000000000",
    "/events/evt_00000000000000000000000000",
    "/events/never-published",
    "/replays/rpl_00000000000000000000000000",
];

async fn raw(client: &Client, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    client.send(method, path, Some(("application/json", Bytes::from(body.into())))).await
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    let (found_status, found, _) = answer.problem();
    assert_eq!((found_status, found.as_str()), (status, kind), "{}", answer.text());
}

/// Refused with exactly these pointers, in whatever order.
#[track_caller]
fn assert_fields(answer: &Answer, pointers: &[&str]) {
    assert_problem(answer, 422, "invalid-request");
    let mut found = answer.problem().2;
    found.sort();
    found.dedup();
    assert_eq!(found, pointers, "{}", answer.text());
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    for path in ["/events", "/events/batch", "/webhooks", "/keys"] {
        for body in [&b""[..], b"{", b"{\"event\":}", b"\xff\xfe", b"{} {}", b"nul", b"{\"a\":\"\x01\"}"] {
            assert_problem(&raw(&tenant.client, Method::POST, path, body).await, 400, "malformed-json");
        }
        let unsaid = tenant.client.send(Method::POST, path, Some(("text/plain", Bytes::from("{}")))).await;
        assert_problem(&unsaid, 415, "unsupported-media-type");
    }
    for body in ["null", "7", "[]", "\"text\"", "true"] {
        assert_fields(&raw(&tenant.client, Method::POST, "/events", body).await, &[""]);
        assert_fields(&raw(&tenant.client, Method::POST, "/webhooks", body).await, &[""]);
    }
    let deep = format!("{{\"event\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let refused = raw(&tenant.client, Method::POST, "/events", deep).await;
    assert!([400, 422].contains(&refused.problem().0), "{}", refused.text());
    assert_eq!(tenant.client.get("/events").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let event = |bytes: usize| format!("{{\"event\":\"large\",\"data\":\"{}\"}}", "x".repeat(bytes));
    let mib = 1024 * 1024;
    assert_problem(&raw(&tenant.client, Method::POST, "/events", event(mib)).await, 413, "body-too-large");
    let batch = format!("[{}]", event(16 * mib));
    assert_problem(&raw(&tenant.client, Method::POST, "/events/batch", batch).await, 413, "body-too-large");
    let endpoint = json!({"url": "https://example.com/", "events": ["a"], "name": "x".repeat(65 * 1024)});
    assert_problem(&tenant.client.post("/webhooks", &endpoint).await, 413, "body-too-large");
    // What just fits is delivered.
    let fits = event(mib - event(0).len());
    assert_eq!(fits.len(), mib);
    raw(&tenant.client, Method::POST, "/events", fits).await.expect(202);
    let request = receiver.wait_for(1).await.remove(0);
    assert!(request.body.len() > mib);
    app.settled(&tenant).await;
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn events_with_wrong_fields() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let all = json!({"event": "a..b", "eventId": "größe", "timestamp": "yesterday", "deliverAt": "2030-01-01T00:00:00Z",
        "expiresAt": "2020-01-01T00:00:00Z", "channels": ["a b"], "datum": {}});
    let pointers =
        ["/channels/0", "/data", "/datum", "/deliverAt", "/event", "/eventId", "/expiresAt", "/timestamp"];
    assert_fields(&tenant.client.post("/events", &all).await, &pointers);
    let too_long = "x".repeat(201);
    for event in [
        json!(7),
        json!(null),
        json!(""),
        json!("a b"),
        json!("é"),
        json!("a.*"),
        json!(".a"),
        json!(too_long),
    ] {
        let answer = tenant.client.post("/events", &json!({"event": event, "data": 1})).await;
        assert_fields(&answer, &["/event"]);
    }
    for id in [json!(7), json!(null), json!(""), json!("a\nb"), json!(too_long)] {
        let answer = tenant.client.post("/events", &json!({"event": "a", "eventId": id, "data": 1})).await;
        assert_fields(&answer, &["/eventId"]);
    }
    let twice = r#"{"event":"a","event":"b","data":1}"#;
    assert_fields(&raw(&tenant.client, Method::POST, "/events", twice).await, &["/event"]);
    assert_eq!(tenant.client.get("/events").await.expect(200)["items"], json!([]));
}

/// URLs that no endpoint may have, although loopback is allowed here. Where a name leads is seen at the attempt.
const BAD_URLS: &[&str] = &[
    "",
    "example.com/hook",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://93.184.215.14/",
    "https://user:password@example.com/",
    "https://user@example.com/",
    "https://",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:22/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[64:ff9b::a00:1]/",
    "https://0x0a.1/",
    "https://3232235777/",
    "https://exa mple.com/",
    "https://example.com/\n",
];

#[tokio::test]
async fn endpoints_with_wrong_fields() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let all = json!({"name": "", "url": "http://10.0.0.1/", "events": ["a..b", "ok", 7, ">.a"], "kind": "mail",
        "secret": "short", "userId": "", "filter": {}, "channels": ["a", ""],
        "customHeaders": {"Host": "a", "X-Ok": "b", "webhook-id": "c"}, "rateLimitEnabled": "yes",
        "maxRequestsPerMinute": 0, "burst": 100_001, "maxInFlight": 0, "ordered": null, "timeoutMs": 1,
        "maxRetries": -1, "retrySchedule": ["soon"], "autoDisableAfter": 0, "autoDisableMinDuration": "1 hour",
        "signatures": ["v2"], "format": "xml", "auth": {"bearer": "a b"}, "headerPrefix": "webhook-",
        "template": "x {{", "templates": {"a..b": "x"}, "colour": "red", "id": "ep_1", "status": "failed"});
    let answer = tenant.client.post("/webhooks", &all).await;
    assert_problem(&answer, 422, "invalid-request");
    let found = answer.problem().2;
    for name in all.as_object().unwrap().keys() {
        let pointer = format!("/{name}");
        // With a prefix that is none, headers cannot be vetted.
        let is_named =
            found.iter().any(|found| *found == pointer || found.starts_with(&format!("{pointer}/")));
        assert!(is_named || name == "customHeaders", "{name} is not among {found:#?}");
    }
    for (name, values) in [
        ("maxRequestsPerMinute", json!([0, -1, 1_000_001, 4_294_967_297_u64, 1.5, "60", null, true])),
        ("burst", json!([0, -1, 100_001, 1e300, "10", null, []])),
        ("ordered", json!([null, 0, "true", {}])),
        ("rateLimitEnabled", json!([null, 1, "false"])),
    ] {
        for value in values.as_array().unwrap() {
            let body = json!({"url": "https://example.com/", "events": ["a"], name: value});
            assert_fields(&tenant.client.post("/webhooks", &body).await, &[&format!("/{name}")]);
        }
    }
    let headers = json!({"url": "https://example.com/", "events": ["a"],
        "customHeaders": {"Host": "a", "X-Ok": "b", "webhook-id": "c", "X-Bad": "a\r\nX-Injected: b"}});
    let pointers = ["/customHeaders/Host", "/customHeaders/X-Bad", "/customHeaders/webhook-id"];
    assert_fields(&tenant.client.post("/webhooks", &headers).await, &pointers);
    for url in BAD_URLS {
        let answer = tenant.client.post("/webhooks", &json!({"url": url, "events": ["a"]})).await;
        assert_eq!(answer.status, 422, "{url}: {}", answer.text());
        assert_fields(&answer, &["/url"]);
    }
    for pattern in ["", ".", "a.", ">.a", "a.>.b", "a*", "a b", "größe", "a.**"] {
        let body = json!({"url": "https://example.com/", "events": ["fine.*", pattern]});
        assert_fields(&tenant.client.post("/webhooks", &body).await, &["/events/1"]);
    }
    for (events, pointers) in [
        (json!([]), &["/events"][..]),
        (json!("a"), &["/events"]),
        (json!(null), &["/events"]),
        (json!(["a", "a"]), &["/events/1"]),
    ] {
        let body = json!({"url": "https://example.com/", "events": events});
        assert_fields(&tenant.client.post("/webhooks", &body).await, pointers);
    }
    assert_fields(&tenant.client.post("/webhooks", &json!({})).await, &["/events", "/url"]);
    assert_eq!(tenant.client.get("/webhooks").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_wrong_change_changes_nothing() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint("https://example.com/hook", &["a"]).await;
    let before = tenant.show(&endpoint).await;
    let path = format!("/webhooks/{}", endpoint.id);
    let bad = json!({"url": "https://10.0.0.1/", "status": "failed", "name": null, "maxRetries": "3", "tenantId": "other",
        "burst": 0, "maxRequestsPerMinute": 1_000_001, "ordered": "no", "rateLimitEnabled": null});
    let pointers = [
        "/burst",
        "/maxRequestsPerMinute",
        "/maxRetries",
        "/name",
        "/ordered",
        "/rateLimitEnabled",
        "/status",
        "/tenantId",
        "/url",
    ];
    assert_fields(&tenant.client.patch(&path, &bad).await, &pointers);
    assert_problem(&raw(&tenant.client, Method::PATCH, &path, "{").await, 400, "malformed-json");
    let rotate = format!("{path}/rotate-secret");
    let bad = json!({"overlap": "99d", "secret": "short", "x": 1});
    assert_fields(&tenant.client.post(&rotate, &bad).await, &["/overlap", "/secret", "/x"]);
    let replay = format!("{path}/replay");
    let bad = json!({"status": ["sent"], "since": "yesterday", "event": "a..b", "x": 1});
    assert_fields(&tenant.client.post(&replay, &bad).await, &["/event", "/since", "/status", "/x"]);
    assert_fields(
        &tenant.client.post("/dead-letters/replay", &json!({"status": ["unsent"]})).await,
        &["/status"],
    );
    // A path without fields takes none, and one without a query no parameter.
    let delivery = "/deliveries/dlv_0000000000000000000000000000000000000000000000000000/retry";
    let test = format!("{path}/test");
    assert_fields(&tenant.client.post(&test, &json!({"event": "a..b", "x": 1})).await, &["/event", "/x"]);
    for (silent, unknown) in [(test.as_str(), "/x"), (delivery, "/event")] {
        assert_fields(&tenant.client.post(silent, &json!({&unknown[1..]: "order.paid"})).await, &[unknown]);
        assert_problem(&raw(&tenant.client, Method::POST, silent, "{").await, 400, "malformed-json");
        assert_fields(&tenant.client.post(&format!("{silent}?at=once"), &json!({})).await, &["?at"]);
    }
    assert_fields(&tenant.client.delete(&format!("{path}?dryRun=true")).await, &["?dryRun"]);
    let paused = format!("{path}?status=paused");
    assert_fields(&tenant.client.patch(&paused, &json!({})).await, &["?status"]);
    assert_eq!(tenant.show(&endpoint).await, before);
}

async fn clients(app: &TestApp, tenant: &Tenant) -> Vec<(&'static str, Client)> {
    let mut clients = vec![("operator", app.operator().with_header("x-tenant-id", tenant.id.clone()))];
    for role in ["admin", "editor", "producer", "viewer"] {
        clients.push((role, app.client().with_key(&app.key(&tenant.id, role).await)));
    }
    clients
}

#[tokio::test]
async fn keys_and_roles() {
    let app = app().await;
    let (tenant, other) = (app.tenant("acme").await, app.tenant("other").await);
    let keys = ["", "hy_", "hy_unknown0unknown0unknown0unknown0unknown", "null", "' or 1=1 --"];
    for client in keys.map(|key| app.client().with_key(key)).into_iter().chain([app.client()]) {
        let answer = client.get("/webhooks").await;
        assert_problem(&answer, 401, "unauthorized");
        assert!(answer.headers.contains_key("www-authenticate"));
        assert_problem(&client.post("/events", &json!({"event": "a", "data": 1})).await, 401, "unauthorized");
    }
    // operator, admin, editor, producer, viewer
    let (publish, endpoint, key) = (
        json!({"event": "a", "data": 1}),
        json!({"url": "https://example.com/", "events": ["b"]}),
        json!({"name": "k", "role": "viewer"}),
    );
    let table: [(Method, &str, Value, [u16; 5]); 7] = [
        (Method::POST, "/events", publish, [202, 202, 202, 202, 403]),
        (Method::POST, "/webhooks", endpoint, [201, 201, 201, 403, 403]),
        (Method::GET, "/webhooks", Value::Null, [200, 200, 200, 403, 200]),
        (Method::GET, "/deliveries", Value::Null, [200, 200, 200, 403, 200]),
        (Method::POST, "/keys", key, [201, 201, 403, 403, 403]),
        (Method::GET, "/keys", Value::Null, [200, 200, 403, 403, 403]),
        (Method::GET, "/tenants", Value::Null, [200, 403, 403, 403, 403]),
    ];
    let clients = clients(&app, &tenant).await;
    for (method, path, body, statuses) in table {
        for ((role, client), status) in clients.iter().zip(statuses) {
            let body = (!body.is_null()).then(|| ("application/json", Bytes::from(body.to_string())));
            let answer = client.send(method.clone(), path, body).await;
            assert_eq!(answer.status, status, "{role} {method} {path}: {}", answer.text());
            if status == 403 {
                assert_problem(&answer, 403, "forbidden");
            }
        }
    }
    assert_problem(&app.operator().get("/webhooks").await, 400, "tenant-required");
    // Another tenant's things are not there.
    let theirs = other.endpoint("https://example.com/", &["a"]).await;
    let path = format!("/webhooks/{}", theirs.id);
    assert_problem(&tenant.client.get(&path).await, 404, "not-found");
    assert_problem(&tenant.client.patch(&path, &json!({"status": "disabled"})).await, 404, "not-found");
    assert_problem(&tenant.client.delete(&path).await, 404, "not-found");
    assert_problem(&tenant.client.post(&format!("{path}/test"), &json!({})).await, 404, "not-found");
    assert_eq!(other.show(&theirs).await["status"], "active");
}

#[tokio::test]
async fn what_is_not_there() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    for path in UNKNOWN {
        assert_problem(&tenant.client.get(path).await, 404, "not-found");
    }
    for path in [
        "/webhooks/nonsense",
        "/deliveries/%00",
        "/events/%ff",
        "/replays/..%2f",
        "/webhooks/ep_0/x",
        "/nothing",
    ] {
        assert_problem(&tenant.client.get(path).await, 404, "not-found");
    }
    let delivery = "/deliveries/dlv_0000000000000000000000000000000000000000000000000000/retry";
    assert_problem(&tenant.client.post(delivery, &json!({})).await, 404, "not-found");
    assert_problem(&tenant.client.delete("/events").await, 405, "method-not-allowed");
    let odd = "/deliveries?status=lost&webhookId=x&since=now&limit=0&cursor=!!&colour=red";
    let pointers = ["?colour", "?cursor", "?limit", "?since", "?status", "?webhookId"];
    assert_fields(&tenant.client.get(odd).await, &pointers);
    let taken = app.operator().post("/tenants", &json!({"id": "acme", "name": "again"})).await;
    assert_problem(&taken, 409, "tenant-exists");
    let endpoint = |user: &str| json!({"url": "https://example.com/", "events": ["a"], "userId": user});
    for _ in 0..5 {
        tenant.client.post("/webhooks", &endpoint("u_1")).await.expect(201);
    }
    assert_problem(&tenant.client.post("/webhooks", &endpoint("u_1")).await, 409, "endpoint-limit-reached");
    tenant.client.post("/webhooks", &endpoint("u_2")).await.expect(201);
}
