//! The numbers of the API, from configuration.

use std::num::NonZeroU32;
use std::time::Duration;

use domain::retry::Schedule;
use domain::signature::Secret;
use domain::tenant::TenantId;

use crate::ledger::admin::endpoints::Limits;

/// The source of the configuration.
#[derive(Debug, Clone)]
pub struct GithubSource {
    pub tenant: TenantId,
    pub secret: Secret,
    pub per_minute: u32,
}

/// What an endpoint gets where its owner does not say otherwise.
#[derive(Debug, Clone)]
pub struct DeliveryDefaults {
    pub retry_schedule: Schedule,
    pub max_retries: u32,
    pub timeout_ms: u32,
    pub max_in_flight: u32,
    pub rate_limit_enabled: bool,
    pub max_requests_per_minute: u32,
    pub burst: u32,
    pub auto_disable_after: Option<u32>,
    pub auto_disable_min_duration: Duration,
}

#[derive(Debug, Clone)]
pub struct Settings {
    /// Of one published event.
    pub publish_body_max_bytes: usize,
    pub batch_body_max_bytes: usize,
    /// Of a request to a source.
    pub inbound_body_max_bytes: usize,
    /// Of every other request.
    pub body_max_bytes: usize,
    pub batch_events_max: usize,
    /// How far ahead a `deliverAt` may be.
    pub deliver_at_max: Duration,
    /// Of bodies that publish, all together.
    pub pending_bytes_max: usize,
    pub request_timeout: Duration,
    /// Where others reach the service.
    pub base_url: Option<String>,
    /// The longest `timeoutMs` that may be asked for.
    pub timeout_ms_max: u32,
    /// Of pages that may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// Of one key, publishing aside; `None` for any number.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Of one key.
    pub publishes_per_minute: Option<NonZeroU32>,
    pub limits: Limits,
    /// Of a tenant's, those under way.
    pub replays_per_tenant: u32,
    pub sources_per_tenant: u32,
    pub github: Option<GithubSource>,
    pub delivery: DeliveryDefaults,
}

impl Settings {
    /// What an endpoint gets whose owner says nothing: no more than may be asked for.
    pub fn timeout_ms(&self) -> u32 {
        self.delivery.timeout_ms.min(self.timeout_ms_max)
    }
}

impl Default for Settings {
    /// As `config/default.toml` has them.
    fn default() -> Self {
        Self {
            publish_body_max_bytes: 1024 * 1024,
            batch_body_max_bytes: 16 * 1024 * 1024,
            inbound_body_max_bytes: 25 * 1024 * 1024,
            body_max_bytes: 64 * 1024,
            batch_events_max: 1000,
            deliver_at_max: Duration::from_hours(90 * 24),
            pending_bytes_max: 256 * 1024 * 1024,
            request_timeout: Duration::from_secs(40),
            base_url: None,
            timeout_ms_max: 30_000,
            cors_origins: Vec::new(),
            requests_per_minute: NonZeroU32::new(6000),
            publishes_per_minute: None,
            limits: Limits { per_tenant: 1000, per_user: 5 },
            replays_per_tenant: 100,
            sources_per_tenant: 100,
            github: None,
            delivery: DeliveryDefaults {
                retry_schedule: Schedule::default(),
                max_retries: 3,
                timeout_ms: 15_000,
                max_in_flight: 8,
                rate_limit_enabled: false,
                max_requests_per_minute: 60,
                burst: 10,
                auto_disable_after: Some(20),
                auto_disable_min_duration: Duration::from_hours(1),
            },
        }
    }
}
