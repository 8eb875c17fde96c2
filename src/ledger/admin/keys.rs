//! API keys. Only a hash of a key is here: 256 random bits need no slow hash.
//!
//! What changes or ends a key raises `subscriptions_version`: nodes that keep keys in memory believe them no longer.

use domain::action::Action;
use domain::id::KeyId;
use domain::tenant::{Role, TenantId};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::act::{Act, By};
use super::differing;
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
    /// Another one after every change.
    pub version: i64,
}

/// A key to be made. `secret` is shown to its owner once.
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
    version: i64,
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
            version: row.version,
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
pub async fn create(act: &mut Act, key: NewKey<'_>) -> Result<Option<Key>, Error> {
    let hash = hash(key.secret);
    let row = sqlx::query_as!(
        Row,
        r#"insert into keys (id, tenant, name, role, hash, prefix, created_at, expires_at, version)
           select $1, $2, $3, $4, $5, $6, $7, $8, (select version from subscriptions_version)
           where $2::text is null or exists (select from tenants where id = $2 and deleted_at is null)
           returning id, tenant, name, role, prefix, created_at, expires_at, last_used_at, version"#,
        key.id.0,
        key.tenant.map(TenantId::as_str),
        key.name,
        key.role as i16,
        hash.as_slice(),
        prefix(key.secret),
        act.at(),
        key.expires_at,
    )
    .fetch_optional(act.conn())
    .await?;
    if row.is_some() {
        act.note(Action::KeyCreated, key.tenant, key.id, &[]);
    }
    row.map(Key::try_from).transpose()
}

/// Makes this key an operator's, whatever it was: the key of `server.operator_key`. The one that the setting held
/// before is no more; `None`, and there is none.
pub async fn ensure_operator(
    pool: &PgPool,
    secret: Option<&str>,
    id: KeyId,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let hash = secret.map(hash);
    let mut act = Act::begin(pool, &By::hookyard(now)).await?;
    let version = act.next_version().await?;
    let former = sqlx::query_scalar!(
        "delete from keys where configured and hash is distinct from $1 returning id",
        hash.as_ref().map(<[u8; 32]>::as_slice),
    )
    .fetch_all(act.conn())
    .await?;
    for id in former {
        act.note(Action::KeyDeleted, None, KeyId(id), &[]);
    }
    if let Some((secret, hash)) = secret.zip(hash) {
        let kept = sqlx::query_scalar!(
            "insert into keys (id, tenant, name, role, hash, prefix, created_at, configured, version)
             values ($1, null, 'operator key of the configuration', 0, $2, $3, $4, true, $5)
             on conflict (hash) do update set tenant = null, role = 0, expires_at = null, configured = true,
                 version = $5
             returning id",
            id.0,
            hash.as_slice(),
            prefix(secret),
            now,
            version,
        )
        .fetch_one(act.conn())
        .await?;
        if kept == id.0 {
            act.note(Action::KeyCreated, None, id, &[]);
        }
    }
    act.commit().await
}

/// The key with this hash, unless it has expired or its tenant is gone.
pub async fn find(pool: &PgPool, hash: &[u8; 32], now: OffsetDateTime) -> Result<Option<Key>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select k.id, k.tenant, k.name, k.role, k.prefix, k.created_at, k.expires_at, k.last_used_at,
             k.version
         from keys k
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
                "select id, tenant, name, role, prefix, created_at, expires_at, last_used_at, version
                 from keys where tenant = $1 and id < $2 order by id desc limit $3",
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
                "select id, tenant, name, role, prefix, created_at, expires_at, last_used_at, version
                 from keys where id < $1 order by id desc limit $2",
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
        "select id, tenant, name, role, prefix, created_at, expires_at, last_used_at, version from keys
         where id = $1 and ($2::text is null or tenant = $2)",
        id.0,
        tenant.map(TenantId::as_str),
    )
    .fetch_optional(pool)
    .await?;
    row.map(Key::try_from).transpose()
}

/// What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    pub name: Option<String>,
    /// An operator's key stays one.
    pub role: Option<Role>,
    pub expires_at: Option<Option<OffsetDateTime>>,
}

impl Change {
    /// The fields that it makes other than they were, as the API names them.
    fn fields(&self, before: &Key) -> Vec<&'static str> {
        differing([
            ("name", self.name.as_ref().is_some_and(|name| *name != before.name)),
            ("role", self.role.is_some_and(|role| role != before.role)),
            ("expiresAt", self.expires_at.is_some_and(|end| end != before.expires_at)),
        ])
    }
}

/// Changes a key as `decide` says, which may refuse; nobody else changes it meanwhile. `None` when there is none. Of one
/// tenant, or of all.
pub async fn change<E: From<Error>>(
    act: &mut Act,
    tenant: Option<&TenantId>,
    id: KeyId,
    decide: impl FnOnce(&Key) -> Result<Change, E>,
) -> Result<Option<Key>, E> {
    let version = act.next_version().await?;
    let Some(before) = lock(act.conn(), tenant, id).await? else { return Ok(None) };
    let change = decide(&before)?;
    let fields = change.fields(&before);
    let after = Key {
        name: change.name.unwrap_or(before.name),
        role: change.role.unwrap_or(before.role),
        expires_at: change.expires_at.unwrap_or(before.expires_at),
        version,
        ..before
    };
    update(act.conn(), &after).await?;
    act.note(Action::KeyChanged, after.tenant.as_ref(), id, &fields);
    Ok(Some(after))
}

/// A key that nobody else changes until this transaction ends.
async fn lock(conn: &mut PgConnection, tenant: Option<&TenantId>, id: KeyId) -> Result<Option<Key>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, tenant, name, role, prefix, created_at, expires_at, last_used_at, version from keys
         where id = $1 and ($2::text is null or tenant = $2) for update",
        id.0,
        tenant.map(TenantId::as_str),
    )
    .fetch_optional(conn)
    .await?;
    row.map(Key::try_from).transpose()
}

async fn update(conn: &mut PgConnection, key: &Key) -> Result<(), Error> {
    sqlx::query!(
        "update keys set name = $2, role = $3, expires_at = $4, version = $5 where id = $1",
        key.id.0,
        key.name,
        key.role as i16,
        key.expires_at,
        key.version,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// False when there is no such key; `allow` is asked whether this version of it may go. Of one tenant, or of all.
pub async fn delete<E: From<Error>>(
    act: &mut Act,
    tenant: Option<&TenantId>,
    id: KeyId,
    allow: impl FnOnce(i64) -> Result<(), E>,
) -> Result<bool, E> {
    act.next_version().await?;
    let Some(key) = lock(act.conn(), tenant, id).await? else { return Ok(false) };
    allow(key.version)?;
    let deleted = sqlx::query!("delete from keys where id = $1", id.0).execute(act.conn()).await;
    deleted.map_err(Error::from)?;
    act.note(Action::KeyDeleted, key.tenant.as_ref(), id, &[]);
    Ok(true)
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
