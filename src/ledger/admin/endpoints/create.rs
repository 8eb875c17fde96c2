//! A new endpoint, within the limits of its tenant and its user.

use domain::action::Action;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Auth, Endpoint, NewSecret, Settings};
use crate::ledger::Error;
use crate::ledger::admin::act::Act;

/// How many endpoints a tenant may have, and one user of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub per_tenant: u32,
    pub per_user: u32,
}

impl Limits {
    /// A tenant's own where it has them.
    pub(super) fn or(self, per_tenant: Option<i32>, per_user: Option<i32>) -> Self {
        let or = |own: Option<i32>, limit: u32| own.map_or(limit, |own| own as u32);
        Self { per_tenant: or(per_tenant, self.per_tenant), per_user: or(per_user, self.per_user) }
    }
}

/// What came of it.
#[derive(Debug)]
pub enum Created {
    Done(Box<Endpoint>),
    TenantUnknown,
    /// There are so many, which is all there may be.
    TenantFull(u32),
    UserFull(u32),
}

pub async fn create(
    act: &mut Act,
    tenant: &TenantId,
    id: EndpointId,
    settings: &Settings,
    secret: &NewSecret,
    limits: Limits,
) -> Result<Created, Error> {
    let version = act.next_version().await?;
    let Some(asked) = insert(act, tenant, id, settings, secret, limits, version).await? else {
        return Ok(Created::TenantUnknown);
    };
    let Some(made_at) = asked.made_at else {
        let limits = limits.or(asked.max_endpoints, asked.max_endpoints_per_user);
        let is_tenant_full = asked.endpoints as u32 >= limits.per_tenant;
        return Ok(if is_tenant_full {
            Created::TenantFull(limits.per_tenant)
        } else {
            Created::UserFull(limits.per_user)
        });
    };
    act.note(Action::EndpointCreated, Some(tenant), id, &[]);
    Ok(Created::Done(Box::new(Endpoint::new(tenant, id, settings, secret, version, made_at))))
}

/// What the tenant may have, and has.
struct Asked {
    max_endpoints: Option<i32>,
    max_endpoints_per_user: Option<i32>,
    endpoints: i32,
    /// `None`: there is no room for it.
    made_at: Option<OffsetDateTime>,
}

/// With its subscriptions and its secret, where there is room for it: one statement, since each is a round trip, and
/// others wait. `None` when there is no such tenant.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
async fn insert(
    act: &mut Act,
    tenant: &TenantId,
    id: EndpointId,
    settings: &Settings,
    secret: &NewSecret,
    limits: Limits,
    version: i64,
) -> Result<Option<Asked>, Error> {
    let (now, auth) = (act.at(), settings.auth.as_ref());
    let asked = sqlx::query_as!(
        Asked,
        r#"with asked as (
             select max_endpoints, max_endpoints_per_user, endpoints,
                 (select count(*) from endpoints where tenant = $2 and user_id = $5 and deleted_at is null) as of_user
             from tenants where id = $2 and deleted_at is null
         ), made as (
             insert into endpoints (id, tenant, name, url, user_id, status, custom_headers, header_prefix,
                 max_in_flight, timeout_ms, max_retries, retry_schedule, auto_disable_after,
                 auto_disable_min_duration_ms, version, created_at, updated_at, rate_limit_enabled,
                 max_requests_per_minute, burst, ordered, signatures, auth_kind, auth_sealed, auth_vault_key,
                 filter, kind, url_sealed, url_vault_key, format, template, templates, channels)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, $19, $20,
                 $21, $22, $23, $24, $34, $35, $36, $37, $38, $39, $40, $41
             from asked
             where endpoints < coalesce(max_endpoints, $32)
                 and ($5 is null or of_user < coalesce(max_endpoints_per_user, $33))
             returning id, created_at
         ), subscribed as (
             insert into subscriptions (endpoint_id, pattern, ordinal)
             select made.id, p.pattern, p.ordinal::smallint
             from made, unnest($25::text[]) with ordinality as p (pattern, ordinal)
         ), signed as (
             insert into endpoint_secrets
                 (endpoint_id, number, sealed, vault_key, hint, created_at, key_sealed, key_vault_key, public_key)
             select id, 1, $26, $27, $28, created_at, $29, $30, $31 from made
         )
         select max_endpoints, max_endpoints_per_user, endpoints,
             (select created_at from made) as "made_at?"
         from asked"#,
        id.0,
        tenant.as_str(),
        settings.name,
        settings.url,
        settings.user_id,
        settings.status as i16,
        serde_json::json!(settings.custom_headers),
        settings.header_prefix,
        settings.max_in_flight as i32,
        settings.timeout_ms as i32,
        settings.max_retries as i32,
        serde_json::json!(settings.retry_schedule),
        settings.auto_disable_after.map(|after| after as i32),
        settings.auto_disable_min_duration.as_millis() as i64,
        version,
        now,
        settings.rate_limit_enabled,
        settings.max_requests_per_minute as i32,
        settings.burst as i32,
        settings.ordered,
        settings.signatures as i16,
        auth.map(|auth| auth.kind as i16),
        auth.map(|auth| auth.sealed.bytes.as_slice()),
        auth.map(|auth| auth.sealed.key_id.as_str()),
        &settings.patterns,
        secret.sealed.bytes,
        secret.sealed.key_id,
        secret.hint,
        secret.key.sealed.bytes,
        secret.key.sealed.key_id,
        secret.key.public.as_bytes(),
        limits.per_tenant as i32,
        limits.per_user as i32,
        settings.filter,
        settings.kind as i16,
        settings.sealed_url.as_ref().map(|sealed| sealed.bytes.as_slice()),
        settings.sealed_url.as_ref().map(|sealed| sealed.key_id.as_str()),
        settings.format as i16,
        settings.template,
        serde_json::json!(settings.templates),
        &settings.channels.names().map(str::to_owned).collect::<Vec<_>>(),
    )
    .fetch_optional(act.conn())
    .await?;
    Ok(asked)
}

/// Replaces an endpoint's credentials. Only where they change: what is written back unchanged could undo that they were
/// sealed anew meanwhile.
pub(super) async fn write_auth(
    conn: &mut PgConnection,
    id: EndpointId,
    auth: Option<&Auth>,
) -> Result<(), Error> {
    sqlx::query!(
        "update endpoints set auth_kind = $2, auth_sealed = $3, auth_vault_key = $4 where id = $1",
        id.0,
        auth.map(|auth| auth.kind as i16),
        auth.map(|auth| auth.sealed.bytes.as_slice()),
        auth.map(|auth| auth.sealed.key_id.as_str()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces an endpoint's subscriptions.
pub(super) async fn write_patterns(
    conn: &mut PgConnection,
    id: EndpointId,
    patterns: &[String],
) -> Result<(), Error> {
    sqlx::query!("delete from subscriptions where endpoint_id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!(
        "insert into subscriptions (endpoint_id, pattern, ordinal)
         select $1, p.pattern, p.ordinal::smallint
         from unnest($2::text[]) with ordinality as p (pattern, ordinal)",
        id.0,
        patterns,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a secret that signs from now on, beside those that are there.
pub(super) async fn write_secret(
    conn: &mut PgConnection,
    id: EndpointId,
    secret: &NewSecret,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into endpoint_secrets
             (endpoint_id, number, sealed, vault_key, hint, created_at, key_sealed, key_vault_key, public_key)
         select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8
         from endpoint_secrets where endpoint_id = $1",
        id.0,
        secret.sealed.bytes,
        secret.sealed.key_id,
        secret.hint,
        now,
        secret.key.sealed.bytes,
        secret.key.sealed.key_id,
        secret.key.public.as_bytes(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
