//! ed25519 keys of secrets that are older than `v1a`. Every newer one is written with its secret.

use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::PgPool;

use super::NewKey;
use crate::ledger::Error;

/// Gives each secret of an endpoint that has no key one that `make` makes; those that have one keep it.
pub async fn add_keys<E>(
    pool: &PgPool,
    tenant: &TenantId,
    id: EndpointId,
    make: impl Fn() -> Result<NewKey, E>,
) -> Result<(), E>
where
    E: From<Error>,
{
    let without = sqlx::query_scalar!(
        "select number from endpoint_secrets s join endpoints e on e.id = s.endpoint_id
         where e.id = $1 and e.tenant = $2 and s.public_key is null",
        id.0,
        tenant.as_str(),
    )
    .fetch_all(pool)
    .await
    .map_err(Error::from)?;
    for number in without {
        let key = make()?;
        sqlx::query!(
            "update endpoint_secrets set key_sealed = $3, key_vault_key = $4, public_key = $5
             where endpoint_id = $1 and number = $2 and public_key is null",
            id.0,
            number,
            key.sealed.bytes,
            key.sealed.key_id,
            key.public.as_bytes(),
        )
        .execute(pool)
        .await
        .map_err(Error::from)?;
    }
    Ok(())
}
