//! What the API is given of the running service.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use actors::chaos::Chaos;
use actors::ports::{EgressError, Reference};
use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use domain::attempt::AttemptRecord;
use domain::endpoint::{Endpoint, Kind};
use domain::event::Event;
use domain::id::{DeliveryId, EndpointId, KeyId, Shard};
use domain::lease::NodeId;
use domain::template::{Template, Wrong};
use metrics_exporter_prometheus::PrometheusHandle;

use super::doctor;
use super::house::House;
use super::reloading::Reloading;
use super::staff::Staff;
use super::wiring;
use crate::api::{self, Health, Part};
use crate::config::Config;
use crate::courier::{Courier, Preview};
use crate::ledger::{Payload, admin};
use crate::vault::Vault;
use crate::web::Web;

pub struct Control {
    pub house: House,
    pub courier: Arc<Courier>,
    /// Only where it is enabled.
    pub chaos: Option<Chaos>,
    pub reloading: Arc<Reloading>,
}

#[async_trait]
impl api::Control for Control {
    async fn changed(&self) {
        if let Err(error) = self.house.refresh().await {
            // The next look at the ledger finds it.
            tracing::warn!(%error, "directory could not be refreshed");
        }
    }

    async fn retry(&self, owed: Vec<Reference>) {
        self.house.queue(owed).await;
    }

    async fn test(&self, endpoint: Arc<Endpoint>, event: Event) -> Result<AttemptRecord, EgressError> {
        let delivery = DeliveryId { event: event.id, endpoint: endpoint.id };
        let (sender, payload) = (&self.courier.sender, Payload::from(&event));
        let made = sender.bodies.make(&endpoint, &payload).await;
        let report = sender.send(delivery, 1, &endpoint, &payload, made).await?;
        Ok(Arc::unwrap_or_clone(report.attempt))
    }

    async fn preview(&self, endpoint: Arc<Endpoint>, event: Event) -> Result<api::Preview, Wrong> {
        let delivery = DeliveryId { event: event.id, endpoint: endpoint.id };
        let sender = &self.courier.sender;
        let Preview { url, headers, body } =
            sender.preview(delivery, &endpoint, &Payload::from(&event)).await?;
        Ok(api::Preview { url, headers, body })
    }

    async fn render(
        &self,
        kind: Kind,
        template: Option<Template>,
        event: Event,
    ) -> Result<api::Rendered, Wrong> {
        let made = self.courier.sender.bodies.try_out(kind.target(), template, Payload::from(&event)).await?;
        Ok(api::Rendered { content_type: made.content_type, body: made.body })
    }

    async fn reload(&self) -> Result<api::Reloaded, api::NotReloaded> {
        self.reloading.reload().await
    }

    fn chaos(&self) -> Option<&Chaos> {
        self.chaos.as_ref()
    }

    fn health(&self) -> Health {
        let ledger = if self.house.ledger_answers.load(Ordering::Relaxed) { Part::Ok } else { Part::Failed };
        let queue = if self.house.bus.is_connected() { Part::Ok } else { Part::Degraded };
        Health { parts: vec![("ledger", ledger), ("queue", queue)] }
    }

    async fn examine(&self) -> Result<Vec<api::Finding>, Box<dyn std::error::Error + Send + Sync>> {
        let findings = doctor::examine(&self.reloading.started, &doctor::Asked::default()).await?;
        let shown = findings.into_iter().map(|doctor::Finding { check, state, found, advice }| {
            api::Finding { check, state: state.as_str(), found, advice }
        });
        Ok(shown.collect())
    }

    fn shard_of(&self, endpoint: EndpointId) -> Shard {
        self.house.bus.shard_of(endpoint)
    }

    fn node(&self) -> NodeId {
        self.house.node
    }
}

/// What Prometheus reads.
pub fn metrics(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(handle.render())))
}

/// Every route of the service.
pub async fn router(
    config: &Config,
    control: Arc<Control>,
    staff: &Staff,
    vault: Arc<Vault>,
) -> anyhow::Result<Router> {
    let pool = control.house.ledger.pool.clone();
    let clock = Arc::clone(&control.house.clock);
    let now = clock.now();
    let key = config.server.operator_key.as_ref().map(crate::config::Secret::expose);
    admin::keys::ensure_operator(&pool, key, KeyId::new(now, crate::chance::bytes()), now).await?;
    // On a port of their own where one is set: then not with the API.
    let metrics = match config.server.metrics_listen {
        Some(_) => Router::new(),
        None => metrics(control.house.metrics.clone()),
    };
    let state = api::State::new(api::Parts {
        pool,
        directory: Arc::clone(&control.house.directory),
        intake: staff.intake.clone(),
        vault,
        clock,
        policy: Arc::new(wiring::policy(config)),
        control,
        live: Arc::clone(&staff.live),
        settings: wiring::api(config),
    });
    let web = Web::load();
    let elsewhere: api::Elsewhere = Arc::new(move |request| {
        let web = web.clone();
        Box::pin(async move { web.answer(request).await })
    });
    Ok(api::router(state, Some(elsewhere)).merge(metrics))
}
