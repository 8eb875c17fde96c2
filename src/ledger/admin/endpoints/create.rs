//! A new endpoint, within the limits of its tenant and its user.

use domain::action::Action;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Auth, Endpoint, NewSecret, Settings, read};
use crate::ledger::Error;
use crate::ledger::admin::act::Act;

/// How many endpoints a tenant may have, and one user of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub per_tenant: u32,
    pub per_user: u32,
}

impl Limits {
    /// Those of a tenant, which may have its own; `None` when there is no such tenant.
    pub(super) async fn of(self, conn: &mut PgConnection, tenant: &TenantId) -> Result<Option<Self>, Error> {
        let own = sqlx::query!(
            "select max_endpoints, max_endpoints_per_user from tenants where id = $1 and deleted_at is null",
            tenant.as_str(),
        )
        .fetch_optional(conn)
        .await?;
        Ok(own.map(|own| self.or(own.max_endpoints, own.max_endpoints_per_user)))
    }

    /// A tenant's own where it has them.
    fn or(self, per_tenant: Option<i32>, per_user: Option<i32>) -> Self {
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
    let (now, version) = (act.at(), act.next_version().await?);
    let conn = act.conn();
    let known = sqlx::query!(
        r#"select max_endpoints, max_endpoints_per_user, endpoints,
               (select count(*) from endpoints where tenant = $1 and user_id = $2 and deleted_at is null) as "of_user!"
           from tenants where id = $1 and deleted_at is null"#,
        tenant.as_str(),
        settings.user_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(known) = known else { return Ok(Created::TenantUnknown) };
    let limits = limits.or(known.max_endpoints, known.max_endpoints_per_user);
    if known.endpoints as u32 >= limits.per_tenant {
        return Ok(Created::TenantFull(limits.per_tenant));
    }
    if settings.user_id.is_some() && known.of_user >= i64::from(limits.per_user) {
        return Ok(Created::UserFull(limits.per_user));
    }
    insert(conn, tenant, id, settings, secret, version, now).await?;
    if settings.auth.is_some() {
        write_auth(conn, id, settings.auth.as_ref()).await?;
    }
    let made = read(conn, tenant, id).await?.ok_or(Error::Unreadable("endpoint"))?;
    act.note(Action::EndpointCreated, Some(tenant), id, &[]);
    Ok(Created::Done(Box::new(made)))
}

/// With its subscriptions and its secret: one statement, since each is a round trip, and others wait.
async fn insert(
    conn: &mut PgConnection,
    tenant: &TenantId,
    id: EndpointId,
    settings: &Settings,
    secret: &NewSecret,
    version: i64,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "with made as (
             insert into endpoints (id, tenant, name, url, user_id, status, custom_headers, header_prefix,
                 max_in_flight, timeout_ms, max_retries, retry_schedule, auto_disable_after,
                 auto_disable_min_duration_ms, version, created_at, updated_at, rate_limit_enabled,
                 max_requests_per_minute, burst, ordered, signatures)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, $19, $20,
                 $21)
         ), subscribed as (
             insert into subscriptions (endpoint_id, pattern, ordinal)
             select $1, p.pattern, p.ordinal::smallint
             from unnest($22::text[]) with ordinality as p (pattern, ordinal)
         )
         insert into endpoint_secrets
             (endpoint_id, number, sealed, vault_key, hint, created_at, key_sealed, key_vault_key, public_key)
         values ($1, 1, $23, $24, $25, $16, $26, $27, $28)",
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
        &settings.patterns,
        secret.sealed.bytes,
        secret.sealed.key_id,
        secret.hint,
        secret.key.sealed.bytes,
        secret.key.sealed.key_id,
        secret.key.public.as_bytes(),
    )
    .execute(conn)
    .await?;
    Ok(())
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
