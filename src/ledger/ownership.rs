//! Who may write: the instance, its shards, and the one node that owns them all for now.

use std::collections::HashMap;
use std::time::Duration;

use domain::id::Shard;
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::Error;

/// An advisory lock that one node holds as long as its connection lives: `hookyard` in ASCII.
const NODE_LOCK: i64 = 0x686f_6f6b_7961_7264;
const PING: Duration = Duration::from_secs(5);
const RESUME: Duration = Duration::from_secs(10);

/// The number of shards, fixed at the first start.
pub async fn shards(pool: &PgPool, wanted: u16) -> Result<u16, Error> {
    sqlx::query!("insert into instance (shards) values ($1) on conflict do nothing", wanted as i16)
        .execute(pool)
        .await?;
    let shards = sqlx::query_scalar!("select shards from instance").fetch_one(pool).await?;
    sqlx::query!(
        "insert into shards (shard) select generate_series(0, $1::int - 1)::smallint on conflict do nothing",
        i32::from(shards),
    )
    .execute(pool)
    .await?;
    u16::try_from(shards).map_err(|_| Error::Unreadable("number of shards"))
}

/// The name of the node that owns the shards, as it wrote it down.
pub async fn owner(pool: &PgPool) -> Result<Option<String>, Error> {
    Ok(sqlx::query_scalar!("select node from shards where node is not null limit 1")
        .fetch_optional(pool)
        .await?
        .flatten())
}

/// Every shard that is owned, in order, with its node's name.
pub async fn owners(pool: &PgPool) -> Result<Vec<(i16, String)>, Error> {
    let rows =
        sqlx::query!(r#"select shard, node as "node!" from shards where node is not null order by shard"#)
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|row| (row.shard, row.node)).collect())
}

/// Whether a node holds on to its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    Holds,
    NotYet,
    /// Another node has them.
    Lost,
}

/// This node's hold on the ledger: it lasts as long as its connection.
pub struct Ownership {
    connection: PgConnection,
    /// Every shard, at the epoch of this takeover.
    pub epochs: HashMap<Shard, i64>,
}

impl Ownership {
    /// Takes every shard over; `None` while another node holds them.
    pub async fn take(pool: &PgPool, node: &str) -> Result<Option<Self>, Error> {
        let mut connection = pool.acquire().await?.detach();
        let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "taken!""#, NODE_LOCK)
            .fetch_one(&mut connection)
            .await?;
        if !taken {
            return Ok(None);
        }
        let rows = sqlx::query!(
            "update shards set owner = $1, node = $2, epoch = epoch + 1 returning shard, epoch",
            Uuid::from_bytes(crate::chance::bytes()),
            node,
        )
        .fetch_all(&mut connection)
        .await?;
        let epochs = rows.into_iter().map(|row| (Shard(row.shard as u16), row.epoch)).collect();
        Ok(Some(Self { connection, epochs }))
    }

    /// Whether the connection that holds the lock still stands.
    pub async fn holds(&mut self) -> bool {
        let ping = tokio::time::timeout(PING, self.connection.ping());
        matches!(ping.await, Ok(Ok(())))
    }

    /// Tries to hold on after the connection was lost. The lock may be held still by the old connection's end of
    /// Postgres: only a changed epoch says that another node took the shards over.
    pub async fn resume(&mut self, pool: &PgPool) -> Result<Resumed, Error> {
        let resumed = tokio::time::timeout(RESUME, self.try_resume(pool)).await;
        resumed.unwrap_or_else(|_| Err(Error::silent(RESUME)))
    }

    async fn try_resume(&mut self, pool: &PgPool) -> Result<Resumed, Error> {
        let mut connection = pool.acquire().await?.detach();
        let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "taken!""#, NODE_LOCK)
            .fetch_one(&mut connection)
            .await?;
        let rows = sqlx::query!("select shard, epoch from shards").fetch_all(&mut connection).await?;
        let unchanged = rows.iter().all(|row| self.epochs.get(&Shard(row.shard as u16)) == Some(&row.epoch));
        if !unchanged {
            return Ok(Resumed::Lost);
        }
        if !taken {
            return Ok(Resumed::NotYet);
        }
        self.connection = connection;
        Ok(Resumed::Holds)
    }
}
