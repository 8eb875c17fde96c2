//! The lines of turns of tenants with a rate limit, of which nodes take stretches: one after the other, by this
//! database's clock.

use std::collections::HashMap;
use std::time::Duration;

use domain::tenant::TenantId;
use domain::turns::FURTHEST;
use sqlx::PgPool;

use super::Error;

/// Takes a stretch of so long of each tenant's line. Answers how long it is until it begins.
pub async fn take(
    pool: &PgPool,
    stretches: &[(TenantId, Duration)],
) -> Result<HashMap<TenantId, Duration>, Error> {
    // A part of a microsecond is a whole one here: the line is never shorter than what is taken of it.
    let length = |length: Duration| length.as_nanos().div_ceil(1000) as i64;
    let (tenants, lengths): (Vec<String>, Vec<i64>) =
        stretches.iter().map(|(tenant, taken)| (tenant.to_string(), length(*taken))).unzip();
    let rows = sqlx::query!(
        r#"
        insert into tenant_turns as t (tenant, next_at)
        -- In the order in which everybody locks them.
        select tenant, now() + length * interval '1 microsecond'
            from unnest($1::text[], $2::bigint[]) as s (tenant, length) order by tenant
        on conflict (tenant) do update set next_at =
            -- See `domain::turns::begin`.
            greatest(now(), case when t.next_at < now() + $3 * interval '1 microsecond' then t.next_at end)
                + (excluded.next_at - now())
        returning tenant, (extract(epoch from next_at - now()) * 1000000)::bigint as "until_end!"
        "#,
        &tenants,
        &lengths,
        FURTHEST.as_micros() as f64,
    )
    .fetch_all(pool)
    .await?;
    let ends: HashMap<String, i64> = rows.into_iter().map(|row| (row.tenant, row.until_end)).collect();
    let begins = |(tenant, taken): &(TenantId, Duration)| {
        let begins = ends.get(&tenant.to_string())? - length(*taken);
        Some((tenant.clone(), Duration::from_micros(u64::try_from(begins).unwrap_or(0))))
    };
    Ok(stretches.iter().filter_map(begins).collect())
}
