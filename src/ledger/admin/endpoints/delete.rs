//! A deleted endpoint: it is kept until retention, for its log.

use domain::action::Action;
use domain::delivery::Reason;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::{PgConnection, PgPool};

use crate::ledger::Error;
use crate::ledger::admin::act::{Act, By};
use crate::ledger::close::close_soon;

/// What it was owed is skipped, and its secrets are gone. False when there is no such endpoint; `allow` is asked whether
/// this version of it may go.
pub async fn delete<E: From<Error>>(
    pool: &PgPool,
    by: &By,
    tenant: &TenantId,
    id: EndpointId,
    allow: impl FnOnce(i64) -> Result<(), E>,
) -> Result<bool, E> {
    let mut act = Act::begin(pool, by).await?;
    // Nobody changes an endpoint without it: what is read now stays so.
    let next = act.next_version().await?;
    let Some(version) = version(act.conn(), tenant, id).await? else { return Ok(false) };
    allow(version)?;
    end(&mut act, id, next).await?;
    act.note(Action::EndpointDeleted, Some(tenant), id, &[]);
    act.commit().await?;
    close_soon(pool, vec![id], Reason::EndpointDeleted).await;
    Ok(true)
}

async fn version(conn: &mut PgConnection, tenant: &TenantId, id: EndpointId) -> Result<Option<i64>, Error> {
    let version = sqlx::query_scalar!(
        "select version from endpoints where id = $1 and tenant = $2 and deleted_at is null",
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(version)
}

async fn end(act: &mut Act, id: EndpointId, version: i64) -> Result<(), Error> {
    let now = act.at();
    sqlx::query!(
        "update endpoints set deleted_at = $3, updated_at = $3, version = $2,
             auth_kind = null, auth_sealed = null, auth_vault_key = null
         where id = $1",
        id.0,
        version,
        now,
    )
    .execute(act.conn())
    .await?;
    sqlx::query!("delete from endpoint_secrets where endpoint_id = $1", id.0).execute(act.conn()).await?;
    Ok(())
}
