//! What became of all that was accepted, day by day: what `hookyard audit` reports, and what it asks of the owners.
//!
//! Promises: each delivery is counted once, in one statement with those of its quarter of an hour, so that the counts of a
//! day add up; no statement looks at more. Writes the auditor's watermarks alone. Leaves out: bringing what is
//! missing, which the owner of its shard does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::delivery::Status;
use domain::id::{EndpointId, Shard};
use sqlx::PgPool;
use time::{Date, OffsetDateTime};

use super::{Error, Ledger, partitions};

/// The time that one statement looks over.
const SLICE: Duration = Duration::from_mins(15);

/// Deliveries by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub accepted: u64,
    pub delivered: u64,
    /// Owed, and brought in time or by somebody who has a reason to wait.
    pub waiting: u64,
    pub dead: u64,
    /// Ended without an attempt that succeeded, and wanted by nobody: its endpoint was deleted, say.
    pub skipped: u64,
    /// Owed, late, and nothing says that anybody brings it.
    pub missing: u64,
}

/// What an endpoint is owed for too long, for no reason that the ledger knows: its shard's owner may hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    pub deliveries: u64,
    /// When the first of its events was made.
    pub oldest: OffsetDateTime,
}

/// A day of the ledger. What is late counts as missing.
#[derive(Debug, Clone)]
pub struct Day {
    pub date: Date,
    pub counts: Counts,
    pub late: BTreeMap<EndpointId, Late>,
}

impl Counts {
    fn add(&mut self, status: Status, deliveries: u64, is_missing: bool) {
        self.accepted += deliveries;
        *match status {
            Status::Pending | Status::Retrying if is_missing => &mut self.missing,
            Status::Pending | Status::Retrying => &mut self.waiting,
            Status::Success => &mut self.delivered,
            Status::Dead => &mut self.dead,
            Status::Skipped => &mut self.skipped,
        } += deliveries;
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, day| Self {
            accepted: sum.accepted + day.accepted,
            delivered: sum.delivered + day.delivered,
            waiting: sum.waiting + day.waiting,
            dead: sum.dead + day.dead,
            skipped: sum.skipped + day.skipped,
            missing: sum.missing + day.missing,
        })
    }
}

impl Day {
    /// What is late in these shards is with their owners, who have looked: it waits.
    pub fn trust(&mut self, shard_of: impl Fn(EndpointId) -> Shard, looked: &BTreeSet<Shard>) {
        let trusted = self.late.iter().filter(|(endpoint, _)| looked.contains(&shard_of(**endpoint)));
        let trusted: u64 = trusted.map(|(_, late)| late.deliveries).sum();
        self.counts.missing -= trusted;
        self.counts.waiting += trusted;
    }
}

/// The days there are, oldest first, up to and with that of `now`.
pub async fn days(ledger: &Ledger, now: OffsetDateTime) -> Result<Vec<Date>, Error> {
    let days = async { partitions::days(&mut *ledger.pool.acquire().await?).await };
    let mut dates = Vec::new();
    for day in ledger.await_call(days).await? {
        dates.push(partitions::bounds(&day)?.0.date());
    }
    dates.retain(|date| *date <= now.date());
    Ok(dates)
}

/// Counts a day. Late is what was due before `late_before`, and does not wait at `now`.
pub async fn count(
    ledger: &Ledger,
    date: Date,
    late_before: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Day, Error> {
    let mut day = Day { date, counts: Counts::default(), late: BTreeMap::new() };
    let mut from = date.midnight().assume_utc();
    let end = from + Duration::from_hours(24);
    while from < end {
        let parts = slice(&ledger.pool, from, from + SLICE, late_before, now);
        for part in ledger.await_call(parts).await? {
            let status = Status::from_number(part.status).ok_or(Error::Unreadable("delivery status"))?;
            let deliveries = part.deliveries.unsigned_abs();
            day.counts.add(status, deliveries, part.endpoint_id.is_some() || part.unlisted);
            if let (Some(endpoint), Some(oldest)) = (part.endpoint_id, part.oldest) {
                let late = day.late.entry(EndpointId(endpoint)).or_insert(Late { deliveries: 0, oldest });
                late.deliveries += deliveries;
                late.oldest = late.oldest.min(oldest);
            }
        }
        from += SLICE;
    }
    Ok(day)
}

/// Deliveries of a slice that are alike.
struct Part {
    status: i16,
    /// Retrying by its own row, and in no list that retries are read from.
    unlisted: bool,
    /// Whose it is, where it is late.
    endpoint_id: Option<uuid::Uuid>,
    deliveries: i64,
    /// Of what is late.
    oldest: Option<OffsetDateTime>,
}

async fn slice(
    pool: &PgPool,
    from: OffsetDateTime,
    to: OffsetDateTime,
    late_before: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<Part>, Error> {
    let parts = sqlx::query_as!(
        Part,
        r#"
        with owed as (
            select d.event_id, d.endpoint_id, d.status, d.status = 1 and t.event_id is null as unlisted,
                case d.status
                    when 0 then d.event_id < uuid_at($3) and coalesce(d.position < s.spill_from, true)
                    -- Whoever spills reads its retries first, wherever it reads on.
                    when 1 then t.next_attempt_at < $3 and s.spill_from is null
                    else false
                end and e.status is distinct from 1 and n.paused is distinct from true
                    and coalesce(s.hold_until <= $4, true) and coalesce(s.breaker_until <= $4, true) as late
            from deliveries d
                left join troubled t on t.event_id = d.event_id and t.endpoint_id = d.endpoint_id
                    and t.event_id >= uuid_at($1) and t.event_id < uuid_at($2) and t.status = 1
                left join endpoint_state s on s.endpoint_id = d.endpoint_id
                left join endpoints e on e.id = d.endpoint_id
                left join tenants n on n.id = e.tenant
            where d.event_id >= uuid_at($1) and d.event_id < uuid_at($2)
        )
        select status, unlisted as "unlisted!", case when late then endpoint_id end as endpoint_id,
            count(*) as "deliveries!", min(case when late then made_at(event_id) end) as oldest
        from owed group by 1, 2, 3
        "#,
        from,
        to,
        late_before,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(parts)
}

/// Asks the owners of these shards to look from these instants on. Answers with what `looked` is then, at least.
pub async fn ask(
    pool: &PgPool,
    from: &BTreeMap<Shard, OffsetDateTime>,
) -> Result<BTreeMap<Shard, i64>, Error> {
    let (shards, oldest): (Vec<i16>, Vec<OffsetDateTime>) =
        from.iter().map(|(shard, oldest)| (shard.0 as i16, *oldest)).unzip();
    let rows = sqlx::query!(
        r#"
        with locked as materialized (
            -- In the order in which everybody locks them.
            select shard from shards where shard = any($1) order by shard for no key update
        )
        update shards s set watermark = least(s.watermark, f.oldest), lowered = s.lowered + 1
        from unnest($1::smallint[], $2::timestamptz[]) as f (shard, oldest)
        where s.shard = f.shard and s.shard in (select shard from locked)
        returning s.shard, s.lowered
        "#,
        &shards,
        &oldest,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (Shard(row.shard as u16), row.lowered)).collect())
}

/// How far a shard is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// What its owner has taken note of.
    pub looked: i64,
    /// A node has it.
    pub owned: bool,
}

pub async fn looks(pool: &PgPool) -> Result<BTreeMap<Shard, Look>, Error> {
    let rows = sqlx::query!(
        r#"
        select shard, looked, coalesce(owner is not null and expires_at > now(), false) as "owned!" from shards
        "#
    )
    .fetch_all(pool)
    .await?;
    let look = |looked, owned| Look { looked, owned };
    Ok(rows.into_iter().map(|row| (Shard(row.shard as u16), look(row.looked, row.owned))).collect())
}
