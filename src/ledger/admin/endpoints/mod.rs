//! Endpoints, as the API shows and changes them.

mod change;
mod create;
mod delete;
mod keys;
mod list;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::channels::Channels;
use domain::credentials;
use domain::endpoint::{Kind, Status};
use domain::format::Format;
use domain::id::EndpointId;
use domain::retry::Schedule;
use domain::signature::{PublicKey, Signatures};
use domain::tenant::TenantId;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub use change::{Changed, change, rotate_secret};
pub use create::{Created, Limits, create};
pub use delete::delete;
pub use keys::add_keys;
pub use list::{Filter, Page, list};

use crate::ledger::Error;
use crate::ledger::admin::differing;
use crate::vault::Sealed;

/// Deliveries of an endpoint that are looked at to count those that wait: of one endpoint shown alone …
const QUEUED_SCAN_ROWS: i64 = 10_000;
/// … and of each one in a list.
const QUEUED_SCAN_ROWS_LISTED: i64 = 1_000;

/// All that its owner may set, vetted.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub name: String,
    pub kind: Kind,
    /// Of Discord and Slack what may be shown of it.
    pub url: String,
    /// Of Discord and Slack the whole of it.
    pub sealed_url: Option<Sealed>,
    pub format: Format,
    pub template: Option<String>,
    /// By the pattern of the types that each is for.
    pub templates: BTreeMap<String, String>,
    pub user_id: Option<String>,
    pub status: Status,
    pub patterns: Vec<String>,
    /// JSON, as its owner wrote it.
    pub filter: Option<String>,
    pub channels: Channels,
    pub custom_headers: BTreeMap<String, String>,
    pub header_prefix: String,
    pub rate_limit_enabled: bool,
    pub max_requests_per_minute: u32,
    pub burst: u32,
    pub max_in_flight: u32,
    pub ordered: bool,
    pub timeout_ms: u32,
    pub max_retries: u32,
    pub retry_schedule: Schedule,
    pub auto_disable_after: Option<u32>,
    pub auto_disable_min_duration: Duration,
    pub signatures: Signatures,
    pub auth: Option<Auth>,
}

impl Settings {
    /// Whether it is at another address.
    fn is_elsewhere(&self, after: &Self) -> bool {
        self.url != after.url || self.sealed_url != after.sealed_url
    }

    /// The fields that are not as they were, as the API names them.
    fn differences(&self, after: &Self) -> Vec<&'static str> {
        differing([
            ("name", self.name != after.name),
            ("kind", self.kind != after.kind),
            ("url", self.is_elsewhere(after)),
            ("format", self.format != after.format),
            ("template", self.template != after.template),
            ("templates", self.templates != after.templates),
            ("userId", self.user_id != after.user_id),
            ("status", self.status != after.status),
            ("events", self.patterns != after.patterns),
            ("filter", self.filter != after.filter),
            ("channels", self.channels != after.channels),
            ("customHeaders", self.custom_headers != after.custom_headers),
            ("headerPrefix", self.header_prefix != after.header_prefix),
            ("rateLimitEnabled", self.rate_limit_enabled != after.rate_limit_enabled),
            ("maxRequestsPerMinute", self.max_requests_per_minute != after.max_requests_per_minute),
            ("burst", self.burst != after.burst),
            ("maxInFlight", self.max_in_flight != after.max_in_flight),
            ("ordered", self.ordered != after.ordered),
            ("timeoutMs", self.timeout_ms != after.timeout_ms),
            ("maxRetries", self.max_retries != after.max_retries),
            ("retrySchedule", self.retry_schedule != after.retry_schedule),
            ("autoDisableAfter", self.auto_disable_after != after.auto_disable_after),
            ("autoDisableMinDuration", self.auto_disable_min_duration != after.auto_disable_min_duration),
            ("signatures", self.signatures != after.signatures),
            ("auth", self.auth != after.auth),
        ])
    }
}

/// Sealed credentials, and what may be told of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    pub kind: credentials::Kind,
    pub sealed: Sealed,
}

/// A sealed secret on its way in, with what may be shown of it, and the key beside it.
#[derive(Debug, Clone)]
pub struct NewSecret {
    pub sealed: Sealed,
    pub hint: String,
    pub key: NewKey,
}

/// A sealed ed25519 key on its way in, with its public half.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub sealed: Sealed,
    pub public: PublicKey,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub tenant: TenantId,
    pub settings: Settings,
    pub status_reason: Option<String>,
    pub success_count: u64,
    pub failure_count: u64,
    pub consecutive_failures: u32,
    pub last_success_at: Option<OffsetDateTime>,
    pub last_failure_at: Option<OffsetDateTime>,
    /// Pending among its newest deliveries, and retrying: exact up to the number of rows looked at.
    pub queued: u64,
    pub secret_hint: String,
    /// Of the key beside the newest secret.
    pub public_key: Option<PublicKey>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// Another one after every change, but for counts.
    pub version: i64,
}

impl Endpoint {
    /// One just made.
    fn new(
        tenant: &TenantId,
        id: EndpointId,
        settings: &Settings,
        secret: &NewSecret,
        version: i64,
        made_at: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            tenant: tenant.clone(),
            settings: settings.clone(),
            status_reason: None,
            success_count: 0,
            failure_count: 0,
            consecutive_failures: 0,
            last_success_at: None,
            last_failure_at: None,
            queued: 0,
            secret_hint: secret.hint.clone(),
            public_key: Some(secret.key.public),
            created_at: made_at,
            updated_at: made_at,
            version,
        }
    }
}

pub async fn get(pool: &PgPool, tenant: &TenantId, id: EndpointId) -> Result<Option<Endpoint>, Error> {
    read(pool, tenant, id).await
}

/// Whether the tenant has this endpoint.
pub async fn exists(pool: &PgPool, tenant: &TenantId, id: EndpointId) -> Result<bool, Error> {
    Ok(status(pool, tenant, id).await?.is_some())
}

/// `None` where the tenant has no such endpoint.
pub async fn status(
    executor: impl PgExecutor<'_>,
    tenant: &TenantId,
    id: EndpointId,
) -> Result<Option<Status>, Error> {
    let number = sqlx::query_scalar!(
        "select status from endpoints where id = $1 and tenant = $2 and deleted_at is null",
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(executor)
    .await?;
    number.map(|number| Status::from_number(number).ok_or(Error::Unreadable("endpoint status"))).transpose()
}

/// Whether the tenant has, or had, this endpoint: a deleted one's log stays until retention.
pub async fn existed(pool: &PgPool, tenant: &TenantId, id: EndpointId) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from endpoints where id = $1 and tenant = $2) as "found!""#,
        id.0,
        tenant.as_str(),
    )
    .fetch_one(pool)
    .await?;
    Ok(found)
}

/// As [`get`], within a transaction.
async fn read(
    executor: impl PgExecutor<'_>,
    tenant: &TenantId,
    id: EndpointId,
) -> Result<Option<Endpoint>, Error> {
    Ok(by_ids(executor, tenant, &[id.0], QUEUED_SCAN_ROWS).await?.pop())
}

/// These endpoints, newest first; one that is gone is left out.
async fn by_ids(
    executor: impl PgExecutor<'_>,
    tenant: &TenantId,
    ids: &[Uuid],
    queued_rows: i64,
) -> Result<Vec<Endpoint>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select e.id, e.tenant, e.name, e.url, e.user_id, e.status, e.status_reason, e.custom_headers,
               e.header_prefix, e.max_in_flight, e.timeout_ms, e.max_retries, e.retry_schedule,
               e.auto_disable_after, e.auto_disable_min_duration_ms, e.created_at, e.updated_at,
               e.rate_limit_enabled, e.max_requests_per_minute, e.burst, e.ordered, e.signatures,
               e.filter, e.channels, e.kind, e.url_sealed, e.url_vault_key, e.format, e.template, e.templates, e.auth_kind, e.auth_sealed, e.auth_vault_key, e.version,
               array(select pattern from subscriptions s where s.endpoint_id = e.id order by ordinal)
                   as "patterns!",
               coalesce((select hint from endpoint_secrets s where s.endpoint_id = e.id and expires_at is null
                   order by number desc limit 1), '') as "secret_hint!",
               (select public_key from endpoint_secrets s where s.endpoint_id = e.id and expires_at is null
                   order by number desc limit 1) as "public_key?",
               coalesce(s.success_count, 0) as "success_count!", coalesce(s.failure_count, 0) as "failure_count!",
               coalesce(s.consecutive_failures, 0) as "consecutive_failures!",
               s.last_success_at as "last_success_at?", s.last_failure_at as "last_failure_at?",
               (select count(*) from (select status from deliveries d where d.endpoint_id = e.id
                   order by position desc limit $3) newest where status = 0)
               + (select count(*) from (select from troubled t where t.endpoint_id = e.id and t.status = 1
                   limit $3) retrying) as "queued!"
           from endpoints e left join endpoint_state s on s.endpoint_id = e.id
           where e.tenant = $1 and e.id = any($2) and e.deleted_at is null
           order by e.id desc"#,
        tenant.as_str(),
        ids,
        queued_rows,
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Endpoint::try_from).collect()
}

struct Row {
    id: Uuid,
    tenant: String,
    name: String,
    url: String,
    user_id: Option<String>,
    status: i16,
    status_reason: Option<String>,
    custom_headers: serde_json::Value,
    header_prefix: String,
    rate_limit_enabled: bool,
    max_requests_per_minute: i32,
    burst: i32,
    max_in_flight: i32,
    ordered: bool,
    timeout_ms: i32,
    max_retries: i32,
    retry_schedule: serde_json::Value,
    auto_disable_after: Option<i32>,
    auto_disable_min_duration_ms: i64,
    signatures: i16,
    filter: Option<String>,
    channels: Vec<String>,
    kind: i16,
    url_sealed: Option<Vec<u8>>,
    url_vault_key: Option<String>,
    format: i16,
    template: Option<String>,
    templates: serde_json::Value,
    auth_kind: Option<i16>,
    auth_sealed: Option<Vec<u8>>,
    auth_vault_key: Option<String>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    version: i64,
    patterns: Vec<String>,
    secret_hint: String,
    public_key: Option<Vec<u8>>,
    success_count: i64,
    failure_count: i64,
    consecutive_failures: i32,
    last_success_at: Option<OffsetDateTime>,
    last_failure_at: Option<OffsetDateTime>,
    queued: i64,
}

impl TryFrom<Row> for Endpoint {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let auth = match (row.auth_kind, row.auth_sealed, row.auth_vault_key) {
            (Some(kind), Some(bytes), Some(key_id)) => Some(Auth {
                kind: credentials::Kind::from_number(kind).ok_or(Error::Unreadable("kind of auth"))?,
                sealed: Sealed { bytes, key_id },
            }),
            _ => None,
        };
        let settings = Settings {
            name: row.name,
            kind: Kind::from_number(row.kind).ok_or(Error::Unreadable("kind of endpoint"))?,
            url: row.url,
            sealed_url: row.url_sealed.zip(row.url_vault_key).map(|(bytes, key_id)| Sealed { bytes, key_id }),
            format: Format::from_number(row.format).ok_or(Error::Unreadable("format"))?,
            template: row.template,
            templates: serde_json::from_value(row.templates).map_err(|_| Error::Unreadable("templates"))?,
            user_id: row.user_id,
            status: Status::from_number(row.status).ok_or(Error::Unreadable("endpoint status"))?,
            patterns: row.patterns,
            filter: row.filter,
            channels: Channels::parse(&row.channels).map_err(|_| Error::Unreadable("channels"))?,
            custom_headers: serde_json::from_value(row.custom_headers)
                .map_err(|_| Error::Unreadable("custom headers"))?,
            header_prefix: row.header_prefix,
            rate_limit_enabled: row.rate_limit_enabled,
            max_requests_per_minute: row.max_requests_per_minute as u32,
            burst: row.burst as u32,
            max_in_flight: row.max_in_flight as u32,
            ordered: row.ordered,
            timeout_ms: row.timeout_ms as u32,
            max_retries: row.max_retries as u32,
            retry_schedule: serde_json::from_value(row.retry_schedule)
                .map_err(|_| Error::Unreadable("retry schedule"))?,
            auto_disable_after: row.auto_disable_after.map(|after| after as u32),
            auto_disable_min_duration: Duration::from_millis(row.auto_disable_min_duration_ms as u64),
            signatures: Signatures::from_number(row.signatures).ok_or(Error::Unreadable("signatures"))?,
            auth,
        };
        let public_key = row.public_key.map(|bytes| PublicKey::from_bytes(&bytes)).transpose();
        Ok(Self {
            id: EndpointId(row.id),
            tenant: row.tenant.parse().map_err(|_| Error::Unreadable("tenant id"))?,
            settings,
            status_reason: row.status_reason,
            success_count: row.success_count as u64,
            failure_count: row.failure_count as u64,
            consecutive_failures: row.consecutive_failures as u32,
            last_success_at: row.last_success_at,
            last_failure_at: row.last_failure_at,
            queued: row.queued as u64,
            secret_hint: row.secret_hint,
            public_key: public_key.map_err(|_| Error::Unreadable("public key"))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
