//! What the router answers without a ledger: paths, methods, ids of requests, health, the document.

use std::sync::Arc;
use std::time::Duration;

use actors::address::Address;
use actors::chaos::Chaos;
use actors::directory::Directory;
use actors::intake;
use actors::ports::{Clock, EgressError, Reference};
use actors::registry::Registry;
use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request};
use domain::address::Policy;
use domain::attempt::AttemptRecord;
use domain::endpoint::{Endpoint, Kind as KindOfEndpoint};
use domain::event::Event;
use domain::id::{EndpointId, Shard};
use domain::lease::NodeId;
use domain::template::{Template, Wrong};
use serde_json::Value;
use sqlx::postgres::PgPoolOptions;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::*;
use crate::api::control::{Control, Finding, Health, NotReloaded, Part, Preview, Reloaded, Rendered};
use crate::api::state::Parts;
use crate::live;
use crate::live::Live;
use crate::vault::Vault;

struct Still;

impl Clock for Still {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }

    fn uptime(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn random(&self) -> f64 {
        0.0
    }
}

#[async_trait]
impl Control for Still {
    async fn changed(&self) {}

    async fn retry(&self, _: Vec<Reference>) {}

    async fn test(&self, _: Arc<Endpoint>, _: Event) -> Result<AttemptRecord, EgressError> {
        Err(EgressError::Secret("none".to_owned()))
    }

    async fn preview(&self, _: Arc<Endpoint>, _: Event) -> Result<Preview, Wrong> {
        Err(Wrong::of_ours("none"))
    }

    async fn render(&self, _: KindOfEndpoint, _: Option<Template>, _: Event) -> Result<Rendered, Wrong> {
        Err(Wrong::of_ours("none"))
    }

    async fn reload(&self) -> Result<Reloaded, NotReloaded> {
        Ok(Reloaded::default())
    }

    fn chaos(&self) -> Option<&Chaos> {
        None
    }

    async fn examine(&self) -> Result<Vec<Finding>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Vec::new())
    }

    fn shard_of(&self, endpoint: EndpointId) -> Shard {
        Shard::of(endpoint, 1)
    }

    fn health(&self) -> Health {
        Health { parts: vec![("ledger", Part::Failed), ("queue", Part::Degraded)] }
    }

    fn node(&self) -> NodeId {
        NodeId(Uuid::nil())
    }
}

/// A service whose ledger nobody answers for.
fn service() -> Router {
    service_for(Vec::new())
}

/// One that pages of these origins may call.
fn service_for(cors_origins: Vec<String>) -> Router {
    let pool = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(200))
        .connect_lazy("postgres://nobody@127.0.0.1:1/none")
        .unwrap();
    let directory = Arc::new(Directory::new(Arc::new(Registry::default())));
    let state = State::new(Parts {
        pool,
        directory: Arc::clone(&directory),
        intake: intake::Handle::new(Address::default(), Arc::clone(&directory), 10, Duration::from_secs(1)),
        vault: Arc::new(Vault::new(&[("a".to_owned(), [1; 32])]).unwrap()),
        clock: Arc::new(Still),
        policy: Arc::new(Policy::default()),
        control: Arc::new(Still),
        live: Arc::new(Live::new(
            directory,
            live::Limits { per_key: 1, per_tenant: 1, all: 1 },
            CancellationToken::new(),
        )),
        settings: settings::Settings {
            cors_origins,
            body_max_bytes: 100,
            base_url: Some("https://hooks.example.com".to_owned()),
            ..settings::Settings::default()
        },
    });
    router(state, None)
}

async fn call(request: Request<Body>) -> (Response, Value) {
    let response = service().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 16 * 1024 * 1024).await.unwrap();
    let read = serde_json::from_slice(&body).unwrap_or(Value::Null);
    (Response::from_parts(head, Body::from(body)), read)
}

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

async fn get(path: &str) -> (Response, Value) {
    call(request(Method::GET, path).body(Body::empty()).unwrap()).await
}

fn kind(body: &Value) -> &str {
    body["type"].as_str().unwrap_or_default().trim_start_matches("/problems/")
}

#[tokio::test]
async fn without_a_key_nothing_of_the_api_is_shown() {
    for (method, path) in [
        (Method::GET, "/api/v1/webhooks"),
        (Method::POST, "/api/v1/events"),
        (Method::GET, "/api/v1/deliveries/nonsense"),
        (Method::DELETE, "/api/v1/tenants/acme"),
    ] {
        let (response, body) = call(request(method, path).body(Body::empty()).unwrap()).await;
        assert_eq!((response.status().as_u16(), kind(&body)), (401, "unauthorized"), "{path}");
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE), "{path}");
    }
}

#[tokio::test]
async fn what_leads_nowhere_is_a_problem_too() {
    for path in ["/", "/api/v1", "/api/v1/webhook", "/api/v2/events", "/problems/none", "/api/v1/webhooks/"] {
        let (response, body) = get(path).await;
        assert_eq!((response.status().as_u16(), kind(&body)), (404, "not-found"), "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
    let (response, body) = call(request(Method::PUT, "/api/v1/webhooks").body(Body::empty()).unwrap()).await;
    assert_eq!((response.status().as_u16(), kind(&body)), (405, "method-not-allowed"));
    let allow = response.headers()[header::ALLOW].to_str().unwrap().to_owned();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}

#[tokio::test]
async fn a_request_keeps_its_id_or_is_given_one() {
    let with = |id: &str| {
        request(Method::GET, "/api/nowhere").header("X-Request-Id", id).body(Body::empty()).unwrap()
    };
    let (response, body) = call(with("abc-1.2_3")).await;
    assert_eq!(response.headers()["x-request-id"], "abc-1.2_3");
    assert_eq!(body["requestId"], "abc-1.2_3");
    for odd in ["a b", "<script>", "", &"x".repeat(129)] {
        let (response, body) = call(with(odd)).await;
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert!(id.starts_with("req_"), "{odd}");
        assert_eq!(body["requestId"], id);
    }
}

#[tokio::test]
async fn a_ledger_that_is_away_is_a_503_that_says_when_to_come_back() {
    let request = request(Method::GET, "/api/v1/webhooks").header("Authorization", "Bearer hy_something");
    let (response, body) = call(request.body(Body::empty()).unwrap()).await;
    assert_eq!((response.status().as_u16(), kind(&body)), (503, "unavailable"));
    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    assert!(!body.to_string().contains("127.0.0.1"), "{body}");
}

#[tokio::test]
async fn health_names_the_part_that_failed() {
    let (response, _) = get("/livez").await;
    assert_eq!(response.status().as_u16(), 200);
    let (response, body) = get("/readyz").await;
    assert_eq!((response.status().as_u16(), body["parts"]["ledger"].as_str()), (503, Some("failed")));
}

#[tokio::test]
async fn every_problem_has_its_page() {
    for kind in Kind::ALL {
        let (response, _) = get(&format!("/problems/{}", kind.slug())).await;
        assert_eq!(response.status().as_u16(), 200, "{}", kind.slug());
    }
}

#[tokio::test]
async fn the_page_to_try_the_api_asks_nothing_of_others() {
    let (response, document) = get(DOCUMENT).await;
    assert_eq!((response.status().as_u16(), document["openapi"].as_str()), (200, Some("3.1.0")));
    assert_eq!(document["servers"], serde_json::json!([{"url": "https://hooks.example.com"}]));
    let (response, _) = get("/api/v1/docs/").await;
    assert_eq!(response.status().as_u16(), 200);
    let (response, _) = get("/api/v1/docs/swagger-initializer.js").await;
    let bytes = axum::body::to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap().replace(char::is_whitespace, "");
    // Left out, it would be a validator elsewhere.
    assert!(text.contains(r#""validatorUrl":"none""#) && text.contains(DOCUMENT), "{text}");
}

#[tokio::test]
async fn browsers_take_no_answer_for_what_it_is_not() {
    for path in ["/api/nowhere", "/api/v1/webhooks", "/livez", DOCUMENT, "/problems/not-found"] {
        let (response, _) = get(path).await;
        let told = |name| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(told(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(told(header::X_FRAME_OPTIONS), "DENY", "{path}");
        assert_eq!(told(header::REFERRER_POLICY), "no-referrer", "{path}");
        assert_eq!(told(header::CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(
            told(header::CONTENT_SECURITY_POLICY),
            "default-src 'none'; frame-ancestors 'none'",
            "{path}"
        );
    }
    let (response, _) = get("/api/v1/docs/").await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("default-src 'none'"), "{policy}");
    let bytes = axum::body::to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    let page = String::from_utf8(bytes.to_vec()).unwrap();
    let scripts: Vec<&str> = page.split("<script").skip(1).collect();
    assert!(!scripts.is_empty() && scripts.iter().all(|script| script.starts_with(" src=\"./")), "{page}");
}

#[tokio::test]
async fn pages_of_other_origins_may_call_only_where_they_are_named() {
    const ALLOWED: &str = "https://app.example.com";
    let asked = |origin: &str| {
        request(Method::OPTIONS, "/api/v1/webhooks")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type")
            .body(Body::empty())
            .unwrap()
    };
    let answer = |response: &Response| {
        let allowed = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        allowed.map(|origin| origin.to_str().unwrap().to_owned())
    };
    let (off, _) = call(asked(ALLOWED)).await;
    assert_eq!((off.status().as_u16(), answer(&off)), (405, None));
    let service = service_for(vec![ALLOWED.to_owned()]);
    let on = service.clone().oneshot(asked(ALLOWED)).await.unwrap();
    assert_eq!((on.status().as_u16(), answer(&on).as_deref()), (200, Some(ALLOWED)));
    assert!(!on.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "keys are no cookies");
    let other = service.clone().oneshot(asked("https://evil.example.com")).await.unwrap();
    assert_eq!(answer(&other), None);
    let read = request(Method::GET, "/livez").header("Origin", ALLOWED).body(Body::empty()).unwrap();
    let read = service.oneshot(read).await.unwrap();
    assert_eq!(answer(&read).as_deref(), Some(ALLOWED));
    assert!(read.headers()[header::VARY].to_str().unwrap().contains("origin"));
}

#[test]
fn the_document_is_written_down() {
    let written = include_str!("../../../docs/openapi.json");
    let now = openapi().to_pretty_json().unwrap();
    if written.trim() != now.trim() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
        std::fs::write(path, format!("{now}\n")).unwrap();
        panic!("docs/openapi.json was behind the API and is renewed: look at the difference and commit it");
    }
}
