//! Endpoints: the items of `/webhooks`.

pub mod create;
pub mod delete;
pub mod get;
mod input;
pub mod list;
pub mod rotate_secret;
pub mod test;
pub mod update;

use std::collections::BTreeMap;

use domain::id::EndpointId;
use domain::signature::Secret;
use domain::span::Span;
use serde::Serialize;
use utoipa::ToSchema;

use super::json::time;
use super::problem::Problem;
use super::state::State;
use crate::chance;
use crate::ledger::admin::endpoints as ledger;

/// An endpoint: a URL, and how events get there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "ep_01h455vb4pex5vsknk084sn02q", "tenantId": "acme", "name": "Orders",
    "url": "https://example.com/hook", "events": ["member.created", "order.>"], "kind": "http", "userId": "u_42",
    "status": "active", "statusReason": null, "customHeaders": {"X-Env": "prod"}, "rateLimitEnabled": true,
    "maxRequestsPerMinute": 60, "burst": 10,
    "maxInFlight": 8, "ordered": false, "timeoutMs": 15000, "maxRetries": 3,
    "retrySchedule": ["0s", "1m", "5m", "15m"], "autoDisableAfter": 20, "autoDisableMinDuration": "1h",
    "signatures": ["v1"], "format": "hookyard", "headerPrefix": "X-Webhook-", "secretHint": "Zm8=",
    "successCount": 120, "failureCount": 3, "consecutiveFailures": 0, "queued": 0,
    "lastSuccessAt": "2026-01-02T03:04:05.678Z", "lastFailureAt": null,
    "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"}))]
pub struct Endpoint {
    id: String,
    tenant_id: String,
    name: String,
    url: String,
    events: Vec<String>,
    /// http.
    kind: &'static str,
    #[schema(required)]
    user_id: Option<String>,
    /// active, paused, disabled or failed.
    status: &'static str,
    /// Why it was given up, where it was.
    #[schema(required)]
    status_reason: Option<String>,
    custom_headers: BTreeMap<String, String>,
    /// Whether the next two apply.
    rate_limit_enabled: bool,
    /// Attempts a minute.
    max_requests_per_minute: u32,
    /// Attempts at once after a rest.
    burst: u32,
    /// Requests at a time.
    max_in_flight: u32,
    /// One delivery after the other, in the order of publishing.
    ordered: bool,
    timeout_ms: u32,
    max_retries: u32,
    /// A list of waits, or an object with initial, factor, max and jitter.
    #[schema(value_type = Value)]
    retry_schedule: domain::retry::Schedule,
    #[schema(required)]
    auto_disable_after: Option<u32>,
    auto_disable_min_duration: String,
    signatures: [&'static str; 1],
    format: &'static str,
    header_prefix: String,
    /// The last 4 characters of the newest secret.
    secret_hint: String,
    success_count: u64,
    failure_count: u64,
    consecutive_failures: u32,
    /// Deliveries that wait now: exact up to 10,000, and up to 1,000 in a list.
    queued: u64,
    #[schema(required, format = DateTime)]
    last_success_at: Option<String>,
    #[schema(required, format = DateTime)]
    last_failure_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// An endpoint with its secret: shown when it is made, and when the secret is changed for another.
#[derive(Serialize, ToSchema)]
pub struct EndpointWithSecret {
    #[serde(flatten)]
    endpoint: Endpoint,
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
}

impl EndpointWithSecret {
    fn new(endpoint: ledger::Endpoint, secret: &Secret) -> Self {
        Self { endpoint: endpoint.into(), secret: secret.expose().to_owned() }
    }
}

impl From<ledger::Endpoint> for Endpoint {
    fn from(endpoint: ledger::Endpoint) -> Self {
        let settings = endpoint.settings;
        Self {
            id: endpoint.id.to_string(),
            tenant_id: endpoint.tenant.to_string(),
            name: settings.name,
            url: settings.url,
            events: settings.patterns,
            kind: "http",
            user_id: settings.user_id,
            status: settings.status.as_str(),
            status_reason: endpoint.status_reason,
            custom_headers: settings.custom_headers,
            rate_limit_enabled: settings.rate_limit_enabled,
            max_requests_per_minute: settings.max_requests_per_minute,
            burst: settings.burst,
            max_in_flight: settings.max_in_flight,
            ordered: settings.ordered,
            timeout_ms: settings.timeout_ms,
            max_retries: settings.max_retries,
            retry_schedule: settings.retry_schedule,
            auto_disable_after: settings.auto_disable_after,
            // What the ledger holds was a span once.
            auto_disable_min_duration: Span::new(settings.auto_disable_min_duration)
                .unwrap_or_default()
                .to_string(),
            signatures: ["v1"],
            format: "hookyard",
            header_prefix: settings.header_prefix,
            secret_hint: endpoint.secret_hint,
            success_count: endpoint.success_count,
            failure_count: endpoint.failure_count,
            consecutive_failures: endpoint.consecutive_failures,
            queued: endpoint.queued,
            last_success_at: endpoint.last_success_at.map(time),
            last_failure_at: endpoint.last_failure_at.map(time),
            created_at: time(endpoint.created_at),
            updated_at: time(endpoint.updated_at),
        }
    }
}

/// A secret as the ledger may hold it.
fn seal(state: &State, endpoint: EndpointId, secret: &Secret) -> Result<ledger::NewSecret, Problem> {
    let sealed = state
        .vault
        .seal(secret.expose().as_bytes(), endpoint.0.as_bytes(), chance::bytes())
        .map_err(|error| Problem::internal(&error))?;
    Ok(ledger::NewSecret { sealed, hint: secret.hint().to_owned() })
}
