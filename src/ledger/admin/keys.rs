//! API keys. Only a hash of a key is here: 256 random bits need no slow hash.

use domain::id::KeyId;
use domain::tenant::{Role, TenantId};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::ledger::Error;

/// Characters of a key that are kept to tell it from others.
const PREFIX_CHARS: usize = 8;

#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub id: KeyId,
    /// An operator's key has none.
    pub tenant: Option<TenantId>,
    pub name: String,
    pub role: Role,
    pub prefix: String,
    pub created_at: OffsetDateTime,
    pub expires_at: Option<OffsetDateTime>,
    pub last_used_at: Option<OffsetDateTime>,
}

/// A key to be made. `secret` is shown to its owner once.
#[derive(Debug, Clone)]
pub struct NewKey<'a> {
    pub id: KeyId,
    pub tenant: Option<&'a TenantId>,
    pub name: &'a str,
    pub role: Role,
    pub secret: &'a str,
    pub expires_at: Option<OffsetDateTime>,
}

struct Row {
    id: Uuid,
    tenant: Option<String>,
    name: String,
    role: i16,
    prefix: String,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    last_used_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Key {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let tenant = row.tenant.map(|tenant| tenant.parse()).transpose();
        Ok(Self {
            id: KeyId(row.id),
            tenant: tenant.map_err(|_| Error::Unreadable("tenant id"))?,
            name: row.name,
            role: Role::from_number(row.role).ok_or(Error::Unreadable("role of a key"))?,
            prefix: row.prefix,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
    }
}

/// What is stored of a key.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// `hy_` and 43 characters of base64url out of 32 random bytes.
pub fn secret(random: [u8; 32]) -> String {
    use base64::Engine as _;
    format!("hy_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random))
}

fn prefix(secret: &str) -> String {
    secret.chars().take(PREFIX_CHARS).collect()
}

/// `None` when there is no such tenant.
pub async fn create(pool: &PgPool, key: NewKey<'_>, now: OffsetDateTime) -> Result<Option<Key>, Error> {
    let hash = hash(key.secret);
    let row = sqlx::query_as!(
        Row,
        r#"insert into keys (id, tenant, name, role, hash, prefix, created_at, expires_at)
           select $1, $2, $3, $4, $5, $6, $7, $8
           where $2::text is null or exists (select from tenants where id = $2 and deleted_at is null)
           returning id, tenant, name, role, prefix, created_at, expires_at, last_used_at"#,
        key.id.0,
        key.tenant.map(TenantId::as_str),
        key.name,
        key.role as i16,
        hash.as_slice(),
        prefix(key.secret),
        now,
        key.expires_at,
    )
    .fetch_optional(pool)
    .await?;
    row.map(Key::try_from).transpose()
}

/// Makes this key an operator's, whatever it was: the key of `server.operator_key`.
pub async fn ensure_operator(
    pool: &PgPool,
    secret: &str,
    id: KeyId,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let hash = hash(secret);
    sqlx::query!(
        "insert into keys (id, tenant, name, role, hash, prefix, created_at)
         values ($1, null, 'operator key of the configuration', 0, $2, $3, $4)
         on conflict (hash) do update set tenant = null, role = 0, expires_at = null",
        id.0,
        hash.as_slice(),
        prefix(secret),
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The key with this hash, unless it has expired or its tenant is gone.
pub async fn find(pool: &PgPool, hash: &[u8; 32], now: OffsetDateTime) -> Result<Option<Key>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select k.id, k.tenant, k.name, k.role, k.prefix, k.created_at, k.expires_at, k.last_used_at from keys k
         where k.hash = $1 and (k.expires_at is null or k.expires_at > $2)
         and (k.tenant is null or exists (select from tenants t where t.id = k.tenant and t.deleted_at is null))",
        hash.as_slice(),
        now,
    )
    .fetch_optional(pool)
    .await?;
    row.map(Key::try_from).transpose()
}

/// Notes that a key is in use, to the minute.
pub async fn touch(pool: &PgPool, id: KeyId, now: OffsetDateTime) -> Result<(), Error> {
    sqlx::query!(
        "update keys set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at + interval '1 minute' < $2)",
        id.0,
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Newest first, those made before `before`. Of one tenant, or of all.
pub async fn list(
    pool: &PgPool,
    tenant: Option<&TenantId>,
    before: Option<KeyId>,
    limit: usize,
) -> Result<Vec<Key>, Error> {
    let before = before.map_or(Uuid::max(), |before| before.0);
    // Two statements: one for both has a plan for both, which looks at everybody's keys.
    let rows = match tenant {
        Some(tenant) => {
            sqlx::query_as!(
                Row,
                "select id, tenant, name, role, prefix, created_at, expires_at, last_used_at from keys
                 where tenant = $1 and id < $2 order by id desc limit $3",
                tenant.as_str(),
                before,
                limit as i64,
            )
            .fetch_all(pool)
            .await?
        }
        None => {
            sqlx::query_as!(
                Row,
                "select id, tenant, name, role, prefix, created_at, expires_at, last_used_at from keys
                 where id < $1 order by id desc limit $2",
                before,
                limit as i64,
            )
            .fetch_all(pool)
            .await?
        }
    };
    rows.into_iter().map(Key::try_from).collect()
}

/// Of one tenant, or of all.
pub async fn get(pool: &PgPool, tenant: Option<&TenantId>, id: KeyId) -> Result<Option<Key>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, tenant, name, role, prefix, created_at, expires_at, last_used_at from keys
         where id = $1 and ($2::text is null or tenant = $2)",
        id.0,
        tenant.map(TenantId::as_str),
    )
    .fetch_optional(pool)
    .await?;
    row.map(Key::try_from).transpose()
}

/// What changes of a key; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    pub name: Option<String>,
    /// Not an operator's, nor of an operator's key.
    pub role: Option<Role>,
    /// Left as it is, and without an end, are two things.
    pub expires_at: Option<Option<OffsetDateTime>>,
}

/// Answers with the hash of the key that is another now. Of one tenant, or of all.
pub async fn change(
    pool: &PgPool,
    tenant: Option<&TenantId>,
    id: KeyId,
    change: &Change,
) -> Result<Option<Vec<u8>>, Error> {
    let hash = sqlx::query_scalar!(
        "update keys set name = coalesce($3, name), role = coalesce($4, role),
             expires_at = case when $5 then $6 else expires_at end
         where id = $1 and ($2::text is null or tenant = $2) and ($4::smallint is null or role <> 0)
         returning hash",
        id.0,
        tenant.map(TenantId::as_str),
        change.name,
        change.role.map(|role| role as i16),
        change.expires_at.is_some(),
        change.expires_at.flatten(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(hash)
}

/// Answers with the hash of the key that is no more. Of one tenant, or of all.
pub async fn delete(pool: &PgPool, tenant: Option<&TenantId>, id: KeyId) -> Result<Option<Vec<u8>>, Error> {
    let hash = sqlx::query_scalar!(
        "delete from keys where id = $1 and ($2::text is null or tenant = $2) returning hash",
        id.0,
        tenant.map(TenantId::as_str),
    )
    .fetch_optional(pool)
    .await?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_and_known_by_its_hash_alone() {
        let key = secret([255; 32]);
        assert_eq!((key.len(), prefix(&key).as_str()), (46, "hy______"));
        assert_ne!(hash(&key), hash(&secret([254; 32])));
    }
}
