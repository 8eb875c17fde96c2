//! Endpoints: the items of `/webhooks`.

pub mod create;
pub mod defaults;
pub mod delete;
mod event_filter;
pub mod get;
mod input;
pub mod list;
pub mod matching;
pub mod preview;
pub mod rotate_secret;
pub mod state;
pub mod statistics;
pub mod stats;
pub mod test;
pub mod top;
pub mod update;
mod wanted;

use std::collections::BTreeMap;

use domain::address::EndpointUrl;
use domain::credentials::Credentials;
use domain::id::EndpointId;
use domain::message::shown;
use domain::signature::{Secret, SigningKey};
use domain::span::Span;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use self::event_filter::EventFilter;
pub(super) use self::input::kind;
use super::channels::names;
use super::json::time;
use super::problem::Problem;
use super::state::State;
use super::texts;
use crate::chance;
use crate::ledger::admin::endpoints as ledger;
use crate::vault::{Purpose, Sealed};

/// An endpoint: a URL, and how events get there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "ep_01h455vb4pex5vsknk084sn02q", "tenantId": "acme", "name": "Orders",
    "url": "https://example.com/hook", "events": ["member.created", "order.>"],
    "channels": ["emea"], "filter": {"data.amount": [{"numeric": [">", 100]}]}, "kind": "http", "userId": "u_42",
    "status": "active", "statusReason": null, "customHeaders": {"X-Env": "prod"}, "rateLimitEnabled": true,
    "maxRequestsPerMinute": 60, "burst": 10,
    "maxInFlight": 8, "ordered": false, "timeoutMs": 15000, "maxRetries": 3,
    "retrySchedule": ["0s", "1m", "5m", "15m"], "autoDisableAfter": 20, "autoDisableMinDuration": "1h",
    "signatures": ["v1"], "publicKey": null, "format": "hookyard", "template": null, "templates": {}, "auth": null, "headerPrefix": "X-Webhook-", "secretHint": "b7oD",
    "successCount": 120, "failureCount": 3, "consecutiveFailures": 0, "queued": 0,
    "lastSuccessAt": "2026-01-02T03:04:05.678Z", "lastFailureAt": null,
    "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"})))]
pub struct Endpoint {
    #[schema(value_type = texts::EndpointId)]
    id: String,
    #[schema(value_type = texts::TenantId)]
    tenant_id: String,
    #[schema(value_type = texts::Line)]
    name: String,
    /// Of Discord and Slack without its secret, which is `***`.
    #[schema(value_type = texts::Url)]
    url: String,
    #[schema(value_type = Vec<texts::EventPattern>, min_items = 1, max_items = 100)]
    events: Vec<String>,
    /// Only events that bear one of these. None: those without any, too.
    #[schema(value_type = Vec<texts::Channel>, max_items = 10)]
    channels: Vec<String>,
    /// Which events of these types, as it was written. Null: all.
    #[schema(required, value_type = Option<EventFilter>)]
    filter: Option<Box<RawValue>>,
    #[schema(value_type = texts::EndpointKind)]
    kind: &'static str,
    #[schema(required, value_type = Option<texts::Line>)]
    user_id: Option<String>,
    #[schema(value_type = texts::EndpointStatus)]
    status: &'static str,
    /// Why it was given up, where it was.
    #[schema(required)]
    status_reason: Option<String>,
    #[schema(value_type = wanted::CustomHeaders)]
    custom_headers: BTreeMap<String, String>,
    /// Whether the next two apply.
    rate_limit_enabled: bool,
    /// Attempts a minute.
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_requests_per_minute: u32,
    /// Attempts at once after a rest.
    #[schema(minimum = 1, maximum = 100_000)]
    burst: u32,
    /// Requests at a time.
    #[schema(minimum = 1, maximum = 256)]
    max_in_flight: u32,
    /// One delivery after the other, in the order of publishing.
    ordered: bool,
    /// Of one attempt.
    #[schema(minimum = 10)]
    timeout_ms: u32,
    /// Attempts after the first.
    #[schema(maximum = 100)]
    max_retries: u32,
    #[schema(value_type = wanted::RetrySchedule)]
    retry_schedule: domain::retry::Schedule,
    /// Failed attempts in a row that disable it. Null: never.
    #[schema(required, minimum = 1, maximum = 1_000_000)]
    auto_disable_after: Option<u32>,
    #[schema(value_type = texts::Span)]
    auto_disable_min_duration: String,
    #[schema(value_type = Vec<texts::SignatureVersion>, min_items = 1, max_items = 2)]
    signatures: &'static [&'static str],
    /// What verifies its `v1a` signatures. Null where `signatures` has none. In an overlap, that of the newest secret:
    /// the former key signs beside it.
    #[schema(required, value_type = Option<texts::PublicKey>)]
    public_key: Option<String>,
    #[schema(value_type = texts::PayloadFormat)]
    format: &'static str,
    /// What its messages, or its bodies, are made with. Null: nothing but `templates`.
    #[schema(required)]
    template: Option<String>,
    /// The same for the event types of a pattern; the most specific one is taken.
    #[schema(value_type = wanted::EventTemplates)]
    templates: BTreeMap<String, String>,
    /// What kind of credentials it is given. The credentials themselves are never shown.
    #[schema(required, value_type = Option<texts::AuthKind>)]
    auth: Option<&'static str>,
    #[schema(value_type = texts::HeaderPrefix)]
    header_prefix: String,
    /// The last 4 characters of the newest secret.
    #[schema(max_length = 4)]
    secret_hint: String,
    /// Attempts that succeeded.
    success_count: u64,
    /// Attempts that failed.
    failure_count: u64,
    /// Attempts that failed since the last that succeeded.
    consecutive_failures: u32,
    /// Deliveries that wait now: exact up to 10,000, and up to 1,000 in a list.
    queued: u64,
    #[schema(required, value_type = Option<texts::Time>)]
    last_success_at: Option<String>,
    #[schema(required, value_type = Option<texts::Time>)]
    last_failure_at: Option<String>,
    #[schema(value_type = texts::Time)]
    created_at: String,
    #[schema(value_type = texts::Time)]
    updated_at: String,
}

/// An endpoint with its secret: shown when it is made, and when the secret is changed for another.
#[derive(Serialize, ToSchema)]
pub struct EndpointWithSecret {
    #[serde(flatten)]
    endpoint: Endpoint,
    #[schema(value_type = texts::Secret)]
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
        let public_key = endpoint.public_key.filter(|_| settings.signatures.has_v1a());
        Self {
            id: endpoint.id.to_string(),
            tenant_id: endpoint.tenant.to_string(),
            name: settings.name,
            url: settings.url,
            events: settings.patterns,
            channels: names(&settings.channels),
            // What the ledger holds was JSON once.
            filter: settings.filter.and_then(|written| RawValue::from_string(written).ok()),
            kind: settings.kind.as_str(),
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
            signatures: settings.signatures.names(),
            public_key: public_key.map(|key| key.to_string()),
            format: settings.format.as_str(),
            template: settings.template,
            templates: settings.templates,
            auth: settings.auth.map(|auth| auth.kind.as_str()),
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

/// A secret as the ledger may hold it, with a new key beside it.
fn seal(state: &State, endpoint: EndpointId, secret: &Secret) -> Result<ledger::NewSecret, Problem> {
    let sealed = seal_for(state, endpoint, Purpose::Secret, secret.expose().as_bytes())?;
    Ok(ledger::NewSecret { sealed, hint: secret.hint().to_owned(), key: new_key(state, endpoint)? })
}

/// Credentials as the ledger may hold them.
fn seal_auth(
    state: &State,
    endpoint: EndpointId,
    credentials: &Credentials,
) -> Result<ledger::Auth, Problem> {
    let sealed = seal_for(state, endpoint, Purpose::Auth, credentials.expose().as_bytes())?;
    Ok(ledger::Auth { kind: credentials.kind(), sealed })
}

/// Hides the URL of a new or changed endpoint where it is a secret.
fn seal_url(state: &State, endpoint: EndpointId, settings: &mut ledger::Settings) -> Result<(), Problem> {
    let Some(provider) = settings.kind.provider().filter(|_| settings.sealed_url.is_none()) else {
        return Ok(());
    };
    let url = EndpointUrl::from_ledger(&settings.url).map_err(|error| Problem::internal(&error))?;
    settings.sealed_url = Some(seal_for(state, endpoint, Purpose::Url, url.as_str().as_bytes())?);
    settings.url = shown(provider, &url);
    Ok(())
}

fn new_key(state: &State, endpoint: EndpointId) -> Result<ledger::NewKey, Problem> {
    let seed = Zeroizing::new(chance::bytes());
    let sealed = seal_for(state, endpoint, Purpose::Ed25519, seed.as_slice())?;
    Ok(ledger::NewKey { sealed, public: SigningKey::from_seed(&seed).public() })
}

fn seal_for(state: &State, endpoint: EndpointId, purpose: Purpose, plain: &[u8]) -> Result<Sealed, Problem> {
    let sealed = state.vault.seal(plain, &purpose.of(endpoint.0), chance::bytes());
    sealed.map_err(|error| Problem::internal(&error))
}
