//! How endpoints stand: what the next owner of a shard finds again. The recorder writes it.

use std::time::Duration;

use domain::breaker::Pause;
use domain::endpoint::{Condition, Failures};
use domain::id::EndpointId;
use sqlx::{PgConnection, PgPool};

use super::Error;

/// Of all endpoints but those that stand as one does that nothing was recorded for.
pub async fn conditions(pool: &PgPool) -> Result<Vec<(EndpointId, Condition)>, Error> {
    let rows = sqlx::query!(
        "select endpoint_id, consecutive_failures, failing_since, breaker_until, breaker_pause_ms, hold_until
         from endpoint_state
         where consecutive_failures > 0 or breaker_until is not null or hold_until is not null"
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let condition = Condition {
                failures: Failures { consecutive: row.consecutive_failures as u32, since: row.failing_since },
                pause: row
                    .breaker_until
                    .zip(row.breaker_pause_ms)
                    .map(|(until, ms)| Pause { until, length: Duration::from_millis(ms as u64) }),
                hold_until: row.hold_until,
            };
            (EndpointId(row.endpoint_id), condition)
        })
        .collect())
}

/// Lets an endpoint start clean.
pub(super) async fn clear(connection: &mut PgConnection, endpoint: EndpointId) -> Result<(), Error> {
    sqlx::query!(
        "update endpoint_state set consecutive_failures = 0, failing_since = null, breaker_until = null,
             breaker_pause_ms = null, hold_until = null
         where endpoint_id = $1",
        endpoint.0,
    )
    .execute(connection)
    .await?;
    Ok(())
}
