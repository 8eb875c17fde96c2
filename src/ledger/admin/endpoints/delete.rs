//! A deleted endpoint: it is kept until retention, for its log.

use domain::action::Action;
use domain::delivery::Reason;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::PgPool;

use crate::ledger::Error;
use crate::ledger::admin::act::{Act, By};
use crate::ledger::admin::next_version;
use crate::ledger::close::close_soon;

/// What it was owed is skipped, and its secrets are gone. False when there is no such endpoint.
pub async fn delete(pool: &PgPool, by: &By, tenant: &TenantId, id: EndpointId) -> Result<bool, Error> {
    let mut act = Act::begin(pool, by).await?;
    let version = next_version(act.conn()).await?;
    let deleted = sqlx::query!(
        "update endpoints set deleted_at = $4, updated_at = $4, version = $3,
             auth_kind = null, auth_sealed = null, auth_vault_key = null
         where id = $1 and tenant = $2 and deleted_at is null",
        id.0,
        tenant.as_str(),
        version,
        by.at,
    )
    .execute(act.conn())
    .await?;
    if deleted.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!("delete from endpoint_secrets where endpoint_id = $1", id.0).execute(act.conn()).await?;
    act.note(Action::EndpointDeleted, Some(tenant), id, &[]);
    act.commit().await?;
    close_soon(pool, vec![id], Reason::EndpointDeleted).await;
    Ok(true)
}
