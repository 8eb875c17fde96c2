//! The API's administrative routes over HTTP semantics and a real Postgres: who may do what, what is shown, what is
//! refused. Nothing runs behind it: deliveries are other journeys.

use axum::body::Body;
use axum::http::{Request, header};
use domain::endpoint::Status;
use hookyard::ledger::admin::replays;
use serde_json::{Value, json};

use crate::support::site::{JSON, OPERATOR, site};

fn kind(body: &Value) -> &str {
    body["type"].as_str().unwrap_or_default().trim_start_matches("/problems/")
}

fn least() -> Value {
    json!({"url": "https://example.com/hook", "events": ["order.>"]})
}

#[tokio::test]
async fn an_operator_names_whose_things() {
    let site = site().await;
    let (status, body) = site.call(OPERATOR, "GET /webhooks", Value::Null).await;
    assert_eq!((status, kind(&body)), (400, "tenant-required"));
    for (tenant, expected) in [("acme", 200), ("nobody", 404), ("Not A Tenant", 404)] {
        let request = Request::get("/api/v1/webhooks")
            .header(header::AUTHORIZATION, format!("Bearer {OPERATOR}"))
            .header("X-Tenant-Id", tenant);
        assert_eq!(site.send(request.body(Body::empty()).unwrap()).await.0.as_u16(), expected, "{tenant}");
    }
}

#[tokio::test]
async fn an_endpoint_is_made_shown_changed_and_deleted() {
    let site = site().await;
    let key = site.key("editor").await;
    let before = site.told();
    let (status, made) = site.call(&key, "POST /webhooks", least()).await;
    assert_eq!((status, site.told()), (201, before + 1), "{made}");
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.ends_with(made["secretHint"].as_str().unwrap()));
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    let (_, shown) = site.call(&key, &format!("GET {path}"), Value::Null).await;
    assert!(shown.get("secret").is_none());
    assert_eq!(shown["retrySchedule"], json!(["0s", "1m", "5m", "15m"]));
    let change = json!({"status": "paused", "maxRetries": 7, "retrySchedule": {"initial": "5s", "factor": 4,
        "max": "10h", "jitter": 0.2}, "customHeaders": {"X-Env": "prod"}});
    let (status, changed) = site.call(&key, &format!("PATCH {path}"), change).await;
    assert_eq!(
        (status, changed["status"].as_str(), changed["maxRetries"].as_u64()),
        (200, Some("paused"), Some(7))
    );
    assert_eq!((&changed["url"], changed["retrySchedule"]["factor"].as_u64()), (&shown["url"], Some(4)));
    let limits = |body: &Value| {
        ["rateLimitEnabled", "maxRequestsPerMinute", "burst", "ordered"].map(|name| body[name].clone())
    };
    assert_eq!(limits(&made), [json!(false), json!(60), json!(10), json!(false)]);
    let change = json!({"rateLimitEnabled": true, "burst": 100_000, "ordered": true});
    let (status, changed) = site.call(&key, &format!("PATCH {path}"), change).await;
    assert_eq!((status, limits(&changed)), (200, [json!(true), json!(60), json!(100_000), json!(true)]));
    let (status, rotated) = site.call(&key, &format!("POST {path}/rotate-secret"), Value::Null).await;
    assert!(status == 200 && rotated["secret"].as_str().unwrap() != secret);
    let wrong = json!({"status": "failed", "timeoutMs": 0, "id": "x", "filter": {}});
    let (status, problem) = site.call(&key, &format!("PATCH {path}"), wrong).await;
    let mut pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!((status, pointers), (422, vec!["/filter", "/id", "/status", "/timeoutMs"]));
    assert_eq!(site.call(&key, &format!("DELETE {path}"), Value::Null).await.0, 204);
    for call in ["GET", "DELETE"] {
        assert_eq!(site.call(&key, &format!("{call} {path}"), Value::Null).await.0, 404, "{call}");
    }
    assert_eq!(site.call(&key, &format!("GET {path}/deliveries"), Value::Null).await.0, 200);
}

#[tokio::test]
async fn a_new_endpoint_with_a_rate_has_a_limit() {
    let site = site().await;
    let key = site.key("editor").await;
    for (said, enabled) in [
        (json!({"maxRequestsPerMinute": 600}), true),
        (json!({"burst": 1, "ordered": true}), true),
        (json!({"rateLimitEnabled": false, "burst": 1}), false),
        (json!({"ordered": true}), false),
    ] {
        let mut asked = least();
        asked.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let (status, made) = site.call(&key, "POST /webhooks", asked).await;
        assert_eq!((status, &made["rateLimitEnabled"]), (201, &json!(enabled)), "{made}");
        for (name, value) in said.as_object().unwrap() {
            assert_eq!(made[name], *value, "{name}");
        }
        let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
        let (_, shown) = site.call(&key, &format!("GET {path}"), Value::Null).await;
        for name in ["rateLimitEnabled", "maxRequestsPerMinute", "burst", "ordered"] {
            assert_eq!(shown[name], made[name], "{name}");
        }
        // A number alone turns nothing on in a change.
        let (_, changed) = site.call(&key, &format!("PATCH {path}"), json!({"burst": 2})).await;
        assert_eq!((&changed["rateLimitEnabled"], &changed["burst"]), (&json!(enabled), &json!(2)));
    }
}

#[tokio::test]
async fn anothers_things_do_not_exist() {
    let site = site().await;
    let mine = site.key("admin").await;
    let (_, made) = site.call(&mine, "POST /webhooks", least()).await;
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(site.call(OPERATOR, "POST /tenants", json!({"id": "rival", "name": "Rival"})).await.0, 201);
    let asked = json!({"name": "r", "role": "admin", "tenantId": "rival"});
    let theirs = site.call(OPERATOR, "POST /keys", asked).await.1["key"].as_str().unwrap().to_owned();
    for call in ["GET", "DELETE"] {
        assert_eq!(site.call(&theirs, &format!("{call} {path}"), Value::Null).await.0, 404);
    }
    assert_eq!(site.call(&theirs, &format!("PATCH {path}"), json!({"name": "x"})).await.0, 404);
    assert_eq!(site.call(&theirs, &format!("GET {path}/deliveries"), Value::Null).await.0, 404);
    let (_, keys) = site.call(&theirs, "GET /keys", Value::Null).await;
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
    let asked = json!({"name": "r", "role": "admin", "tenantId": "acme"});
    assert_eq!(site.call(&theirs, "POST /keys", asked).await.0, 404);
    let (_, keys) = site.call(&mine, "GET /keys", Value::Null).await;
    let key = format!("/keys/{}", keys["items"][0]["id"].as_str().unwrap());
    for (call, body) in [("GET", Value::Null), ("PATCH", json!({"name": "x"})), ("DELETE", Value::Null)] {
        assert_eq!(site.call(&theirs, &format!("{call} {key}"), body).await.0, 404, "{call}");
    }
    assert_eq!(site.call(&mine, &format!("GET {key}"), Value::Null).await.0, 200);
}

#[tokio::test]
async fn a_changed_key_allows_what_it_says_at_once() {
    let site = site().await;
    let asked = json!({"name": "k", "role": "viewer", "tenantId": "acme"});
    let (_, made) = site.call(OPERATOR, "POST /keys", asked).await;
    let (key, path) = (made["key"].as_str().unwrap(), format!("/keys/{}", made["id"].as_str().unwrap()));
    assert_eq!(site.call(key, "POST /webhooks", least()).await.0, 403);
    let change = json!({"role": "editor", "expiresAt": "2999-01-01T00:00:00Z"});
    let (status, changed) = site.call(OPERATOR, &format!("PATCH {path}"), change).await;
    assert_eq!((status, &changed["role"], &changed["name"]), (200, &json!("editor"), &json!("k")));
    assert_eq!(changed["expiresAt"], "2999-01-01T00:00:00.000Z");
    assert_eq!(site.call(key, "POST /webhooks", least()).await.0, 201);
    let (status, shown) = site.call(OPERATOR, &format!("GET {path}"), Value::Null).await;
    assert_eq!((status, shown.get("key")), (200, None));
    let (_, unchanged) = site.call(OPERATOR, &format!("PATCH {path}"), json!({})).await;
    assert_eq!((&unchanged["role"], &unchanged["expiresAt"]), (&changed["role"], &changed["expiresAt"]));
    for wrong in [
        json!({"role": "operator"}),
        json!({"expiresAt": "2001-01-01T00:00:00Z"}),
        json!({"tenantId": "acme"}),
    ] {
        assert_eq!(site.call(OPERATOR, &format!("PATCH {path}"), wrong.clone()).await.0, 422, "{wrong}");
    }
    // Nobody takes the operator's rights away, himself included.
    let (_, keys) = site.call(OPERATOR, "GET /keys?limit=250", Value::Null).await;
    let operators = keys["items"].as_array().unwrap().iter().find(|key| key["role"] == "operator").unwrap();
    let path = format!("/keys/{}", operators["id"].as_str().unwrap());
    assert_eq!(site.call(OPERATOR, &format!("PATCH {path}"), json!({"role": "viewer"})).await.0, 422);
    assert_eq!(
        site.call(OPERATOR, &format!("PATCH {path}"), json!({"name": "Root"})).await.1["name"],
        "Root"
    );
}

#[tokio::test]
async fn a_deleted_key_opens_nothing_at_once() {
    let site = site().await;
    let (_, made) =
        site.call(OPERATOR, "POST /keys", json!({"name": "k", "role": "viewer", "tenantId": "acme"})).await;
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert_eq!(site.call(key, "GET /webhooks", Value::Null).await.0, 200);
    assert_eq!(site.call(OPERATOR, &format!("DELETE /keys/{id}"), Value::Null).await.0, 204);
    assert_eq!(site.call(key, "GET /webhooks", Value::Null).await.0, 401);
}

#[tokio::test]
async fn a_replay_that_is_ended_goes_no_further() {
    let site = site().await;
    let (key, viewer) = (site.key("editor").await, site.key("viewer").await);
    let endpoint = site.world.endpoint("a").await;
    site.world.publish(&["a", "a"], &[endpoint]).await;
    site.world.set_status(endpoint, Status::Disabled).await;
    site.world.set_status(endpoint, Status::Active).await;
    let (status, replay) = site.call(&key, "POST /dead-letters/replay", json!({})).await;
    assert_eq!((status, &replay["total"], &replay["finishedAt"]), (202, &json!(2), &Value::Null));
    let path = format!("/replays/{}", replay["id"].as_str().unwrap());
    assert_eq!(site.call(&viewer, &format!("DELETE {path}"), Value::Null).await.0, 403);
    for _ in 0..2 {
        assert_eq!(site.call(&key, &format!("DELETE {path}"), Value::Null).await, (204, Value::Null));
    }
    let (status, ended) = site.call(&viewer, &format!("GET {path}"), Value::Null).await;
    assert_eq!((status, &ended["done"], ended["finishedAt"].is_string()), (200, &json!(0), true), "{ended}");
    assert_eq!(ended["cancelledAt"], ended["finishedAt"]);
    let (status, list) = site.call(&viewer, "GET /replays?limit=1", Value::Null).await;
    assert_eq!((status, &list["items"][0], &list["nextCursor"]), (200, &ended, &Value::Null));
    // Nobody who works replays off finds it.
    assert_eq!(replays::open(&site.world.pool, &[], 10).await.unwrap(), []);
    let (_, dead) = site.call(&key, "GET /dead-letters", Value::Null).await;
    assert_eq!(dead["items"].as_array().map(Vec::len), Some(2));
    let unknown = "DELETE /replays/rpl_01h455vb4pex5vsknk084sn02q";
    assert_eq!(site.call(&key, unknown, Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_key_is_found_and_changed_by_its_id() {
    let site = site().await;
    let asked = json!({"name": "k", "role": "viewer", "tenantId": "acme"});
    let (_, made) = site.call(OPERATOR, "POST /keys", asked).await;
    let path = format!("/keys/{}", made["id"].as_str().unwrap());
    let admin = site.key("admin").await;
    let change = json!({"name": "renamed", "expiresAt": "2999-01-01T00:00:00Z"});
    let (status, changed) = site.call(&admin, &format!("PATCH {path}"), change).await;
    assert_eq!((status, changed["name"].as_str()), (200, Some("renamed")), "{changed}");
    let (status, shown) = site.call(&admin, &format!("GET {path}"), Value::Null).await;
    assert_eq!((status, shown["expiresAt"].as_str()), (200, Some("2999-01-01T00:00:00.000Z")), "{shown}");
    assert!(shown["key"].is_null(), "{shown}");
    let (_, forever) = site.call(OPERATOR, &format!("PATCH {path}"), json!({"expiresAt": null})).await;
    assert_eq!((&forever["name"], &forever["expiresAt"]), (&json!("renamed"), &Value::Null));
    assert_eq!(site.call(OPERATOR, "POST /tenants", json!({"id": "rival", "name": "Rival"})).await.0, 201);
    let asked = json!({"name": "r", "role": "admin", "tenantId": "rival"});
    let theirs = site.call(OPERATOR, "POST /keys", asked).await.1["key"].as_str().unwrap().to_owned();
    assert_eq!(site.call(&theirs, &format!("GET {path}"), Value::Null).await.0, 404);
    assert_eq!(site.call(&theirs, &format!("PATCH {path}"), json!({"name": "x"})).await.0, 404);
}

#[tokio::test]
async fn pages_of_endpoints_hold_each_once() {
    let site = site().await;
    let key = site.key("editor").await;
    for _ in 0..5 {
        site.call(&key, "POST /webhooks", least()).await;
    }
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, page) =
            site.call(&key, &format!("GET /webhooks?limit=2&cursor={cursor}"), Value::Null).await;
        assert_eq!(status, 200, "{page}");
        ids.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert!(ids.len() == 5 && ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_problems() {
    let site = site().await;
    let key = site.key("editor").await;
    let post = |path: &str, kind: &str, body: Vec<u8>| {
        Request::post(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap()
    };
    for (path, media, body, expected) in [
        ("/webhooks", JSON, b"{".to_vec(), (400, "malformed-json")),
        ("/webhooks", JSON, b"[]".to_vec(), (422, "invalid-request")),
        ("/webhooks", JSON, Vec::new(), (400, "malformed-json")),
        ("/webhooks", "text/plain", b"{}".to_vec(), (415, "unsupported-media-type")),
        ("/webhooks", "application/x-ndjson", b"{}".to_vec(), (415, "unsupported-media-type")),
        ("/webhooks", JSON, vec![b' '; 64 * 1024 + 1], (413, "body-too-large")),
        ("/events", JSON, vec![b' '; 1024 * 1024 + 1], (413, "body-too-large")),
        ("/events", JSON, vec![b' '; 1024 * 1024], (400, "malformed-json")),
        ("/events/batch", JSON, vec![b' '; 16 * 1024 * 1024 + 1], (413, "body-too-large")),
        ("/events/batch", JSON, b"[]".to_vec(), (422, "invalid-request")),
        ("/events", JSON, b"{\"event\":\"a\xff\",\"data\":1}".to_vec(), (400, "malformed-json")),
        ("/events", JSON, br#"{"event":"a\u0000","data":1}"#.to_vec(), (422, "invalid-request")),
        (
            "/webhooks",
            JSON,
            br#"{"name":"a\u0000","url":"https://a.example/","events":["a"]}"#.to_vec(),
            (422, "invalid-request"),
        ),
    ] {
        let (status, body) = site.send(post(path, media, body)).await;
        assert_eq!((status.as_u16(), kind(&body)), expected, "{path} {media} {body}");
    }
}

#[tokio::test]
async fn unknown_things_are_404_and_odd_queries_422() {
    let site = site().await;
    let key = site.key("editor").await;
    let ep = "ep_01h455vb4pex5vsknk084sn02q";
    let dlv = format!("dlv_{0}{0}", "01h455vb4pex5vsknk084sn02q");
    for call in [
        format!("GET /webhooks/{ep}"),
        "GET /webhooks/nonsense".to_owned(),
        "GET /webhooks/%FF".to_owned(),
        format!("POST /webhooks/{ep}/test"),
        format!("POST /webhooks/{ep}/rotate-secret"),
        format!("POST /webhooks/{ep}/replay"),
        format!("GET /webhooks/{ep}/deliveries"),
        format!("GET /webhooks/{ep}/stats"),
        format!("GET /deliveries/{dlv}"),
        format!("POST /deliveries/{dlv}/retry"),
        "GET /events/evt_01h455vb4pex5vsknk084sn02q".to_owned(),
        "GET /events/some%00thing".to_owned(),
        "GET /replays/rpl_01h455vb4pex5vsknk084sn02q".to_owned(),
    ] {
        let (status, body) = site.call(&key, &call, Value::Null).await;
        assert_eq!((status, kind(&body)), (404, "not-found"), "{call} {body}");
    }
    for query in ["limit=0", "cursor=zzz", "since=x", "status=odd", "webhookId=1", "colour=red", "event=a..b"]
    {
        let (status, body) = site.call(&key, &format!("GET /deliveries?{query}"), Value::Null).await;
        assert_eq!((status, kind(&body)), (422, "invalid-request"), "{query} {body}");
    }
    for path in [
        "top?by=odd",
        "top?window=31d",
        "top?limit=51",
        "top?cursor=a",
        "top?window=1",
        "ep/stats?window=59m",
    ] {
        let path = path.replace("ep/", &format!("{ep}/"));
        let (status, body) = site.call(&key, &format!("GET /webhooks/{path}"), Value::Null).await;
        assert_eq!((status, kind(&body)), (422, "invalid-request"), "{path} {body}");
    }
    let (status, page) =
        site.call(&key, "GET /webhooks?q=%00&event=%27%29%28&userId=%C3%BC", Value::Null).await;
    assert_eq!(status, 422, "{page}");
    let (status, page) =
        site.call(&key, "GET /webhooks?q=%25&event=%27%29%28&userId=%C3%BC", Value::Null).await;
    assert_eq!((status, page["items"].as_array().map(Vec::len)), (200, Some(0)));
    assert!(site.world.ledger.ping().await.is_ok());
}
