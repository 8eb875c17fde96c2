//! A ledger full of what was delivered on days gone by: written as the recorder leaves it, without the service, which would
//! take hours.

use std::time::Duration;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::context::Context;

/// Events of one statement.
const CHUNK: u32 = 50_000;
/// Days that are filled, the last of them yesterday.
pub const DAYS: u32 = 5;
const DAY: Duration = Duration::from_hours(24);
/// One event in so many is of the rare type.
const RARE: i32 = 50_000;
pub const RARE_TYPE: &str = "order.refunded";
/// Two deliveries an event; of 100 deliveries 24 were tried twice and one is dead of it.
const ATTEMPTS_OF_TWO: u32 = 5;

/// Of $2 to $3, from $1 on, $4 seconds apart.
const EVENTS: &str = "
insert into events (id, tenant, key, type, occurred_at, source, data)
select id, $5, 'order-' || i, case when i % $7 = 1 then $6 else 'order.n' || i % 20 end, made_at(id), 0,
    convert_to('{\"order\":' || i || ',\"note\":\"' || repeat(md5(i::text), 12) || '\"}', 'UTF8')
from (select i, (left(uuid_at($1 + i * $4 * interval '1 second')::text, 13) || '-7' || substr(md5(i::text), 1, 3) || '-8'
    || substr(md5(i::text), 4, 3) || '-' || substr(md5(i::text), 7, 12))::uuid as id
    from generate_series($2, $3) i) made";

/// Of the events made from $2 until $3, to two each of the endpoints $1.
const DELIVERIES: &str = "
with made as (
    insert into deliveries (event_id, endpoint_id, status, reason, attempts, outcome, response_status, updated_at,
        delivered_at, first_attempt)
    select e.id, ($1::uuid[])[(n + k) % cardinality($1) + 1], case when n % 100 = 99 then 3 else 2 end,
        case when n % 100 = 99 then 0 end, case when n % 4 = 3 then 2 else 1 end, case when n % 100 = 99 then 1 else 0 end,
        case when n % 100 = 99 then 500 else 200 end, at, case when n % 100 < 99 then at end,
        convert_to('{\"number\":1,\"startedAt\":' || (extract(epoch from at) * 1000)::bigint
            || ',\"durationMs\":12,\"outcome\":\"succeeded\",\"url\":\"https://example.com/hooks\",'
            || '\"requestHeaders\":[[\"webhook-id\",\"' || e.id || '\"],[\"webhook-timestamp\",\"1795000000\"],'
            || '[\"webhook-signature\",\"v1,***\"]],\"response\":{\"status\":200,'
            || '\"headers\":[[\"content-type\",\"text/plain\"]],\"body\":\"ok\",\"truncated\":false}}', 'UTF8')
    from (select id, made_at(id) as at, row_number() over (order by id) as n from events
            where id >= uuid_at($2) and id < uuid_at($3)) e, generate_series(0, 1) k
    order by e.id
    returning event_id, endpoint_id, position, status, attempts, updated_at, first_attempt
), again as (
    insert into attempts (event_id, endpoint_id, number, record)
    select event_id, endpoint_id, 2, first_attempt from made where attempts = 2
)
insert into troubled (event_id, endpoint_id, tenant, type, position, status, reason, attempts, since)
select m.event_id, m.endpoint_id, e.tenant, e.type, m.position, 3, 0, 2, m.updated_at
from made m join events e on e.id = m.event_id where m.status = 3";

/// A day, whose events are numbered from 1 and are evenly apart.
struct Day {
    from: OffsetDateTime,
    events: u32,
}

impl Day {
    /// When its event of this number was made.
    fn at(&self, number: u32) -> OffsetDateTime {
        self.from + DAY.mul_f64(f64::from(number) / f64::from(self.events + 1))
    }
}

/// How much there is then.
#[derive(Debug, Clone, Copy)]
pub struct Filled {
    pub events: u32,
    pub attempts: u64,
}

/// Events of a tenant on each day, owed to these endpoints in turn, that make about so many attempts in all.
pub async fn fill(
    cx: &mut Context,
    pool: &PgPool,
    tenant: &str,
    endpoints: &[Uuid],
    attempts: u32,
    now: OffsetDateTime,
) -> anyhow::Result<Filled> {
    let events = (attempts / ATTEMPTS_OF_TWO * 2 / DAYS).max(1);
    let today = now.date().midnight().assume_utc();
    let mut written = 0;
    for ago in (1..=DAYS).rev() {
        let day = Day { from: today - DAY * ago, events };
        make(pool, &day).await?;
        for first in (1..=events).step_by(CHUNK as usize) {
            let last = (first + CHUNK - 1).min(events);
            chunk(pool, &day, (first, last), tenant, endpoints).await?;
            written += last - first + 1;
            cx.show("events of days gone by", written.into(), (events * DAYS).into());
        }
    }
    cx.begin("the days are vacuumed, as they would have been");
    for table in ["events", "deliveries", "attempts", "troubled"] {
        run(pool, format!("vacuum (analyze) {table}")).await?;
    }
    let attempts =
        sqlx::query_scalar::<_, i64>("select sum(attempts) from deliveries").fetch_one(pool).await?;
    Ok(Filled { events: written, attempts: attempts.unsigned_abs() })
}

async fn make(pool: &PgPool, day: &Day) -> anyhow::Result<()> {
    let date = day.from.date();
    sqlx::query("select make_partitions($1, $1)").bind(date).execute(pool).await?;
    // The recorder fills the room that is left in each page.
    let name = date.to_string().replace('-', "");
    run(pool, format!("alter table deliveries_{name} set (fillfactor = 100)")).await
}

async fn chunk(
    pool: &PgPool,
    day: &Day,
    (first, last): (u32, u32),
    tenant: &str,
    endpoints: &[Uuid],
) -> anyhow::Result<()> {
    let apart = DAY.as_secs_f64() / f64::from(day.events + 1);
    sqlx::query(EVENTS)
        .bind(day.from)
        .bind(first as i32)
        .bind(last as i32)
        .bind(apart)
        .bind(tenant)
        .bind(RARE_TYPE)
        .bind(RARE)
        .execute(pool)
        .await
        .context("write events")?;
    sqlx::query(DELIVERIES)
        .bind(endpoints)
        .bind(day.at(first))
        .bind(day.at(last + 1))
        .execute(pool)
        .await
        .context("write deliveries")?;
    Ok(())
}

/// (Names of tables cannot be arguments.)
async fn run(pool: &PgPool, sql: String) -> anyhow::Result<()> {
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    Ok(())
}
