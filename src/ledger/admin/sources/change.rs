//! A changed source, its secrets one after the other, and its end.

use std::time::Duration;

use domain::action::Action;
use domain::id::SourceId;
use domain::notice::Notice;
use domain::tenant::TenantId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{NewSecret, Settings, Source, get, hmac};
use crate::ledger::Error;
use crate::ledger::admin::act::Act;
use crate::ledger::notices;

/// Secrets that may be right at a time: past it the oldest ends early. Each is tried on whatever comes.
const SECRETS_MAX: i32 = 3;

/// Changes a source to what `decide` makes of it, which may refuse; nobody else changes it meanwhile. `None` when there
/// is none.
pub async fn change<E: From<Error>>(
    act: &mut Act,
    tenant: &TenantId,
    id: SourceId,
    decide: impl FnOnce(&Source) -> Result<Settings, E>,
) -> Result<Option<Source>, E> {
    let version = act.next_version().await?;
    let Some(before) = get(act.conn(), tenant, id).await? else { return Ok(None) };
    let settings = decide(&before)?;
    let fields = before.settings.differences(&settings);
    let after = Source { settings, version, updated_at: act.at(), ..before };
    update(act.conn(), &after).await?;
    act.note(Action::SourceChanged, Some(tenant), id, &fields);
    Ok(Some(after))
}

async fn update(conn: &mut PgConnection, after: &Source) -> Result<(), Error> {
    sqlx::query!(
        "update sources set name = $2, per_minute = $3, hmac = $4, version = $5, updated_at = $6 where id = $1",
        after.id.0,
        after.settings.name,
        after.settings.per_minute as i32,
        hmac(&after.settings.manner),
        after.version,
        after.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A new secret; those before it are right beside it for `overlap`. `None` when there is no such source.
pub async fn rotate_secret(
    act: &mut Act,
    tenant: &TenantId,
    id: SourceId,
    secret: &NewSecret,
    overlap: Duration,
) -> Result<Option<Source>, Error> {
    let (now, version) = (act.at(), act.next_version().await?);
    let Some(before) = get(act.conn(), tenant, id).await? else { return Ok(None) };
    let after = Source { secret_hint: secret.hint.clone(), version, updated_at: now, ..before };
    update(act.conn(), &after).await?;
    replace_secret(act.conn(), id, secret, now, overlap).await?;
    let of_source = serde_json::json!({"sourceId": id.to_string(), "name": after.settings.name});
    notices::of_tenant(act.conn(), tenant, Notice::SecretRotated, &of_source, None).await?;
    act.note(Action::SecretRotated, Some(tenant), id, &[]);
    Ok(Some(after))
}

async fn replace_secret(
    conn: &mut PgConnection,
    id: SourceId,
    secret: &NewSecret,
    now: OffsetDateTime,
    overlap: Duration,
) -> Result<(), Error> {
    // One that ends earlier anyway keeps its end.
    sqlx::query!(
        "update source_secrets set expires_at = least(expires_at, $2) where source_id = $1",
        id.0,
        now + overlap,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from source_secrets where source_id = $1 and (expires_at <= $2 or number <=
             (select max(number) - $3::integer + 1 from source_secrets where source_id = $1))",
        id.0,
        now,
        SECRETS_MAX,
    )
    .execute(&mut *conn)
    .await?;
    write_secret(conn, id, secret, now).await
}

/// Adds a secret beside those that are there.
pub(super) async fn write_secret(
    conn: &mut PgConnection,
    id: SourceId,
    secret: &NewSecret,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into source_secrets (source_id, number, sealed, vault_key, hint, created_at)
         select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 from source_secrets where source_id = $1",
        id.0,
        secret.sealed.bytes,
        secret.sealed.key_id,
        secret.hint,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a source, its secrets too. False when there is none; `allow` is asked whether this version of it may go.
pub async fn delete<E: From<Error>>(
    act: &mut Act,
    tenant: &TenantId,
    id: SourceId,
    allow: impl FnOnce(i64) -> Result<(), E>,
) -> Result<bool, E> {
    act.next_version().await?;
    let Some(before) = get(act.conn(), tenant, id).await? else { return Ok(false) };
    allow(before.version)?;
    end(act.conn(), id).await?;
    act.note(Action::SourceDeleted, Some(tenant), id, &[]);
    Ok(true)
}

async fn end(conn: &mut PgConnection, id: SourceId) -> Result<(), Error> {
    sqlx::query!("delete from sources where id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!("delete from source_turns where source_id = $1", id.0).execute(conn).await?;
    Ok(())
}
