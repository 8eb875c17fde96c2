//! What a Postgres is like, for whoever asks whether it suits. Nothing is changed.

use std::collections::{BTreeMap, HashMap};

use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

/// Settings that matter here. `data_directory` is told to few.
const SETTINGS: [&str; 10] = [
    "data_directory",
    "fsync",
    "full_page_writes",
    "max_connections",
    "max_wal_size",
    "reserved_connections",
    "shared_buffers",
    "superuser_reserved_connections",
    "synchronous_commit",
    "wal_compression",
];

#[derive(Debug, Clone)]
pub struct Checkup {
    /// As `server_version_num`: 160004 is 16.4.
    pub version: u32,
    /// By name; sizes in bytes.
    pub settings: BTreeMap<String, String>,
    /// A standby takes no writes.
    pub is_standby: bool,
    pub now: OffsetDateTime,
    /// Connections of others than Hookyard.
    pub others: u64,
    /// Nodes that were seen a moment ago.
    pub nodes: u64,
    /// By version: what was applied, and whether it ended well and is what it is here.
    pub migrations: Migrations,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrations {
    pub missing: Vec<i64>,
    /// Begun and not ended.
    pub broken: Vec<i64>,
    /// Applied from another text than this version has.
    pub other: Vec<i64>,
    /// Of a newer version.
    pub unknown: Vec<i64>,
}

pub async fn checkup(pool: &PgPool) -> Result<Checkup, Error> {
    let server = sqlx::query!(
        r#"
        select current_setting('server_version_num')::int as "version!", pg_is_in_recovery() as "is_standby!",
            to_regclass('nodes') is not null as "has_nodes!", to_regclass('_sqlx_migrations') is not null as "has_migrations!",
            (select count(*) from pg_stat_activity
                where datid is not null and application_name is distinct from 'hookyard') as "others!"
        "#
    )
    .fetch_one(pool)
    .await?;
    let names = SETTINGS.map(str::to_owned);
    let settings = sqlx::query!(
        r#"
        select name as "name!", case unit when 'MB' then (setting::bigint << 20)::text when 'kB' then (setting::bigint << 10)::text
            when '8kB' then (setting::bigint << 13)::text else setting end as "setting!"
        from pg_settings where name = any($1)
        "#,
        &names,
    )
    .fetch_all(pool)
    .await?;
    let nodes = if server.has_nodes {
        sqlx::query_scalar!(
            r#"select count(*) as "count!" from nodes where seen_at > now() - interval '15 s'"#
        )
        .fetch_one(pool)
        .await?
    } else {
        0
    };
    let migrations = migrations(pool, server.has_migrations).await?;
    // Last: nothing is asked after the answer that says what time it is.
    let now = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(pool).await?;
    Ok(Checkup {
        version: server.version.unsigned_abs(),
        settings: settings.into_iter().map(|row| (row.name, row.setting)).collect(),
        is_standby: server.is_standby,
        now,
        others: server.others.unsigned_abs(),
        nodes: nodes.unsigned_abs(),
        migrations,
    })
}

async fn migrations(pool: &PgPool, are_any: bool) -> Result<Migrations, Error> {
    let applied: Vec<(i64, bool, Vec<u8>)> = if are_any {
        // The table is sqlx's own: what checks the queries does not have it.
        sqlx::query_as("select version, success, checksum from _sqlx_migrations order by version")
            .fetch_all(pool)
            .await?
    } else {
        Vec::new()
    };
    let migrator = sqlx::migrate!();
    let mut ours: HashMap<i64, &[u8]> =
        migrator.iter().map(|migration| (migration.version, migration.checksum.as_ref())).collect();
    let mut found = Migrations::default();
    for (version, success, checksum) in applied {
        match ours.remove(&version) {
            _ if !success => found.broken.push(version),
            Some(own) if own != checksum => found.other.push(version),
            Some(_) => {}
            None => found.unknown.push(version),
        }
    }
    found.missing = ours.into_keys().collect();
    found.missing.sort_unstable();
    Ok(found)
}
