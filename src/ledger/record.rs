//! The recorder's transaction: attempts, states, dead letters and counters, fenced by the leases of their shards.

use std::collections::HashMap;

use actors::ports::{Close, Record};
use domain::action::Action;
use domain::endpoint::Condition;
use domain::id::EndpointId;
use domain::lease::Lease;
use domain::notice::Notice;
use domain::outcome::Outcome;
use domain::verdict::{Disable, Verdict};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use super::admin::act::{Act, By};
use super::lane::Lane;
use super::notices;

/// What may be lost without loss: a delivered outcome of a first attempt.
pub fn may_repeat(record: &Record) -> bool {
    matches!(record.close, Close::Verdict(Verdict::Delivered)) && record.number == 1
}

/// Writes a batch, or nothing of it. A number that is written already is passed over.
pub(super) async fn record(
    pool: &PgPool,
    lane: &Lane,
    records: &[Record],
    leases: &[Lease],
) -> Result<(), Error> {
    let disabled: Vec<_> = records
        .iter()
        .filter_map(|record| Some((record.delivery.endpoint, record.disable?, record.at)))
        .collect();
    let Some(&(_, _, at)) = disabled.last() else {
        let mut connection = lane.enter().await?;
        write(connection.conn(), records, leases).await?;
        connection.leave();
        return Ok(());
    };
    let mut act = Act::begin(pool, &By::hookyard(at)).await?;
    // First what every change of an endpoint locks first: two that each wait for the other would end one.
    let version = act.next_version().await?;
    write(act.conn(), records, leases).await?;
    for (endpoint, why, _) in disabled {
        disable(&mut act, endpoint, why, version).await?;
    }
    act.commit().await
}

/// Gives an endpoint up: nothing new is owed to it. What it was owed is closed afterwards.
async fn disable(act: &mut Act, endpoint: EndpointId, why: Disable, version: i64) -> Result<(), Error> {
    let tenant = sqlx::query_scalar!(
        r#"
        update endpoints set status = 3, status_reason = $2, version = $3, updated_at = now()
        where id = $1 and status in (0, 1) and deleted_at is null returning tenant
        "#,
        endpoint.0,
        why.to_string(),
        version,
    )
    .fetch_optional(act.conn())
    .await?;
    if let Some(tenant) = tenant {
        let tenant = tenant.parse().map_err(|_| Error::Unreadable("tenant id"))?;
        let reason = serde_json::json!({"reason": why.to_string()});
        notices::of_endpoint(act.conn(), &tenant, Notice::EndpointFailed, endpoint, &reason).await?;
        act.note(Action::EndpointFailed, Some(&tenant), endpoint, &["status"]);
    }
    Ok(())
}

#[expect(clippy::too_many_lines, reason = "it is one statement")]
async fn write(connection: &mut PgConnection, records: &[Record], leases: &[Lease]) -> Result<(), Error> {
    let batch = Batch::of(records);
    let first = batch.events.iter().min().copied().unwrap_or_default();
    let last = batch.events.iter().max().copied().unwrap_or_default();
    let (shards, epochs): (Vec<i16>, Vec<i64>) =
        leases.iter().map(|lease| (lease.shard.0 as i16, lease.epoch)).unzip();
    let held = sqlx::query_scalar!(
        r#"
        with owned as materialized (
            select s.shard from shards s join unnest($1::smallint[], $2::bigint[]) as f (shard, epoch)
                on s.shard = f.shard and s.epoch = f.epoch
            order by s.shard for share of s
        ), fence as materialized (
            select count(*) = cardinality($1::smallint[]) as holds from owned
        ), batch as materialized (
            select * from unnest($3::uuid[], $4::uuid[], $5::integer[], $6::integer[], $7::smallint[],
                    $8::smallint[], $9::smallint[], $10::smallint[], $11::text[], $12::bytea[], $13::timestamptz[],
                    $14::timestamptz[])
                as b (event_id, endpoint_id, number, attempts, status, reason, outcome, response_status, error,
                    record, next_attempt_at, at)
            where (select holds from fence)
        ), moved as (
            update deliveries d set
                -- What its endpoint's end has closed meanwhile stays closed; that it was tried is noted all the same.
                status = case when d.status in (0, 1) then b.status else d.status end,
                reason = case when d.status in (0, 1) then b.reason else d.reason end,
                attempts = b.attempts,
                outcome = coalesce(b.outcome, d.outcome),
                response_status = case when b.outcome is null then d.response_status else b.response_status end,
                error = case when b.outcome is null then d.error else b.error end,
                updated_at = b.at,
                delivered_at = case when b.outcome = 0 then b.at else d.delivered_at end,
                first_attempt = case when b.number = 1 then b.record else d.first_attempt end
            from batch b
            where d.event_id = b.event_id and d.endpoint_id = b.endpoint_id and d.attempts = b.number - 1
                -- Known before it begins: the other days' partitions are not even opened.
                and d.event_id between $21 and $22
            returning d.event_id, d.endpoint_id, d.position, d.status, d.reason, d.attempts, b.number, b.outcome,
                b.record, b.next_attempt_at, b.at
        ), kept as (
            insert into attempts (event_id, endpoint_id, number, record)
            select event_id, endpoint_id, number, record from moved where number > 1 and record is not null
            on conflict do nothing
        ), ended as (
            delete from troubled t using moved m
            where t.event_id = m.event_id and t.endpoint_id = m.endpoint_id and m.status not in (1, 3)
        ), in_trouble as (
            insert into troubled (event_id, endpoint_id, tenant, type, position, status, reason, attempts,
                next_attempt_at)
            select m.event_id, m.endpoint_id, e.tenant, e.type, m.position, m.status, m.reason, m.attempts,
                case when m.status = 1 then m.next_attempt_at end
            from moved m join events e on e.id = m.event_id and e.id between $21 and $22
            where m.status in (1, 3)
            on conflict (event_id, endpoint_id) do update set status = excluded.status, reason = excluded.reason,
                attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at
        ), told as (
            insert into notices (tenant, kind, endpoint_id, event_id)
            select e.tenant, 2, m.endpoint_id, m.event_id
            from moved m join events e on e.id = m.event_id and e.id between $21 and $22
            -- Exhausted, gone or poison: of what ends with its endpoint the endpoint's own notice tells. And none of a
            -- notice, or they would beget each other.
            where m.status = 3 and m.reason in (0, 1, 4) and e.source <> 2 and exists (
                select from subscriptions s join endpoints n on n.id = s.endpoint_id
                where s.pattern in ('delivery.dead', 'delivery.*', 'delivery.>') and n.tenant = e.tenant
                    and n.status in (0, 1) and n.deleted_at is null and n.id <> m.endpoint_id)
        ), counted as (
            insert into endpoint_state as s (endpoint_id, success_count, failure_count, consecutive_failures,
                failing_since, last_success_at, last_failure_at, breaker_until, breaker_pause_ms, hold_until)
            select c.endpoint_id, c.successes, c.failures, f.consecutive, f.since, c.last_success, c.last_failure,
                f.breaker_until, f.breaker_pause_ms, f.hold_until
            from (
                select endpoint_id, count(*) filter (where outcome = 0) as successes,
                    count(*) filter (where outcome > 0) as failures,
                    max(at) filter (where outcome = 0) as last_success,
                    max(at) filter (where outcome > 0) as last_failure
                from moved where outcome is not null group by endpoint_id order by endpoint_id
            ) c join unnest($15::uuid[], $16::integer[], $17::timestamptz[], $18::timestamptz[], $19::bigint[],
                    $20::timestamptz[])
                as f (endpoint_id, consecutive, since, breaker_until, breaker_pause_ms, hold_until)
                on f.endpoint_id = c.endpoint_id
            on conflict (endpoint_id) do update set
                success_count = s.success_count + excluded.success_count,
                failure_count = s.failure_count + excluded.failure_count,
                consecutive_failures = excluded.consecutive_failures,
                failing_since = excluded.failing_since,
                breaker_until = excluded.breaker_until,
                breaker_pause_ms = excluded.breaker_pause_ms,
                hold_until = excluded.hold_until,
                last_success_at = coalesce(excluded.last_success_at, s.last_success_at),
                last_failure_at = coalesce(excluded.last_failure_at, s.last_failure_at)
        )
        select holds as "holds!" from fence
        "#,
        &shards,
        &epochs,
        &batch.events,
        &batch.endpoints,
        &batch.numbers,
        &batch.attempts,
        &batch.statuses,
        &batch.reasons as &[Option<i16>],
        &batch.outcomes as &[Option<i16>],
        &batch.response_statuses as &[Option<i16>],
        &batch.errors as &[Option<String>],
        &batch.records as &[Option<Vec<u8>>],
        &batch.next_attempts as &[Option<OffsetDateTime>],
        &batch.at,
        &batch.tried,
        &batch.consecutive,
        &batch.failing_since as &[Option<OffsetDateTime>],
        &batch.breaker_until as &[Option<OffsetDateTime>],
        &batch.breaker_pause_ms as &[Option<i64>],
        &batch.hold_until as &[Option<OffsetDateTime>],
        first,
        last,
    )
    .fetch_one(connection)
    .await?;
    if held { Ok(()) } else { Err(Error::Fenced) }
}

/// A batch as columns.
#[derive(Default)]
struct Batch {
    events: Vec<Uuid>,
    endpoints: Vec<Uuid>,
    numbers: Vec<i32>,
    attempts: Vec<i32>,
    statuses: Vec<i16>,
    reasons: Vec<Option<i16>>,
    outcomes: Vec<Option<i16>>,
    response_statuses: Vec<Option<i16>>,
    errors: Vec<Option<String>>,
    records: Vec<Option<Vec<u8>>>,
    next_attempts: Vec<Option<OffsetDateTime>>,
    at: Vec<OffsetDateTime>,
    /// The endpoints, each once, with the condition it was left in.
    tried: Vec<Uuid>,
    consecutive: Vec<i32>,
    failing_since: Vec<Option<OffsetDateTime>>,
    breaker_until: Vec<Option<OffsetDateTime>>,
    breaker_pause_ms: Vec<Option<i64>>,
    hold_until: Vec<Option<OffsetDateTime>>,
}

impl Batch {
    fn of(records: &[Record]) -> Self {
        let mut batch = Self::default();
        let mut conditions: HashMap<EndpointId, Condition> = HashMap::new();
        for record in records {
            batch.push(record);
            // The last of an endpoint in the batch is the newest: its actor sent them in order.
            conditions.insert(record.delivery.endpoint, record.condition);
        }
        for (endpoint, Condition { failures, pause, hold_until }) in conditions {
            batch.tried.push(endpoint.0);
            batch.consecutive.push(failures.consecutive as i32);
            batch.failing_since.push(failures.since);
            batch.breaker_until.push(pause.map(|pause| pause.until));
            batch.breaker_pause_ms.push(pause.map(|pause| pause.length.as_millis() as i64));
            batch.hold_until.push(hold_until);
        }
        batch
    }

    fn push(&mut self, record: &Record) {
        let number = record.number as i32;
        let report = record.report.as_ref();
        self.events.push(record.delivery.event.0);
        self.endpoints.push(record.delivery.endpoint.0);
        self.numbers.push(number);
        self.attempts.push(if report.is_some() { number } else { number - 1 });
        self.statuses.push(record.close.status() as i16);
        self.reasons.push(record.close.reason().map(|reason| reason as i16));
        self.outcomes.push(report.map(|report| report.ending.outcome as i16));
        self.response_statuses
            .push(report.and_then(|report| report.ending.status).map(|status| status as i16));
        self.errors.push(report.and_then(|report| report.attempt.error.clone()));
        // A record is made of strings and numbers: writing it as JSON cannot fail.
        self.records.push(report.and_then(|report| serde_json::to_vec(report.attempt.as_ref()).ok()));
        self.next_attempts.push(record.close.retry_at());
        self.at.push(record.at);
        debug_assert!(
            report.is_none_or(|r| (r.ending.outcome == Outcome::Succeeded) == r.attempt.error.is_none())
        );
    }
}
