//! How an endpoint stands: what its actor finds again, wherever it lives next. The recorder writes it.

use std::time::Duration;

use domain::breaker::Pause;
use domain::endpoint::{Condition, Failures};
use domain::id::EndpointId;
use sqlx::{PgConnection, PgPool};

use super::Error;

/// An endpoint that nothing was recorded for has not failed.
pub async fn condition(pool: &PgPool, endpoint: EndpointId) -> Result<Condition, Error> {
    let row = sqlx::query!(
        "select consecutive_failures, failing_since, breaker_until, breaker_pause_ms, hold_until
         from endpoint_state where endpoint_id = $1",
        endpoint.0,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map_or_else(Condition::default, |row| Condition {
        failures: Failures { consecutive: row.consecutive_failures as u32, since: row.failing_since },
        pause: row
            .breaker_until
            .zip(row.breaker_pause_ms)
            .map(|(until, ms)| Pause { until, length: Duration::from_millis(ms as u64) }),
        hold_until: row.hold_until,
    }))
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
