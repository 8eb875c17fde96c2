//! Sources: who may send webhooks to us, as the API shows and changes them.

mod change;

use domain::action::Action;
use domain::id::SourceId;
use domain::inbound::{Kind, Manner};
use domain::tenant::TenantId;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::act::Act;
use super::differing;
use crate::ledger::Error;
use crate::vault::Sealed;

pub use change::{change, delete, rotate_secret};

/// All that its owner may set, vetted.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub name: String,
    pub manner: Manner,
    pub per_minute: u32,
}

impl Settings {
    /// The fields that are not as they were, as the API names them.
    fn differences(&self, after: &Self) -> Vec<&'static str> {
        differing([
            ("name", self.name != after.name),
            ("hmac", self.manner != after.manner),
            ("perMinute", self.per_minute != after.per_minute),
        ])
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub id: SourceId,
    pub tenant: TenantId,
    pub settings: Settings,
    /// Of the newest secret.
    pub secret_hint: String,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// Another one after every change.
    pub version: i64,
}

/// A sealed secret on its way in, with what may be shown of it.
#[derive(Debug, Clone)]
pub struct NewSecret {
    pub sealed: Sealed,
    pub hint: String,
}

/// What came of a creation.
#[derive(Debug)]
pub enum Created {
    Done(Box<Source>),
    TenantUnknown,
    /// The tenant has so many, which is all there may be.
    Full(u32),
}

struct Row {
    id: Uuid,
    tenant: String,
    name: String,
    kind: i16,
    per_minute: i32,
    hmac: Option<serde_json::Value>,
    secret_hint: String,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for Source {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let settings = Settings {
            name: row.name,
            manner: manner(row.kind, row.hmac)?,
            per_minute: row.per_minute as u32,
        };
        Ok(Self {
            id: SourceId(row.id),
            tenant: row.tenant.parse().map_err(|_| Error::Unreadable("tenant id"))?,
            settings,
            secret_hint: row.secret_hint,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// As the two columns have it.
pub(in crate::ledger) fn manner(kind: i16, hmac: Option<serde_json::Value>) -> Result<Manner, Error> {
    match Kind::from_number(kind).ok_or(Error::Unreadable("kind of a source"))? {
        Kind::Github => Ok(Manner::Github),
        Kind::Standard => Ok(Manner::Standard),
        Kind::GenericHmac => {
            let settings = serde_json::from_value(hmac.unwrap_or_default());
            settings.map(Manner::GenericHmac).map_err(|_| Error::Unreadable("settings of a source"))
        }
    }
}

fn hmac(manner: &Manner) -> Option<serde_json::Value> {
    match manner {
        Manner::GenericHmac(settings) => Some(serde_json::json!(settings)),
        Manner::Github | Manner::Standard => None,
    }
}

/// Makes one, where the tenant has fewer than `limit`.
pub async fn create(
    act: &mut Act,
    tenant: &TenantId,
    id: SourceId,
    settings: &Settings,
    secret: &NewSecret,
    limit: u32,
) -> Result<Created, Error> {
    // Others wait, so that the count is right.
    let (now, version) = (act.at(), act.next_version().await?);
    let count = sqlx::query_scalar!(
        r#"select (select count(*) from sources where tenant = $1) as "count!"
           from tenants where id = $1 and deleted_at is null"#,
        tenant.as_str(),
    )
    .fetch_optional(act.conn())
    .await?;
    let Some(count) = count else { return Ok(Created::TenantUnknown) };
    if count >= i64::from(limit) {
        return Ok(Created::Full(limit));
    }
    sqlx::query!(
        "insert into sources (id, tenant, name, kind, per_minute, hmac, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        id.0,
        tenant.as_str(),
        settings.name,
        settings.manner.kind() as i16,
        settings.per_minute as i32,
        hmac(&settings.manner),
        version,
        now,
    )
    .execute(act.conn())
    .await?;
    change::write_secret(act.conn(), id, secret, now).await?;
    act.note(Action::SourceCreated, Some(tenant), id, &[]);
    Ok(Created::Done(Box::new(Source {
        id,
        tenant: tenant.clone(),
        settings: settings.clone(),
        secret_hint: secret.hint.clone(),
        created_at: now,
        updated_at: now,
        version,
    })))
}

pub async fn get(
    executor: impl PgExecutor<'_>,
    tenant: &TenantId,
    id: SourceId,
) -> Result<Option<Source>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, tenant, name, kind, per_minute, hmac, version, created_at, updated_at,
               coalesce((select hint from source_secrets where source_id = id
                   order by number desc limit 1), '') as "secret_hint!"
           from sources where id = $1 and tenant = $2"#,
        id.0,
        tenant.as_str(),
    )
    .fetch_optional(executor)
    .await?;
    row.map(Source::try_from).transpose()
}

/// Newest first, those made before `before`.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    before: Option<SourceId>,
    limit: usize,
) -> Result<Vec<Source>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, tenant, name, kind, per_minute, hmac, version, created_at, updated_at,
               coalesce((select hint from source_secrets where source_id = id
                   order by number desc limit 1), '') as "secret_hint!"
           from sources where tenant = $1 and id < $2 order by id desc limit $3"#,
        tenant.as_str(),
        before.map_or(Uuid::max(), |before| before.0),
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Source::try_from).collect()
}
