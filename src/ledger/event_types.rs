//! Which types of events were accepted: counts that were added up in memory, added to those of the ledger's catalogue, and
//! to the hours of their tenants.

use domain::matching::EventType;
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

/// Types of a tenant that are kept: a producer that makes one up for each event fills no ledger.
pub const TYPES_MAX: i64 = 2_000;

/// Accepted events of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub tenant: TenantId,
    pub event_type: EventType,
    pub events: u64,
    pub first: OffsetDateTime,
    pub last: OffsetDateTime,
}

/// Adds these, each type of a tenant once, in one statement. Those of a tenant that is gone, and new ones of one that has
/// `TYPES_MAX`, are dropped; in a tenant's hour, that of the last of them, all count.
pub async fn add(pool: &PgPool, seen: &[Seen]) -> Result<(), Error> {
    let tenants: Vec<String> = seen.iter().map(|seen| seen.tenant.to_string()).collect();
    let types: Vec<String> = seen.iter().map(|seen| seen.event_type.to_string()).collect();
    let events: Vec<i64> = seen.iter().map(|seen| seen.events as i64).collect();
    let first: Vec<OffsetDateTime> = seen.iter().map(|seen| seen.first).collect();
    let last: Vec<OffsetDateTime> = seen.iter().map(|seen| seen.last).collect();
    sqlx::query!(
        r#"
        with by_hour as (
            insert into tenant_hours as h (tenant, hour, accepted)
            select a.tenant, date_trunc('hour', a.last_seen_at), sum(a.events)
            from unnest($1::text[], $3::bigint[], $5::timestamptz[]) as a (tenant, events, last_seen_at)
                join tenants t on t.id = a.tenant and t.deleted_at is null
            group by 1, 2 order by 1, 2
            on conflict (tenant, hour) do update set accepted = h.accepted + excluded.accepted
        ), seen as (
            select a.*, row_number() over (partition by a.tenant, k.type is null order by a.type) as place,
                k.type is not null as known
            from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
                as a (tenant, type, events, first_seen_at, last_seen_at)
                join tenants t on t.id = a.tenant and t.deleted_at is null
                left join event_types k on k.tenant = a.tenant and k.type = a.type
        )
        insert into event_types as t (tenant, type, events, first_seen_at, last_seen_at)
        select tenant, type, events, first_seen_at, last_seen_at from seen s
        where known or place + (select count(*) from event_types k where k.tenant = s.tenant) <= $6
        -- In one order for all nodes, so that none waits for another that waits for it.
        order by 1, 2
        on conflict (tenant, type) do update set
            events = t.events + excluded.events,
            first_seen_at = least(t.first_seen_at, excluded.first_seen_at),
            last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at)
        "#,
        &tenants,
        &types,
        &events,
        &first,
        &last,
        TYPES_MAX,
    )
    .execute(pool)
    .await?;
    Ok(())
}
