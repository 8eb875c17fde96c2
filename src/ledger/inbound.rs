//! What a request to a source is met with: who the source is, and whether it may send one more.

use domain::id::SourceId;
use domain::inbound::{Manner, rate};
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use super::admin::sources::manner;
use crate::vault::Sealed;

/// A source as its requests meet it.
#[derive(Debug)]
pub struct Source {
    pub tenant: TenantId,
    pub manner: Manner,
    pub per_minute: u32,
    /// Those that are right now, the newest first.
    pub secrets: Vec<Sealed>,
}

/// `None` where there is no such source, or its tenant is deleted.
pub async fn find(pool: &PgPool, id: SourceId, now: OffsetDateTime) -> Result<Option<Source>, Error> {
    let rows = sqlx::query!(
        "select s.tenant, s.kind, s.hmac, s.per_minute, k.sealed, k.vault_key
         from sources s join tenants t on t.id = s.tenant and t.deleted_at is null
         join source_secrets k on k.source_id = s.id and (k.expires_at is null or k.expires_at > $2)
         where s.id = $1 order by k.number desc",
        id.0,
        now,
    )
    .fetch_all(pool)
    .await?;
    let mut found: Option<Source> = None;
    for row in rows {
        let secret = Sealed { bytes: row.sealed, key_id: row.vault_key };
        match &mut found {
            Some(source) => source.secrets.push(secret),
            None => {
                found = Some(Source {
                    tenant: row.tenant.parse().map_err(|_| Error::Unreadable("tenant id"))?,
                    manner: manner(row.kind, row.hmac)?,
                    per_minute: row.per_minute as u32,
                    secrets: vec![secret],
                });
            }
        }
    }
    Ok(found)
}

/// Counts one more request, unless there were so many within a minute, by this database's clock: then, after how many
/// seconds there is room. The row's lock lets those of all nodes in one by one. `None`: the source of the configuration.
pub async fn take_turn(
    pool: &PgPool,
    source: Option<SourceId>,
    per_minute: u32,
) -> Result<Result<(), u32>, Error> {
    let id = source.map_or(Uuid::nil(), |source| source.0);
    let taken = sqlx::query_scalar!(
        r#"
        insert into source_turns as t (source_id, second, counts)
        values ($1, extract(epoch from clock_timestamp())::bigint, array[1])
        on conflict (source_id) do update set
            second = case when t.second > excluded.second + $3::integer then excluded.second
                else greatest(t.second, excluded.second) end,
            counts = (select array[counted[1] + 1] || counted[2:$3]
                from counted_until(excluded.second, t.second, t.counts, $3) as counted)
        where $2 > (select sum(count)
            from unnest(counted_until(excluded.second, t.second, t.counts, $3)) as counted (count))
        returning true as "taken!"
        "#,
        id,
        i64::from(per_minute),
        rate::SECONDS as i32,
    )
    .fetch_optional(pool)
    .await?;
    if taken.is_some() { Ok(Ok(())) } else { Ok(Err(wait_secs(pool, id, per_minute).await?)) }
}

async fn wait_secs(pool: &PgPool, id: Uuid, per_minute: u32) -> Result<u32, Error> {
    let row = sqlx::query!(
        r#"select counts, greatest(extract(epoch from now())::bigint - second, 0) as "age_secs!"
           from source_turns where source_id = $1"#,
        id,
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(1) };
    let counts: Vec<u32> = row.counts.into_iter().map(|count| count as u32).collect();
    let age_secs = u32::try_from(row.age_secs).unwrap_or(u32::MAX);
    Ok(rate::wait_secs(&counts, age_secs, per_minute))
}
