//! What came from a broker and could not be mapped: kept with its reason, for a person to look at.

use domain::id::UnroutableId;
use sqlx::PgPool;

use super::Error;

/// As much of a payload as is kept.
const PAYLOAD_MAX_BYTES: usize = 64 * 1024;

pub async fn keep(
    pool: &PgPool,
    id: UnroutableId,
    source: &str,
    subject: &str,
    tenant: Option<&str>,
    reason: &str,
    payload: &[u8],
) -> Result<(), Error> {
    let payload = &payload[..payload.len().min(PAYLOAD_MAX_BYTES)];
    sqlx::query!(
        "insert into unroutable (id, tenant, source, subject, reason, payload) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        tenant,
        source,
        subject,
        reason,
        payload,
    )
    .execute(pool)
    .await?;
    Ok(())
}
