//! What is left of deleted tenants and endpoints, removed piece by piece, so that nobody waits for it.

use domain::id::EndpointId;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

/// Events, or endpoints, of one step.
const STEP_ROWS: i64 = 500;

/// What a step left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purged {
    /// Of some tenant there may be more.
    More,
    Nothing,
}

/// Removes a piece of what a tenant deleted before `before` had: what was published for it and became of it, and at
/// last its endpoints and replays. The tenant's row stays, so that its id is never another's.
pub async fn tenants(pool: &PgPool, before: OffsetDateTime) -> Result<Purged, Error> {
    let tenant = sqlx::query_scalar!(
        "select id from tenants where deleted_at < $1 and purged_at is null order by deleted_at limit 1",
        before,
    )
    .fetch_optional(pool)
    .await?;
    let Some(tenant) = tenant else { return Ok(Purged::Nothing) };
    let events = sqlx::query_scalar!(
        r#"
        with piece as materialized (
            select id from events where tenant = $1 order by id limit $2
        ), attempted as (
            delete from attempts where event_id in (select id from piece)
        ), owed as (
            delete from deliveries where event_id in (select id from piece)
        ), trouble as (
            delete from troubled where event_id in (select id from piece)
        ), published as (
            delete from events where id in (select id from piece)
        )
        select count(*) as "count!" from piece
        "#,
        tenant,
        STEP_ROWS,
    )
    .fetch_one(pool)
    .await?;
    if events == 0 && statistics(pool, &tenant).await? == 0 && scheduled(pool, &tenant).await? == 0 {
        let mut tx = pool.begin().await?;
        sqlx::query!("delete from unroutable where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!("delete from replays where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!("delete from event_types where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!("delete from notices where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!("delete from tenant_hours where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!("delete from tenant_turns where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!(
            "delete from source_turns where source_id in (select id from sources where tenant = $1)",
            tenant
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("delete from sources where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!("delete from endpoints where tenant = $1", tenant).execute(&mut *tx).await?;
        sqlx::query!("update tenants set purged_at = now(), name = '' where id = $1", tenant)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        tracing::info!(tenant, "deleted tenant is purged");
    }
    Ok(Purged::More)
}

async fn statistics(pool: &PgPool, tenant: &str) -> Result<u64, Error> {
    let deleted = sqlx::query!(
        "delete from endpoint_hours where (endpoint_id, hour) in (select endpoint_id, hour from endpoint_hours
             where tenant = $1 limit $2)",
        tenant,
        STEP_ROWS,
    )
    .execute(pool)
    .await?;
    Ok(deleted.rows_affected())
}

async fn scheduled(pool: &PgPool, tenant: &str) -> Result<u64, Error> {
    let deleted = sqlx::query!(
        "delete from scheduled_events where id in (select id from scheduled_events where tenant = $1 limit $2)",
        tenant,
        STEP_ROWS,
    )
    .execute(pool)
    .await?;
    Ok(deleted.rows_affected())
}

/// Removes endpoints deleted before `before`: of what they were owed no day is left. Answers with which.
pub async fn endpoints(pool: &PgPool, before: OffsetDateTime) -> Result<Vec<EndpointId>, Error> {
    let gone = sqlx::query_scalar!(
        "delete from endpoints where id in (select id from endpoints where deleted_at < $1 limit $2) returning id",
        before,
        STEP_ROWS,
    )
    .fetch_all(pool)
    .await?;
    Ok(gone.into_iter().map(EndpointId).collect())
}
