//! The service on a Postgres and a nats-server of its own, in a runtime of its own, so that it can be ended like a
//! process: in good order, or as if it were killed.

use std::sync::OnceLock;

use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use hookyard::app::App;
use hookyard::config::{Config, Sources};
use hookyard::servers::{Nats, Postgres};
use hookyard::telemetry;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use sqlx::PgPool;
use tokio::runtime::Runtime;

use super::client::Client;
use super::servers::{self, Housed};
use super::tenant::{Tenant, text};
use super::wait;

pub const OPERATOR_KEY: &str = "hy_operator0operator0operator0operator0operator";
const VAULT_KEYS: &str = r#"["test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]"#;

/// As `HOOKYARD__QUEUE__SHARDS` has it.
pub(super) const SHARDS: u16 = 4;

/// What every service of the journeys is started with, besides where its servers are.
pub const SETTINGS: [(&str, &str); 11] = [
    ("HOOKYARD_ENV", "development"),
    ("HOOKYARD__SERVER__LISTEN", "127.0.0.1:0"),
    ("HOOKYARD__SERVER__OPERATOR_KEY", OPERATOR_KEY),
    ("HOOKYARD__VAULT__KEYS", VAULT_KEYS),
    ("HOOKYARD__EGRESS__ALLOW_CIDRS", r#"["127.0.0.0/8"]"#),
    // Nobody listens at port 9, which is what the journeys want of it.
    ("HOOKYARD__EGRESS__PORTS_DENIED", "[22, 25]"),
    ("HOOKYARD__QUEUE__SHARDS", "4"),
    ("HOOKYARD__DELIVERY__IDLE_STOP", "1s"),
    // Receivers fail on command here. The journeys of the breaker set it themselves.
    ("HOOKYARD__BREAKER__FAILURES", "1000"),
    ("HOOKYARD__LOG__FORMAT", "text"),
    ("HOOKYARD__LOG__FILTER", "info,async_nats=warn,sqlx=warn"),
];

pub struct TestApp {
    /// Dropped first, and before its servers.
    running: Option<Running>,
    settings: Vec<(String, String)>,
    config: Config,
    /// For looks from outside.
    client: async_nats::Client,
    pub postgres: Housed<Postgres>,
    pub nats: Housed<Nats>,
}

struct Running {
    app: App,
    runtime: Runtime,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The service with the settings of the journeys.
pub async fn app() -> TestApp {
    app_with(&[]).await
}

/// The service with these settings besides, named as in the environment.
pub async fn app_with(settings: &[(&str, &str)]) -> TestApp {
    let (postgres, nats) = tokio::join!(servers::postgres(), servers::nats());
    app_on(postgres, nats, settings).await
}

/// The same on these servers.
pub async fn app_on(postgres: Housed<Postgres>, nats: Housed<Nats>, settings: &[(&str, &str)]) -> TestApp {
    let (postgres_url, nats_url) = (postgres.url(), nats.url());
    let servers =
        [("HOOKYARD__POSTGRES__URL", postgres_url.as_str()), ("HOOKYARD__NATS__URL", nats_url.as_str())];
    let pairs = SETTINGS
        .iter()
        .chain(&servers)
        .chain(settings)
        .map(|&(name, value)| (name.to_owned(), value.to_owned()));
    let settings: Vec<(String, String)> = pairs.collect();
    let config = config(&settings);
    let client = async_nats::connect(nats.url()).await.expect("nats answers");
    let mut app = TestApp { running: None, settings, config, client, postgres, nats };
    app.start().await;
    app
}

fn config(settings: &[(String, String)]) -> Config {
    Config::load(Sources { file: None, env: settings.to_vec() }).expect("settings")
}

/// Installed once, however many services a process starts.
fn metrics(config: &Config) -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| telemetry::init(&config.log).expect("telemetry")).clone()
}

impl TestApp {
    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let (config, metrics) = (self.config.clone(), metrics(&self.config));
        let app = runtime.spawn(App::start(config, metrics)).await.expect("no panic").expect("it starts");
        self.running = Some(Running { app, runtime });
    }

    /// Ends it in good order.
    pub async fn stop(&mut self) {
        let Running { app, runtime } = self.running.take().expect("it runs");
        runtime.spawn(app.stop()).await.expect("no panic");
        runtime.shutdown_background();
    }

    /// Ends it wherever it is, as a kill would.
    pub fn kill(&mut self) {
        if let Some(Running { app, runtime }) = self.running.take() {
            runtime.shutdown_background();
            drop(app);
        }
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Starts it anew with these settings besides.
    pub async fn restart_with(&mut self, settings: &[(&str, &str)]) {
        self.stop().await;
        self.settings.extend(settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        self.config = config(&self.settings);
        self.start().await;
    }

    /// Where its API is.
    pub fn url(&self) -> String {
        format!("http://{}", self.running.as_ref().expect("it runs").app.address)
    }

    /// A client without a key.
    pub fn client(&self) -> Client {
        Client::new(self.url())
    }

    pub fn operator(&self) -> Client {
        self.client().with_key(OPERATOR_KEY)
    }

    /// A new tenant, and a client with its admin's key.
    pub async fn tenant(&self, id: &str) -> Tenant {
        self.operator().post("/tenants", &json!({"id": id, "name": id})).await.expect(201);
        Tenant { id: id.to_owned(), client: self.client().with_key(&self.key(id, "admin").await) }
    }

    pub async fn key(&self, tenant: &str, role: &str) -> String {
        let wanted = json!({"name": role, "role": role, "tenantId": tenant});
        text(&self.operator().post("/keys", &wanted).await.expect(201)["key"])
    }

    /// The same tenant at a service that was started anew, on another port.
    pub fn again(&self, tenant: &Tenant) -> Tenant {
        Tenant { id: tenant.id.clone(), client: tenant.client.at(&self.client()) }
    }

    /// A counter of `/metrics`, all its labels added up.
    pub async fn counter(&self, name: &str) -> u64 {
        let shown = self.client().get("!/metrics").await.text();
        let value = |line: &str| {
            let rest = line.strip_prefix(name)?;
            let is_it = rest.starts_with([' ', '{']);
            is_it.then(|| rest.rsplit(' ').next()?.parse::<u64>().ok())?
        };
        shown.lines().filter_map(value).sum()
    }

    /// A client of its nats-server, as producers have one.
    /// For looks into the ledger, and changes of it, past the service.
    pub async fn pool(&self) -> PgPool {
        PgPool::connect(&self.postgres.url()).await.expect("postgres answers")
    }

    pub fn nats_client(&self) -> async_nats::Client {
        self.client.clone()
    }

    pub fn jetstream(&self) -> jetstream::Context {
        jetstream::new(self.nats_client())
    }

    /// Messages in the deliveries' streams: what is on its way, and what waits for its time.
    pub async fn queued(&self) -> u64 {
        queued(&self.jetstream()).await
    }

    /// Until nothing is on its way any more: whatever was going to be sent was sent.
    pub async fn settled(&self, tenant: &Tenant) {
        settled(&self.jetstream(), tenant).await;
    }

    /// The same, and the auditor had to look after nobody.
    pub async fn settled_by_itself(&self, tenant: &Tenant) {
        self.settled(tenant).await;
        assert_eq!(self.counter("hookyard_audit_requeued_total").await, 0);
    }
}

pub(super) async fn queued(jetstream: &jetstream::Context) -> u64 {
    let streams: Vec<_> = jetstream.streams().try_collect().await.expect("streams");
    let is_ours = |name: &str| name.starts_with("DELIVERIES_") || name == "RETRIES";
    let of_deliveries = streams.iter().filter(|stream| is_ours(&stream.config.name));
    of_deliveries.map(|stream| stream.state.messages).sum()
}

pub(super) async fn settled(jetstream: &jetstream::Context, tenant: &Tenant) {
    let look = async || {
        let pending = tenant.deliveries("status=pending").await.len();
        let retrying = tenant.deliveries("status=retrying").await.len();
        (pending, retrying, queued(jetstream).await)
    };
    let what = "no delivery to be pending or retrying, and the queue to be empty";
    wait::until(what, look, |waiting| *waiting == (0, 0, 0)).await;
}

/// Publishes with JetStream, as producers do: the stream has it when this ends.
pub async fn publish(
    app: &TestApp,
    subject: &str,
    headers: &[(&'static str, &str)],
    payload: impl Into<Bytes>,
) {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, *value);
    }
    let sent = app.jetstream().publish_with_headers(subject.to_owned(), map, payload.into()).await;
    sent.expect("sent").await.expect("stored");
}
