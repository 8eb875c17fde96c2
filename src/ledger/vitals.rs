//! How the ledger is: what one looks at to see trouble come, told once a minute by one node.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vitals {
    pub bytes: u64,
    /// What events made before this owe was tried, or is read by its endpoint.
    pub watermark: Option<OffsetDateTime>,
    /// When the first key expires that somebody would miss.
    pub key_expiry: Option<OffsetDateTime>,
}

/// Costs a look at the size of each file of the database, at a row a shard, and at the keys that expire first.
pub async fn vitals(pool: &PgPool, now: OffsetDateTime) -> Result<Vitals, Error> {
    let row = sqlx::query!(
        r#"
        select pg_database_size(current_database()) as "bytes!", (select min(watermark) from shards) as watermark,
            -- A key that is made for a short time is replaced by whoever makes such keys, and one that is not used is
            -- missed by nobody.
            (select k.expires_at from keys k
             where k.expires_at > $1 and k.expires_at - k.created_at > interval '30 days'
                 and k.last_used_at > $1 - interval '7 days'
             order by k.expires_at limit 1) as key_expiry
        "#,
        now,
    )
    .fetch_one(pool)
    .await?;
    Ok(Vitals { bytes: row.bytes as u64, watermark: row.watermark, key_expiry: row.key_expiry })
}
