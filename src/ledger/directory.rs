//! Tenants and endpoints as the directory keeps them, by version.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actors::ports::Changes;
use domain::address::EndpointUrl;
use domain::channels::Channels;
use domain::endpoint::{AutoDisable, Endpoint, Kind, RateLimit, RetryPolicy, Sealed, SealedSecret, Status};
use domain::filter::{Filter, Wants};
use domain::format::Format;
use domain::id::EndpointId;
use domain::matching::Pattern;
use domain::message::Templates;
use domain::retry::Schedule;
use domain::signature::Signatures;
use futures_util::TryStreamExt as _;
use serde_json::value::RawValue;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;

/// All that changed above a version, in one snapshot. What is deleted says so.
pub async fn changes_since(pool: &PgPool, version: i64) -> Result<Changes, Error> {
    let mut transaction = pool.begin_with("begin isolation level repeatable read read only").await?;
    let current =
        sqlx::query_scalar!("select version from subscriptions_version").fetch_one(&mut *transaction).await?;
    if current <= version {
        return Ok(Changes { version: current, ..Changes::default() });
    }
    let tenants = sqlx::query!(
        r#"select id, deleted_at is null as "exists!" from tenants where version > $1"#,
        version
    )
    .fetch_all(&mut *transaction)
    .await?;
    // Read apart, put together and in order here: for arrays or a sort Postgres takes longer than for all the rest.
    let mut patterns = patterns(&mut transaction, version).await?;
    let mut secrets = secrets(&mut transaction, version).await?;
    // Each row is read while Postgres makes the next.
    let mut endpoints = Vec::with_capacity(patterns.len());
    let mut rows = sqlx::query_as!(
        Row,
        r#"
        select e.id, tenant, url, case when paused and status = 0 then 1::smallint else status end as "status!",
            custom_headers as "custom_headers: Json<BTreeMap<String, String>>", header_prefix, rate_limit_enabled,
            max_requests_per_minute, burst, max_deliveries_per_second, max_in_flight, ordered, timeout_ms, max_retries,
            signatures, auth_sealed, auth_vault_key, filter, channels,
            kind, url_sealed, url_vault_key, format, template,
            templates as "templates: Json<BTreeMap<String, String>>",
            retry_schedule as "retry_schedule: Json<Schedule>", auto_disable_after, auto_disable_min_duration_ms,
            greatest(e.updated_at, t.updated_at) as "updated_at!", e.deleted_at is null as "exists!"
        from endpoints e join tenants t on t.id = e.tenant where e.version > $1
        "#,
        version,
    )
    .fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await? {
        let (patterns, secrets) = (patterns.remove(&row.id), secrets.remove(&row.id));
        endpoints.push(row.read(patterns.unwrap_or_default(), secrets.unwrap_or_default())?);
    }
    let tenants = tenants
        .into_iter()
        .map(|row| Ok((row.id.parse().map_err(|_| Error::Unreadable("tenant id"))?, row.exists)))
        .collect::<Result<_, Error>>()?;
    Ok(Changes { version: current, tenants, endpoints })
}

/// The subscriptions of every endpoint that changed, as they were written.
async fn patterns(connection: &mut PgConnection, version: i64) -> Result<HashMap<Uuid, Vec<Pattern>>, Error> {
    let mut rows = sqlx::query!(
        "select s.endpoint_id, s.ordinal, s.pattern from endpoints e join subscriptions s on s.endpoint_id = e.id
         where e.version > $1",
        version,
    )
    .fetch(connection);
    let mut patterns: HashMap<Uuid, Vec<(i16, Pattern)>> = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        let pattern = row.pattern.parse().map_err(|_| Error::Unreadable("event pattern"))?;
        patterns.entry(row.endpoint_id).or_default().push((row.ordinal, pattern));
    }
    Ok(in_order(patterns, |ordinal| ordinal))
}

/// The secrets of every endpoint that changed, the newest first.
async fn secrets(
    connection: &mut PgConnection,
    version: i64,
) -> Result<HashMap<Uuid, Vec<SealedSecret>>, Error> {
    let mut rows = sqlx::query!(
        "select s.endpoint_id, s.number, s.sealed, s.vault_key, s.expires_at,
             case when e.signatures > 0 then s.key_sealed end as key_sealed, s.key_vault_key
         from endpoints e join endpoint_secrets s on s.endpoint_id = e.id where e.version > $1",
        version,
    )
    .fetch(connection);
    let mut secrets: HashMap<Uuid, Vec<(i32, SealedSecret)>> = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        let secret = Sealed { bytes: row.sealed, vault_key: row.vault_key };
        let key = row.key_sealed.zip(row.key_vault_key).map(|(bytes, vault_key)| Sealed { bytes, vault_key });
        let secret = SealedSecret { secret, key, expires_at: row.expires_at };
        secrets.entry(row.endpoint_id).or_default().push((row.number, secret));
    }
    Ok(in_order(secrets, Reverse))
}

/// Each endpoint's own in the order of their numbers.
fn in_order<N: Copy, T, K: Ord>(
    numbered: HashMap<Uuid, Vec<(N, T)>>,
    key: impl Fn(N) -> K,
) -> HashMap<Uuid, Vec<T>> {
    let sort = |mut of_one: Vec<(N, T)>| {
        of_one.sort_unstable_by_key(|(number, _)| key(*number));
        of_one.into_iter().map(|(_, value)| value).collect()
    };
    numbered.into_iter().map(|(endpoint, of_one)| (endpoint, sort(of_one))).collect()
}

struct Row {
    id: Uuid,
    tenant: String,
    url: String,
    status: i16,
    custom_headers: Json<BTreeMap<String, String>>,
    header_prefix: String,
    rate_limit_enabled: bool,
    max_requests_per_minute: i32,
    burst: i32,
    max_deliveries_per_second: Option<i32>,
    max_in_flight: i32,
    ordered: bool,
    timeout_ms: i32,
    max_retries: i32,
    signatures: i16,
    auth_sealed: Option<Vec<u8>>,
    auth_vault_key: Option<String>,
    filter: Option<String>,
    channels: Vec<String>,
    kind: i16,
    url_sealed: Option<Vec<u8>>,
    url_vault_key: Option<String>,
    format: i16,
    template: Option<String>,
    templates: Json<BTreeMap<String, String>>,
    retry_schedule: Json<Schedule>,
    auto_disable_after: Option<i32>,
    auto_disable_min_duration_ms: i64,
    updated_at: OffsetDateTime,
    exists: bool,
}

impl Row {
    fn read(self, patterns: Vec<Pattern>, secrets: Vec<SealedSecret>) -> Result<(Endpoint, bool), Error> {
        let rate_limit = if self.rate_limit_enabled { Some(self.rate_limit()?) } else { None };
        let sealed_url = self.url_sealed.zip(self.url_vault_key);
        let auth = self.auth_sealed.zip(self.auth_vault_key);
        let wants = self.filter.map_or(Wants::All, |written| wants(EndpointId(self.id), written));
        let of_tenant = self.max_deliveries_per_second.and_then(positive);
        let endpoint = Endpoint {
            id: EndpointId(self.id),
            tenant: self.tenant.parse().map_err(|_| Error::Unreadable("tenant id"))?,
            kind: Kind::from_number(self.kind).ok_or(Error::Unreadable("kind of endpoint"))?,
            sealed_url: sealed_url.map(|(bytes, vault_key)| Sealed { bytes, vault_key }),
            format: Format::from_number(self.format).ok_or(Error::Unreadable("format"))?,
            templates: Arc::new(Templates::from_ledger(self.template.as_deref(), &self.templates)),
            url: EndpointUrl::from_ledger(&self.url).map_err(|_| Error::Unreadable("endpoint url"))?,
            status: Status::from_number(self.status).ok_or(Error::Unreadable("endpoint status"))?,
            patterns,
            channels: Channels::parse(&self.channels).map_err(|_| Error::Unreadable("channels"))?,
            wants,
            custom_headers: self.custom_headers.0.into_iter().collect(),
            header_prefix: self.header_prefix.parse().map_err(|_| Error::Unreadable("header prefix"))?,
            max_in_flight: self.max_in_flight as u32,
            rate_limit,
            tenant_limit: of_tenant.map(RateLimit::per_second),
            ordered: self.ordered,
            timeout: Duration::from_millis(self.timeout_ms as u64),
            retry: RetryPolicy { schedule: self.retry_schedule.0, max_retries: self.max_retries as u32 },
            auto_disable: AutoDisable {
                after: self.auto_disable_after.map(|after| after as u32),
                min_duration: Duration::from_millis(self.auto_disable_min_duration_ms as u64),
            },
            changed_at: self.updated_at,
            signatures: Signatures::from_number(self.signatures).ok_or(Error::Unreadable("signatures"))?,
            auth: auth.map(|(bytes, vault_key)| Sealed { bytes, vault_key }),
            secrets,
        };
        Ok((endpoint, self.exists))
    }

    fn rate_limit(&self) -> Result<RateLimit, Error> {
        positive(self.max_requests_per_minute)
            .zip(positive(self.burst))
            .map(|(per_minute, burst)| RateLimit { per_minute, burst })
            .ok_or(Error::Unreadable("rate limit"))
    }
}

/// One that cannot be read any more is said aloud; its endpoint gets nothing until its owner sets another.
pub(super) fn wants(endpoint: EndpointId, written: String) -> Wants {
    let read = RawValue::from_string(written).map_err(|error| error.to_string());
    let read = read.and_then(|written| {
        Filter::parse(&written).map_err(|wrong| wrong.first().map(ToString::to_string).unwrap_or_default())
    });
    match read {
        Ok(filter) => Wants::Matching(Arc::new(filter)),
        Err(error) => {
            tracing::error!(%endpoint, error, "filter cannot be read: the endpoint gets nothing until it is set anew");
            Wants::Nothing
        }
    }
}

fn positive(number: i32) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(number).ok()?)
}
