//! Tenants, as operators manage them.

use domain::action::Action;
use domain::delivery::Reason;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::act::{Act, By};
use super::differing;
use crate::ledger::Error;
use crate::ledger::close::close_soon;

/// What an operator may set. A limit that is `None` is the configuration's, or there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub name: String,
    pub max_deliveries_per_second: Option<u32>,
    pub max_endpoints: Option<u32>,
    pub max_endpoints_per_user: Option<u32>,
    pub paused: bool,
}

impl Settings {
    /// The fields that are not as they were, as the API names them.
    fn differences(&self, after: &Self) -> Vec<&'static str> {
        differing([
            ("name", self.name != after.name),
            ("maxDeliveriesPerSecond", self.max_deliveries_per_second != after.max_deliveries_per_second),
            ("maxEndpoints", self.max_endpoints != after.max_endpoints),
            ("maxEndpointsPerUser", self.max_endpoints_per_user != after.max_endpoints_per_user),
            ("paused", self.paused != after.paused),
        ])
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    pub settings: Settings,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// Another one after every change.
    pub version: i64,
}

struct Row {
    id: String,
    name: String,
    max_deliveries_per_second: Option<i32>,
    max_endpoints: Option<i32>,
    max_endpoints_per_user: Option<i32>,
    paused: bool,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    version: i64,
}

impl TryFrom<Row> for Tenant {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let id = row.id.parse().map_err(|_| Error::Unreadable("tenant id"))?;
        let number = |number: Option<i32>| number.map(|number| number as u32);
        let settings = Settings {
            name: row.name,
            max_deliveries_per_second: number(row.max_deliveries_per_second),
            max_endpoints: number(row.max_endpoints),
            max_endpoints_per_user: number(row.max_endpoints_per_user),
            paused: row.paused,
        };
        let Row { created_at, updated_at, version, .. } = row;
        Ok(Self { id, settings, created_at, updated_at, version })
    }
}

/// `None` when the id is taken, by a deleted tenant too: what is left of it must not become another's.
pub async fn create(act: &mut Act, id: &TenantId, settings: &Settings) -> Result<Option<Tenant>, Error> {
    let (now, version) = (act.at(), act.next_version().await?);
    let conn = act.conn();
    let made = sqlx::query_as!(
        Row,
        "insert into tenants (id, name, version, created_at, updated_at, max_deliveries_per_second, max_endpoints,
             max_endpoints_per_user, paused)
         values ($1, $2, $3, $4, $4, $5, $6, $7, $8)
         on conflict (id) do nothing returning id, name, max_deliveries_per_second, max_endpoints,
             max_endpoints_per_user, paused, created_at, updated_at, version",
        id.as_str(),
        settings.name,
        version,
        now,
        settings.max_deliveries_per_second.map(|number| number as i32),
        settings.max_endpoints.map(|number| number as i32),
        settings.max_endpoints_per_user.map(|number| number as i32),
        settings.paused,
    )
    .fetch_optional(conn)
    .await?;
    let Some(made) = made else { return Ok(None) };
    act.note(Action::TenantCreated, Some(id), id, &[]);
    Ok(Some(made.try_into()?))
}

pub async fn get(pool: &PgPool, id: &TenantId) -> Result<Option<Tenant>, Error> {
    read(pool, id).await
}

/// As [`get`], within a transaction.
async fn read(executor: impl PgExecutor<'_>, id: &TenantId) -> Result<Option<Tenant>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, name, max_deliveries_per_second, max_endpoints, max_endpoints_per_user, paused, created_at,
             updated_at, version
         from tenants where id = $1 and deleted_at is null",
        id.as_str(),
    )
    .fetch_optional(executor)
    .await?;
    row.map(Tenant::try_from).transpose()
}

/// Newest first, those after `after` (when it was made, and its id).
pub async fn list(
    pool: &PgPool,
    after: Option<(OffsetDateTime, TenantId)>,
    limit: usize,
) -> Result<Vec<Tenant>, Error> {
    let (at, id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        "select id, name, max_deliveries_per_second, max_endpoints, max_endpoints_per_user, paused, created_at,
             updated_at, version
         from tenants where deleted_at is null and ($1::timestamptz is null or (created_at, id) < ($1, $2))
         order by created_at desc, id desc limit $3",
        at,
        id.as_ref().map(TenantId::as_str),
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Tenant::try_from).collect()
}

/// Changes a tenant to what `decide` makes of it, which may refuse; nobody else changes it meanwhile. `None` when there is
/// none.
pub async fn change<E: From<Error>>(
    act: &mut Act,
    id: &TenantId,
    decide: impl FnOnce(&Tenant) -> Result<Settings, E>,
) -> Result<Option<Tenant>, E> {
    let version = act.next_version().await?;
    let Some(before) = read(act.conn(), id).await? else { return Ok(None) };
    let settings = decide(&before)?;
    let after = Tenant { settings, updated_at: act.at(), version, ..before };
    update(act.conn(), &after, &before.settings).await?;
    act.note(Action::TenantChanged, Some(id), id, &before.settings.differences(&after.settings));
    Ok(Some(after))
}

async fn update(conn: &mut PgConnection, after: &Tenant, before: &Settings) -> Result<(), Error> {
    let Tenant { id, settings, version, updated_at, .. } = after;
    sqlx::query!(
        "update tenants set name = $2, version = $3, updated_at = $4, max_deliveries_per_second = $5,
             max_endpoints = $6, max_endpoints_per_user = $7, paused = $8
         where id = $1",
        id.as_str(),
        settings.name,
        version,
        updated_at,
        settings.max_deliveries_per_second.map(|number| number as i32),
        settings.max_endpoints.map(|number| number as i32),
        settings.max_endpoints_per_user.map(|number| number as i32),
        settings.paused,
    )
    .execute(&mut *conn)
    .await?;
    let sends = |settings: &Settings| (settings.paused, settings.max_deliveries_per_second);
    if sends(settings) != sends(before) {
        // The directories read anew what may be sent to its endpoints.
        sqlx::query!(
            "update endpoints set version = $2 where tenant = $1 and deleted_at is null",
            id.as_str(),
            version,
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Deletes a tenant: its keys and secrets are gone, its endpoints deleted, and what these were owed is skipped. What is
/// left of it is purged by and by. False when there is no such tenant; `allow` is asked whether this version of it may go.
pub async fn delete<E: From<Error>>(
    pool: &PgPool,
    by: &By,
    id: &TenantId,
    allow: impl FnOnce(i64) -> Result<(), E>,
) -> Result<bool, E> {
    let mut act = Act::begin(pool, by).await?;
    let version = act.next_version().await?;
    let Some(before) = read(act.conn(), id).await? else { return Ok(false) };
    allow(before.version)?;
    let endpoints = end(act.conn(), id, version, by.at).await?;
    act.note(Action::TenantDeleted, Some(id), id, &[]);
    act.commit().await?;
    close_soon(pool, endpoints, Reason::EndpointDeleted).await;
    Ok(true)
}

/// Answers with the endpoints that it had.
async fn end(
    conn: &mut PgConnection,
    id: &TenantId,
    version: i64,
    now: OffsetDateTime,
) -> Result<Vec<EndpointId>, Error> {
    sqlx::query!(
        "update tenants set deleted_at = $2, updated_at = $2, version = $3 where id = $1",
        id.as_str(),
        now,
        version,
    )
    .execute(&mut *conn)
    .await?;
    let endpoints = sqlx::query_scalar!(
        "update endpoints set deleted_at = $2, updated_at = $2, version = $3,
             auth_kind = null, auth_sealed = null, auth_vault_key = null
         where tenant = $1 and deleted_at is null returning id",
        id.as_str(),
        now,
        version,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!("delete from endpoint_secrets where endpoint_id = any($1)", &endpoints)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "delete from source_secrets where source_id in (select id from sources where tenant = $1)",
        id.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from keys where tenant = $1", id.as_str()).execute(conn).await?;
    Ok(endpoints.into_iter().map(EndpointId).collect())
}
