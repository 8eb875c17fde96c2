//! Tenants and endpoints as the directory keeps them, by version.

use std::time::Duration;

use actors::ports::Changes;
use domain::address::EndpointUrl;
use domain::endpoint::{AutoDisable, Condition, Endpoint, Failures, RetryPolicy, SealedSecret, Status};
use domain::id::EndpointId;
use domain::matching::Pattern;
use sqlx::PgPool;
use time::OffsetDateTime;

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
    let rows = sqlx::query_as!(
        Row,
        r#"
        select e.id, e.tenant, e.url, e.status, e.custom_headers, e.header_prefix, e.max_in_flight, e.timeout_ms,
            e.max_retries, e.retry_schedule, e.auto_disable_after, e.auto_disable_min_duration_ms,
            e.deleted_at is null as "exists!",
            array(select pattern from subscriptions s where s.endpoint_id = e.id order by ordinal) as "patterns!",
            array(select sealed from endpoint_secrets s where s.endpoint_id = e.id order by number desc) as "sealed!",
            array(select vault_key from endpoint_secrets s where s.endpoint_id = e.id order by number desc)
                as "vault_keys!",
            array(select expires_at from endpoint_secrets s where s.endpoint_id = e.id order by number desc)
                as "expire_at!: Vec<Option<OffsetDateTime>>"
        from endpoints e where e.version > $1
        "#,
        version,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let tenants = tenants
        .into_iter()
        .map(|row| Ok((row.id.parse().map_err(|_| Error::Unreadable("tenant id"))?, row.exists)))
        .collect::<Result<_, Error>>()?;
    let endpoints = rows.into_iter().map(Row::read).collect::<Result<_, Error>>()?;
    Ok(Changes { version: current, tenants, endpoints })
}

struct Row {
    id: uuid::Uuid,
    tenant: String,
    url: String,
    status: i16,
    custom_headers: serde_json::Value,
    header_prefix: String,
    max_in_flight: i32,
    timeout_ms: i32,
    max_retries: i32,
    retry_schedule: serde_json::Value,
    auto_disable_after: Option<i32>,
    auto_disable_min_duration_ms: i64,
    exists: bool,
    patterns: Vec<String>,
    sealed: Vec<Vec<u8>>,
    vault_keys: Vec<String>,
    expire_at: Vec<Option<OffsetDateTime>>,
}

impl Row {
    fn read(self) -> Result<(Endpoint, bool), Error> {
        let patterns =
            self.patterns.iter().map(|pattern| pattern.parse::<Pattern>()).collect::<Result<Vec<_>, _>>();
        let schedule = serde_json::from_value(self.retry_schedule);
        let headers: std::collections::BTreeMap<String, String> =
            serde_json::from_value(self.custom_headers).map_err(|_| Error::Unreadable("custom headers"))?;
        let keys = self.vault_keys.into_iter().zip(self.expire_at);
        let secrets = self
            .sealed
            .into_iter()
            .zip(keys)
            .map(|(sealed, (vault_key, expires_at))| SealedSecret { sealed, vault_key, expires_at });
        let endpoint = Endpoint {
            id: EndpointId(self.id),
            tenant: self.tenant.parse().map_err(|_| Error::Unreadable("tenant id"))?,
            url: EndpointUrl::from_ledger(&self.url).map_err(|_| Error::Unreadable("endpoint url"))?,
            status: Status::from_number(self.status).ok_or(Error::Unreadable("endpoint status"))?,
            patterns: patterns.map_err(|_| Error::Unreadable("event pattern"))?,
            custom_headers: headers.into_iter().collect(),
            header_prefix: self.header_prefix.parse().map_err(|_| Error::Unreadable("header prefix"))?,
            max_in_flight: self.max_in_flight as u32,
            rate_limit: None,
            ordered: false,
            timeout: Duration::from_millis(self.timeout_ms as u64),
            retry: RetryPolicy {
                schedule: schedule.map_err(|_| Error::Unreadable("retry schedule"))?,
                max_retries: self.max_retries as u32,
            },
            auto_disable: AutoDisable {
                after: self.auto_disable_after.map(|after| after as u32),
                min_duration: Duration::from_millis(self.auto_disable_min_duration_ms as u64),
            },
            secrets: secrets.collect(),
        };
        Ok((endpoint, self.exists))
    }
}

/// What an endpoint's actor finds again. An endpoint that nothing was recorded for has not failed.
pub async fn condition(pool: &PgPool, endpoint: EndpointId) -> Result<Condition, Error> {
    let row = sqlx::query!(
        "select spill_from, consecutive_failures, failing_since from endpoint_state where endpoint_id = $1",
        endpoint.0,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map_or_else(Condition::default, |row| Condition {
        failures: Failures { consecutive: row.consecutive_failures as u32, since: row.failing_since },
        ..Condition::default()
    }))
}
