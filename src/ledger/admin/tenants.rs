//! Tenants, as operators manage them.

use domain::delivery::Reason;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::next_version;
use crate::ledger::Error;
use crate::ledger::close::close_soon;

#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

struct Row {
    id: String,
    name: String,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for Tenant {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let id = row.id.parse().map_err(|_| Error::Unreadable("tenant id"))?;
        Ok(Self { id, name: row.name, created_at: row.created_at, updated_at: row.updated_at })
    }
}

/// `None` when the id is taken, by a deleted tenant too: what is left of it must not become another's.
pub async fn create(
    pool: &PgPool,
    id: &TenantId,
    name: &str,
    now: OffsetDateTime,
) -> Result<Option<Tenant>, Error> {
    let mut tx = pool.begin().await?;
    let version = next_version(&mut tx).await?;
    let made = sqlx::query_as!(
        Row,
        "insert into tenants (id, name, version, created_at, updated_at) values ($1, $2, $3, $4, $4)
         on conflict (id) do nothing returning id, name, created_at, updated_at",
        id.as_str(),
        name,
        version,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(made) = made else { return Ok(None) };
    tx.commit().await?;
    Ok(Some(made.try_into()?))
}

pub async fn get(pool: &PgPool, id: &TenantId) -> Result<Option<Tenant>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, name, created_at, updated_at from tenants where id = $1 and deleted_at is null",
        id.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    row.map(Tenant::try_from).transpose()
}

/// Newest first, those after `after` (when it was made, and its id).
pub async fn list(
    pool: &PgPool,
    after: Option<(OffsetDateTime, String)>,
    limit: usize,
) -> Result<Vec<Tenant>, Error> {
    let (at, id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        "select id, name, created_at, updated_at from tenants
         where deleted_at is null and ($1::timestamptz is null or (created_at, id) < ($1, $2))
         order by created_at desc, id desc limit $3",
        at,
        id.as_deref(),
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Tenant::try_from).collect()
}

pub async fn rename(
    pool: &PgPool,
    id: &TenantId,
    name: &str,
    now: OffsetDateTime,
) -> Result<Option<Tenant>, Error> {
    let mut tx = pool.begin().await?;
    let version = next_version(&mut tx).await?;
    let row = sqlx::query_as!(
        Row,
        "update tenants set name = $2, version = $3, updated_at = $4 where id = $1 and deleted_at is null
         returning id, name, created_at, updated_at",
        id.as_str(),
        name,
        version,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    row.map(Tenant::try_from).transpose()
}

/// Deletes a tenant: its keys are gone, its endpoints deleted, and what these were owed is skipped. `None` when
/// there is no such tenant; else the hashes of the keys it had.
pub async fn delete(
    pool: &PgPool,
    id: &TenantId,
    now: OffsetDateTime,
) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let mut tx = pool.begin().await?;
    let version = next_version(&mut tx).await?;
    let deleted = sqlx::query!(
        "update tenants set deleted_at = $2, updated_at = $2, version = $3
         where id = $1 and deleted_at is null",
        id.as_str(),
        now,
        version,
    )
    .execute(&mut *tx)
    .await?;
    if deleted.rows_affected() == 0 {
        return Ok(None);
    }
    let endpoints = sqlx::query_scalar!(
        "update endpoints set deleted_at = $2, updated_at = $2, version = $3
         where tenant = $1 and deleted_at is null returning id",
        id.as_str(),
        now,
        version,
    )
    .fetch_all(&mut *tx)
    .await?;
    let hashes = sqlx::query_scalar!("delete from keys where tenant = $1 returning hash", id.as_str())
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    close_soon(pool, endpoints.into_iter().map(EndpointId).collect(), Reason::EndpointDeleted).await;
    Ok(Some(hashes))
}
