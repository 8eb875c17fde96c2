//! The API's routes over HTTP semantics and a real Postgres, with nothing running behind them: every exchange is held
//! against the API's document at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actors::address::Address;
use actors::chaos::Chaos;
use actors::directory::Directory;
use actors::intake;
use actors::ports::{EgressError, Reference};
use actors::registry::Registry;
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::address::Policy;
use domain::attempt::AttemptRecord;
use domain::endpoint::{Endpoint, Kind};
use domain::event::Event;
use domain::id::{EndpointId, KeyId, Shard};
use domain::lease::NodeId;
use domain::template::{Template, Wrong};
use hookyard::api::{
    self, Control, Finding, Health, NotReloaded, Parts, Preview, Reloaded, Rendered, Settings, State,
};
use hookyard::chance;
use hookyard::clock::SystemClock;
use hookyard::ledger::Ledger;
use hookyard::ledger::admin::keys;
use hookyard::live::{self, Live};
use hookyard::vault::Vault;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::contract::{self, Exchange};
use super::ledger::{World, now, world};

pub const JSON: &str = "application/json";
pub const OPERATOR: &str = "operator key of this test";

/// The rest of the service, as far as a change needs it: the directory is brought up to the ledger.
pub struct Told {
    times: AtomicUsize,
    directory: Arc<Directory>,
    ledger: Ledger,
}

#[async_trait]
impl Control for Told {
    async fn changed(&self) {
        self.times.fetch_add(1, Ordering::SeqCst);
        self.directory.refresh(&self.ledger).await.unwrap();
    }

    async fn retry(&self, _: Vec<Reference>) {}

    async fn test(&self, _: Arc<Endpoint>, _: Event) -> Result<AttemptRecord, EgressError> {
        Err(EgressError::Secret("no egress in this test".to_owned()))
    }

    async fn preview(&self, _: Arc<Endpoint>, _: Event) -> Result<Preview, Wrong> {
        Err(Wrong::of_ours("none"))
    }

    async fn render(&self, _: Kind, _: Option<Template>, _: Event) -> Result<Rendered, Wrong> {
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
        Health::default()
    }

    fn node(&self) -> NodeId {
        NodeId(Uuid::nil())
    }
}

/// The API without the rest of the service.
pub struct Site {
    router: Router,
    told: Arc<Told>,
    pub world: Arc<World>,
}

pub async fn site() -> Site {
    let world = world().await;
    let id = KeyId::new(now(), chance::bytes());
    keys::ensure_operator(&world.pool, Some(OPERATOR), id, now()).await.unwrap();
    Site::of(Arc::new(world))
}

impl Site {
    fn of(world: Arc<World>) -> Self {
        let directory = Arc::new(Directory::new(Arc::new(Registry::default())));
        let told = Told {
            times: AtomicUsize::new(0),
            directory: Arc::clone(&directory),
            ledger: world.ledger.clone(),
        };
        let told = Arc::new(told);
        let nobody = live::Limits { per_key: 0, per_tenant: 0, all: 0 };
        let live = Arc::new(Live::new(Arc::clone(&directory), nobody, CancellationToken::new()));
        let state = State::new(Parts {
            pool: world.pool.clone(),
            directory: Arc::clone(&directory),
            intake: intake::Handle::new(Address::default(), directory, 10, Duration::from_secs(1)),
            vault: Arc::new(Vault::new(&[("a".to_owned(), [1; 32])]).unwrap()),
            clock: Arc::new(SystemClock),
            policy: Arc::new(Policy::default()),
            control: told.clone(),
            live,
            settings: Settings::default(),
        });
        let router = api::router(state, None);
        Self { router, told, world }
    }

    /// Another node on the same ledger.
    pub fn beside(&self) -> Self {
        Self::of(Arc::clone(&self.world))
    }

    /// Has it look whether anything changed elsewhere, as a node does twice a second.
    pub async fn look(&self) {
        self.told.directory.refresh(&self.world.ledger).await.unwrap();
    }

    /// How often the rest of the service was told that something changed.
    pub fn told(&self) -> usize {
        self.told.times.load(Ordering::SeqCst)
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let (head, body) = request.into_parts();
        let sent = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let request = Request::from_parts(head.clone(), Body::from(sent.clone()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
        let media = head.headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
        contract::check(&Exchange {
            method: &head.method,
            target: &head.uri.to_string(),
            sent: media.map(|media| (media, &sent[..])),
            has_attributes: false,
            status: status.as_u16(),
            headers: &headers,
            body: &body,
        });
        (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
    }

    /// `call` is a method and a path below `/api/v1`.
    pub async fn call(&self, key: &str, call: &str, body: Value) -> (u16, Value) {
        let (method, path) = call.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, JSON);
            Body::from(body.to_string())
        };
        let (status, body) = self.send(request.body(body).unwrap()).await;
        (status.as_u16(), body)
    }

    /// A key of a role, of the tenant that there is.
    pub async fn key(&self, role: &str) -> String {
        let asked = json!({"name": role, "role": role, "tenantId": "acme"});
        let (status, body) = self.call(OPERATOR, "POST /keys", asked).await;
        assert_eq!(status, 201, "{body}");
        body["key"].as_str().unwrap().to_owned()
    }
}
