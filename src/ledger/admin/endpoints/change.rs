//! A changed endpoint, and its secrets one after the other.

use std::time::Duration;

use domain::action::Action;
use domain::delivery::Reason;
use domain::endpoint::Status;
use domain::id::EndpointId;
use domain::notice::Notice;
use domain::tenant::TenantId;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::create::{write_auth, write_patterns, write_secret};
use super::{Endpoint, Limits, NewSecret, Settings, read, status};
use crate::ledger::Error;
use crate::ledger::admin::act::{Act, By};
use crate::ledger::close::{close_from, close_in_pieces, close_soon};
use crate::ledger::condition::clear;
use crate::ledger::notices;

/// Secrets that may sign at a time: past it the oldest ends early.
const SECRETS_MAX: i32 = 10;

/// What came of a change; `Refused` carries the caller's own words.
#[derive(Debug)]
pub enum Changed<E> {
    Done(Box<Endpoint>),
    Unknown,
    Refused(E),
    /// Its new user, who is named, has so many, which is all there may be.
    UserFull(String, u32),
}

/// Changes an endpoint to what `decide` makes of it. Nobody else changes it meanwhile, so what `decide` vets
/// together stays together. A new secret takes the place of all others at once.
///
/// What it was owed is closed when it is disabled, as far as that goes in a moment before the answer; and before it is
/// active again, so that nothing old is sent.
pub async fn change<E>(
    pool: &PgPool,
    by: &By,
    tenant: &TenantId,
    id: EndpointId,
    decide: impl FnOnce(&Endpoint) -> Result<Settings, E>,
    secret: Option<&NewSecret>,
    limits: Limits,
) -> Result<Changed<E>, Error> {
    let nothing_below = close_left(pool, tenant, id).await?;
    let mut act = Act::begin(pool, by).await?;
    let version = act.next_version().await?;
    let conn = act.conn();
    let Some(before) = read(&mut *conn, tenant, id).await? else { return Ok(Changed::Unknown) };
    let after = match decide(&before) {
        Ok(after) => after,
        Err(refusal) => return Ok(Changed::Refused(refusal)),
    };
    if let Some(user) = after.user_id.as_ref().filter(|_| after.user_id != before.settings.user_id)
        && let Some(limit) = full(conn, tenant, user, limits).await?
    {
        return Ok(Changed::UserFull(user.clone(), limit));
    }
    let (was, is) = (before.settings.status, after.status);
    if let Some(reason) = left_for(was).filter(|_| is.is_owed()) {
        close_from(conn, id, reason, nothing_below).await?;
    }
    update(conn, id, &before.settings, &after, version, by.at).await?;
    if after.auth != before.settings.auth {
        write_auth(conn, id, after.auth.as_ref()).await?;
    }
    if after.patterns != before.settings.patterns {
        write_patterns(conn, id, &after.patterns).await?;
    }
    if let Some(secret) = secret {
        sqlx::query!("delete from endpoint_secrets where endpoint_id = $1", id.0).execute(&mut *conn).await?;
        write_secret(conn, id, secret, by.at).await?;
    }
    let begins_anew = !was.is_owed() && is.is_owed();
    if begins_anew || before.settings.is_elsewhere(&after) {
        // It starts clean; and what was at another address is no sign of what is at this one.
        clear(conn, id).await?;
    }
    if was == Status::Failed && is.is_owed() {
        notices::awaits_recovery(conn, id, by.at).await?;
    }
    // Before the commit: once it is done, nothing may fail that would say it was not.
    let Some(mut changed) = read(&mut *conn, tenant, id).await? else { return Ok(Changed::Unknown) };
    let mut fields = before.settings.differences(&after);
    fields.extend(secret.map(|_| "secret"));
    act.note(Action::EndpointChanged, Some(tenant), id, &fields);
    act.commit().await?;
    if was.is_owed() && !is.is_owed() && close_soon(pool, vec![id], Reason::EndpointDisabled).await {
        changed.queued = 0;
    }
    Ok(Changed::Done(Box::new(changed)))
}

/// Why an endpoint of this status is owed nothing.
fn left_for(status: Status) -> Option<Reason> {
    match status {
        Status::Active | Status::Paused => None,
        Status::Disabled => Some(Reason::EndpointDisabled),
        Status::Failed => Some(Reason::EndpointFailed),
    }
}

/// Closes what an endpoint that has ended is owed still, without any lock that others wait for. Answers with the
/// position below which nothing is left.
async fn close_left(pool: &PgPool, tenant: &TenantId, id: EndpointId) -> Result<i64, Error> {
    match status(pool, tenant, id).await?.and_then(left_for) {
        Some(reason) => Ok(close_in_pieces(pool, id, reason).await?.below),
        None => Ok(0),
    }
}

/// How many endpoints a user may have, where there are so many.
async fn full(
    conn: &mut PgConnection,
    tenant: &TenantId,
    user: &str,
    limits: Limits,
) -> Result<Option<u32>, Error> {
    let asked = sqlx::query!(
        r#"select count(*) as "of_user!", (select max_endpoints_per_user from tenants where id = $1)
           from endpoints where tenant = $1 and user_id = $2 and deleted_at is null"#,
        tenant.as_str(),
        user,
    )
    .fetch_one(conn)
    .await?;
    let limit = limits.or(None, asked.max_endpoints_per_user).per_user;
    Ok((asked.of_user >= i64::from(limit)).then_some(limit))
}

async fn update(
    conn: &mut PgConnection,
    id: EndpointId,
    before: &Settings,
    after: &Settings,
    version: i64,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let url = after.sealed_url.as_ref();
    sqlx::query!(
        "update endpoints set name = $2, url = $3, user_id = $4, status = $5,
             status_reason = case when status = $5 then status_reason end, custom_headers = $6,
             header_prefix = $7, max_in_flight = $8, timeout_ms = $9, max_retries = $10, retry_schedule = $11,
             auto_disable_after = $12, auto_disable_min_duration_ms = $13, version = $14, updated_at = $15,
             rate_limit_enabled = $16, max_requests_per_minute = $17, burst = $18, ordered = $19,
             signatures = $20, filter = $21, kind = $22, format = $23, template = $24,
             templates = $25, url_sealed = case when $26 then $27 else url_sealed end,
             url_vault_key = case when $26 then $28 else url_vault_key end, channels = $29
         where id = $1",
        id.0,
        after.name,
        after.url,
        after.user_id,
        after.status as i16,
        serde_json::json!(after.custom_headers),
        after.header_prefix,
        after.max_in_flight as i32,
        after.timeout_ms as i32,
        after.max_retries as i32,
        serde_json::json!(after.retry_schedule),
        after.auto_disable_after.map(|after| after as i32),
        after.auto_disable_min_duration.as_millis() as i64,
        version,
        now,
        after.rate_limit_enabled,
        after.max_requests_per_minute as i32,
        after.burst as i32,
        after.ordered,
        after.signatures as i16,
        after.filter,
        after.kind as i16,
        after.format as i16,
        after.template,
        serde_json::json!(after.templates),
        // Only where it changes: what is written back unchanged could undo that it was sealed anew meanwhile.
        after.sealed_url != before.sealed_url,
        url.map(|url| url.bytes.as_slice()),
        url.map(|url| url.key_id.as_str()),
        &after.channels.names().map(str::to_owned).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A new secret that signs first from now on; those before it sign beside it for `overlap`. `None` when there is
/// no such endpoint.
pub async fn rotate_secret(
    act: &mut Act,
    tenant: &TenantId,
    id: EndpointId,
    secret: &NewSecret,
    overlap: Duration,
) -> Result<Option<Endpoint>, Error> {
    let (now, version) = (act.at(), act.next_version().await?);
    let conn = act.conn();
    let touched = sqlx::query!(
        "update endpoints set version = $3, updated_at = $4 where id = $1 and tenant = $2 and deleted_at is null",
        id.0,
        tenant.as_str(),
        version,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if touched.rows_affected() == 0 {
        return Ok(None);
    }
    // One that ends earlier anyway keeps its end.
    sqlx::query!(
        "update endpoint_secrets set expires_at = least(expires_at, $2) where endpoint_id = $1",
        id.0,
        now + overlap,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from endpoint_secrets where endpoint_id = $1 and (expires_at <= $2 or number <=
             (select max(number) - $3::integer + 1 from endpoint_secrets where endpoint_id = $1))",
        id.0,
        now,
        SECRETS_MAX,
    )
    .execute(&mut *conn)
    .await?;
    write_secret(conn, id, secret, now).await?;
    notices::of_endpoint(conn, tenant, Notice::SecretRotated, id, &serde_json::json!({})).await?;
    let rotated = read(conn, tenant, id).await?;
    act.note(Action::SecretRotated, Some(tenant), id, &[]);
    Ok(rotated)
}
