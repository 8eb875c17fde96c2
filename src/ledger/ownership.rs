//! Who may write: the instance, its shards, the nodes that share them, and until when each has what it has.
//!
//! Promises: a shard is one node's at a time, each time under a higher epoch; whatever is written under an earlier one
//! is refused. Time is this database's alone: a node's own clock decides nothing here. Leaves out: who takes what
//! (`domain::share`), and when a node has to stop by itself.

use std::time::Duration;

use actors::ports::Depth;
use actors::registry::Counts;
use domain::id::Shard;
use domain::lease::{Lease, NodeId};
use domain::share::Owned;
use sqlx::postgres::types::PgInterval;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::{Error, Patience};

/// A lease that is not renewed ends after this: soon enough that a killed node is replaced within 15 s, and long enough
/// for a few renewals to fail.
pub const TTL: Duration = Duration::from_secs(9);
/// What one call may take: several fit into the time that a lease has left.
const CALL: Duration = Duration::from_secs(3);
/// Decisions about free shards are made one after the other, each on what the last one left: `shar` in ASCII.
const SHARING: i64 = 0x7368_6172;
/// Rows of nodes that are gone are kept for so long.
const FORGOTTEN: Duration = Duration::from_hours(1);

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

/// A node that lives, as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub id: NodeId,
    pub name: String,
    pub version: String,
    pub seen_at: OffsetDateTime,
    pub shards: Vec<i16>,
    /// As it said when it was seen.
    pub counts: Counts,
}

/// As many nodes as may have a shard.
const NODES_MAX: i64 = 256;

/// The nodes that live, and what each has.
pub async fn nodes(pool: &PgPool) -> Result<Vec<Seen>, Error> {
    let rows = sqlx::query!(
        r#"
        select n.id, n.name, n.version, n.seen_at, n.actors, n.breakers_open, n.in_flight, n.ready, n.handed_out,
            n.scheduled, n.spilled, array(
            select s.shard from shards s where s.owner = n.id and s.expires_at > now() order by s.shard
        ) as "shards!"
        from nodes n where n.seen_at > now() - $1::interval order by n.name, n.id limit $2
        "#,
        interval(TTL),
        NODES_MAX,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Seen {
            id: NodeId(row.id),
            name: row.name,
            version: row.version,
            seen_at: row.seen_at,
            shards: row.shards,
            counts: Counts {
                actors: row.actors as usize,
                breakers_open: row.breakers_open as usize,
                in_flight: row.in_flight as usize,
                depth: depth(row.ready, row.handed_out, row.scheduled),
                spilled: row.spilled as u64,
            },
        })
        .collect())
}

fn depth(ready: Option<i64>, handed_out: Option<i64>, scheduled: Option<i64>) -> Option<Depth> {
    Some(Depth { ready: ready? as u64, in_flight: handed_out? as u64, scheduled: scheduled? as u64 })
}

/// This process, as it is written down.
#[derive(Debug, Clone)]
pub struct Node {
    pub id: NodeId,
    pub name: String,
    pub version: &'static str,
}

/// How shards are shared at a moment.
#[derive(Debug, Clone, Default)]
pub struct Sharing {
    /// The nodes that live and stay.
    pub live: Vec<NodeId>,
    pub shards: Vec<Owned>,
    /// How long it is until the first of the leases ends, unless it is renewed.
    pub first_ends_in: Option<Duration>,
}

/// This node's part in the sharing, on a connection of its own: whoever else is busy, it is renewed.
#[derive(Debug, Clone)]
pub struct Ownership {
    pub(super) pool: PgPool,
    pub(super) patience: Patience,
    pub node: Node,
}

impl Ownership {
    /// Renews all that this node has, and that it lives. Answers with what it has.
    pub async fn renew(&self, leaving: bool, counts: Counts) -> Result<Vec<Lease>, Error> {
        self.patience.within(CALL, renew(&self.pool, &self.node, leaving, counts)).await
    }

    pub async fn sharing(&self) -> Result<Sharing, Error> {
        let look = async { sharing(&mut *self.pool.acquire().await?).await };
        self.patience.within(CALL, look).await
    }

    /// Takes free shards, chosen by how they are shared at the moment. Answers with what became this node's.
    pub async fn take(&self, choose: impl Fn(&Sharing) -> Vec<Shard> + Send) -> Result<Vec<Lease>, Error> {
        let take = async {
            let mut tx = self.pool.begin().await?;
            sqlx::query!("select pg_advisory_xact_lock($1)", SHARING).execute(&mut *tx).await?;
            let chosen = choose(&sharing(&mut tx).await?);
            let taken = take(&mut tx, &self.node, &chosen).await?;
            tx.commit().await?;
            Ok(taken)
        };
        self.patience.within(CALL, take).await
    }

    /// Frees what this node still has of these.
    pub async fn free(&self, leases: &[Lease]) -> Result<(), Error> {
        self.patience.within(CALL, free(&self.pool, &self.node, leases)).await
    }

    /// Frees all that this node has: it is gone.
    pub async fn leave(&self) -> Result<(), Error> {
        self.patience.within(CALL, leave(&self.pool, &self.node)).await
    }
}

fn interval(length: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: length.as_micros() as i64 }
}

fn lease(shard: i16, epoch: i64) -> Lease {
    Lease { shard: Shard(shard as u16), epoch }
}

async fn renew(pool: &PgPool, node: &Node, leaving: bool, counts: Counts) -> Result<Vec<Lease>, Error> {
    let depth = counts.depth;
    let rows = sqlx::query!(
        r#"
        with seen as (
            insert into nodes (id, name, version, leaving, actors, breakers_open, in_flight, spilled, ready, handed_out,
                scheduled)
            values ($1, $2, $3, $4, $7, $8, $9, $10, $11, $12, $13)
            on conflict (id) do update set seen_at = now(), leaving = excluded.leaving, actors = excluded.actors,
                breakers_open = excluded.breakers_open, in_flight = excluded.in_flight, spilled = excluded.spilled,
                ready = excluded.ready, handed_out = excluded.handed_out, scheduled = excluded.scheduled
        ), forgotten as (
            delete from nodes where seen_at < now() - $6::interval and id <> $1
        ), locked as materialized (
            -- In the order in which everybody locks them.
            select shard from shards where owner = $1 order by shard for no key update
        )
        -- Also what has run out, as long as nobody took it.
        update shards s set expires_at = now() + $5::interval from locked where s.shard = locked.shard
        returning s.shard, s.epoch
        "#,
        node.id.0,
        node.name,
        node.version,
        leaving,
        interval(TTL),
        interval(FORGOTTEN),
        counts.actors as i64,
        counts.breakers_open as i64,
        counts.in_flight as i64,
        counts.spilled as i64,
        depth.map(|depth| depth.ready as i64),
        depth.map(|depth| depth.in_flight as i64),
        depth.map(|depth| depth.scheduled as i64),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| lease(row.shard, row.epoch)).collect())
}

async fn sharing(connection: &mut PgConnection) -> Result<Sharing, Error> {
    let live = sqlx::query_scalar!(
        "select id from nodes where seen_at > now() - $1::interval and not leaving",
        interval(TTL),
    )
    .fetch_all(&mut *connection)
    .await?;
    let shards = sqlx::query!(
        r#"
        select shard, case when expires_at > now() then owner end as owner,
            case when expires_at > now() then (extract(epoch from expires_at - now()) * 1000)::bigint end as ends_in_ms
        from shards order by shard
        "#
    )
    .fetch_all(connection)
    .await?;
    let first_ends_in = shards.iter().filter_map(|row| row.ends_in_ms).min();
    Ok(Sharing {
        live: live.into_iter().map(NodeId).collect(),
        first_ends_in: first_ends_in.map(|millis| Duration::from_millis(millis.unsigned_abs())),
        shards: shards.into_iter().map(|row| (Shard(row.shard as u16), row.owner.map(NodeId))).collect(),
    })
}

async fn take(connection: &mut PgConnection, node: &Node, chosen: &[Shard]) -> Result<Vec<Lease>, Error> {
    let chosen: Vec<i16> = chosen.iter().map(|shard| shard.0 as i16).collect();
    let rows = sqlx::query!(
        r#"
        with locked as materialized (
            -- Waits for what is being written under the epoch before.
            select shard from shards where shard = any($3) order by shard for no key update
        )
        update shards s set owner = $1, node = $2, expires_at = now() + $4::interval,
            -- Higher than any before, also than those that a ledger restored from a backup has forgotten.
            epoch = greatest(s.epoch + 1, extract(epoch from now())::bigint)
        from locked
        where s.shard = locked.shard and (s.owner is null or s.expires_at is null or s.expires_at <= now())
        returning s.shard, s.epoch
        "#,
        node.id.0,
        node.name,
        &chosen,
        interval(TTL),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| lease(row.shard, row.epoch)).collect())
}

/// The epoch is raised here too: what a hand-over did not wait for is not written any more.
async fn free(pool: &PgPool, node: &Node, leases: &[Lease]) -> Result<(), Error> {
    let (shards, epochs): (Vec<i16>, Vec<i64>) =
        leases.iter().map(|lease| (lease.shard.0 as i16, lease.epoch)).unzip();
    sqlx::query!(
        r#"
        with locked as materialized (
            select s.shard from shards s join unnest($2::smallint[], $3::bigint[]) as f (shard, epoch)
                on s.shard = f.shard and s.epoch = f.epoch
            where s.owner = $1 order by s.shard for no key update of s
        )
        update shards s set owner = null, node = null, expires_at = null, epoch = s.epoch + 1
        from locked where s.shard = locked.shard
        "#,
        node.id.0,
        &shards,
        &epochs,
    )
    .execute(pool)
    .await?;
    Ok(())
}

async fn leave(pool: &PgPool, node: &Node) -> Result<(), Error> {
    sqlx::query!(
        r#"
        with gone as (
            delete from nodes where id = $1
        ), locked as materialized (
            select shard from shards where owner = $1 order by shard for no key update
        )
        update shards s set owner = null, node = null, expires_at = null, epoch = s.epoch + 1
        from locked where s.shard = locked.shard
        "#,
        node.id.0,
    )
    .execute(pool)
    .await?;
    Ok(())
}
