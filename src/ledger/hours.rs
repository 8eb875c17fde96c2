//! What attempts came to, hour by hour: counts that were added up in memory, added to those of the ledger.

use domain::counts::Counts;
use domain::id::EndpointId;
use sqlx::PgPool;
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

/// Adds these, each endpoint and hour once, in one statement. Those of an endpoint that is gone are dropped.
pub async fn add(pool: &PgPool, hours: &[Hour]) -> Result<(), Error> {
    let endpoints: Vec<Uuid> = hours.iter().map(|hour| hour.endpoint.0).collect();
    let at: Vec<OffsetDateTime> = hours.iter().map(|hour| hour.hour).collect();
    let duration_ms: Vec<i64> = hours.iter().map(|hour| hour.counts.duration_ms as i64).collect();
    let outcomes: Vec<String> = hours.iter().map(|hour| array(&hour.counts.outcomes)).collect();
    let durations: Vec<String> = hours.iter().map(|hour| array(hour.counts.durations.counts())).collect();
    sqlx::query!(
        r#"
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
        "#,
        &endpoints,
        &at,
        &outcomes,
        &duration_ms,
        &durations,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// As Postgres writes arrays: those of arrays would have to be of one length.
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
