//! What attempts came to, hour by hour: counts that were added up in memory, added to those of the ledger, of each endpoint and
//! of its tenant.

use std::collections::BTreeMap;

use domain::counts::Counts;
use domain::id::EndpointId;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;

/// The counts of an endpoint in an hour that this instant begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Hour {
    pub endpoint: EndpointId,
    pub hour: OffsetDateTime,
    pub counts: Counts,
}

/// Adds these, each endpoint and hour once, all or none. Those of an endpoint that is gone are dropped.
pub async fn add(pool: &PgPool, hours: &[Hour]) -> Result<(), Error> {
    let mut tx = pool.begin().await?;
    let endpoints: Vec<Uuid> = hours.iter().map(|hour| hour.endpoint.0).collect();
    let at: Vec<OffsetDateTime> = hours.iter().map(|hour| hour.hour).collect();
    let columns = Columns::of(hours.iter().map(|hour| &hour.counts));
    let tenants = sqlx::query!(
        r#"
        with counted as (
            insert into endpoint_hours as h (endpoint_id, hour, tenant, outcomes, duration_ms, durations)
            select e.id, a.hour, e.tenant, a.outcomes::integer[], a.duration_ms, a.durations::integer[]
            from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[])
                as a (endpoint_id, hour, outcomes, duration_ms, durations)
                join endpoints e on e.id = a.endpoint_id
            -- In one order for all nodes, so that none waits for another that waits for it.
            order by 1, 2
            on conflict (endpoint_id, hour) do update set
                outcomes = added(h.outcomes, excluded.outcomes),
                duration_ms = h.duration_ms + excluded.duration_ms,
                durations = added(h.durations, excluded.durations)
            returning endpoint_id, tenant
        )
        select distinct endpoint_id, tenant from counted
        "#,
        &endpoints,
        &at,
        &columns.outcomes,
        &columns.duration_ms,
        &columns.durations,
    )
    .fetch_all(&mut *tx)
    .await?;
    let tenants: BTreeMap<Uuid, String> =
        tenants.into_iter().map(|row| (row.endpoint_id, row.tenant)).collect();
    let mut together: BTreeMap<(&str, OffsetDateTime), Counts> = BTreeMap::new();
    for hour in hours {
        if let Some(tenant) = tenants.get(&hour.endpoint.0) {
            together.entry((tenant, hour.hour)).or_default().merge(&hour.counts);
        }
    }
    of_tenants(&mut tx, &together).await?;
    tx.commit().await?;
    Ok(())
}

/// In one order for all nodes, too.
async fn of_tenants(
    conn: &mut PgConnection,
    together: &BTreeMap<(&str, OffsetDateTime), Counts>,
) -> Result<(), Error> {
    let (tenants, at): (Vec<String>, Vec<OffsetDateTime>) =
        together.keys().map(|(tenant, hour)| ((*tenant).to_owned(), *hour)).unzip();
    let columns = Columns::of(together.values());
    let lags: Vec<String> = together.values().map(|counts| array(counts.lags.counts())).collect();
    sqlx::query!(
        r#"
        insert into tenant_hours as h (tenant, hour, outcomes, duration_ms, durations, lags)
        select a.tenant, a.hour, a.outcomes::integer[], a.duration_ms, a.durations::integer[], a.lags::integer[]
        from unnest($1::text[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[], $6::text[])
            as a (tenant, hour, outcomes, duration_ms, durations, lags)
        order by 1, 2
        on conflict (tenant, hour) do update set
            outcomes = added(h.outcomes, excluded.outcomes),
            duration_ms = h.duration_ms + excluded.duration_ms,
            durations = added(h.durations, excluded.durations),
            lags = added(h.lags, excluded.lags)
        "#,
        &tenants,
        &at,
        &columns.outcomes,
        &columns.duration_ms,
        &columns.durations,
        &lags,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts as columns, arrays written as Postgres reads them: those of arrays would have to be of one length.
#[derive(Default)]
struct Columns {
    outcomes: Vec<String>,
    duration_ms: Vec<i64>,
    durations: Vec<String>,
}

impl Columns {
    fn of<'a>(all: impl Iterator<Item = &'a Counts>) -> Self {
        let mut columns = Self::default();
        for counts in all {
            columns.outcomes.push(array(&counts.outcomes));
            columns.duration_ms.push(counts.duration_ms as i64);
            columns.durations.push(array(counts.durations.counts()));
        }
        columns
    }
}

fn array(counts: &[u64]) -> String {
    let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
    format!("{{{}}}", counts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_as_postgres_reads_them() {
        assert_eq!(array(&[1, 0, 23]), "{1,0,23}");
    }
}
