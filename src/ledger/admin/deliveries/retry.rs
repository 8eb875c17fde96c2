//! A manual retry: a dead letter is owed again with a fresh set of attempts; what waits is due now.

use actors::ports::Reference;
use domain::delivery::Status;
use domain::id::DeliveryId;
use domain::tenant::TenantId;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use crate::ledger::Error;

/// What came of it. The reference is what the queue should carry now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    Owed(Reference),
    /// Never tried yet: queue or ledger will bring it.
    OnItsWay,
    Unknown,
    /// Delivered, or skipped: there is nothing to retry.
    Finished(Status),
    /// Its endpoint is owed nothing: deleted, disabled or failed.
    EndpointEnded,
}

pub async fn retry(
    pool: &PgPool,
    tenant: &TenantId,
    id: DeliveryId,
    now: OffsetDateTime,
) -> Result<Retried, Error> {
    let mut tx = pool.begin().await?;
    let row = sqlx::query!(
        r#"select d.status, d.position, d.attempts,
               exists (select from endpoints p where p.id = d.endpoint_id and p.status in (0, 1)
                   and p.deleted_at is null) as "is_owed!"
           from deliveries d join events e on e.id = d.event_id
           where d.event_id = $1 and d.endpoint_id = $2 and e.tenant = $3 for update of d"#,
        id.event.0,
        id.endpoint.0,
        tenant.as_str(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(Retried::Unknown) };
    let status = Status::from_number(row.status).ok_or(Error::Unreadable("delivery status"))?;
    let reference = Reference { delivery: id, position: row.position, number: row.attempts as u32 + 1 };
    match status {
        Status::Success | Status::Skipped => return Ok(Retried::Finished(status)),
        Status::Dead | Status::Retrying if !row.is_owed => return Ok(Retried::EndpointEnded),
        Status::Dead => revive(&mut tx, id, now).await?,
        Status::Retrying => hasten(&mut tx, id, now).await?,
        // Never tried: it is on its way already.
        Status::Pending => return Ok(Retried::OnItsWay),
    }
    tx.commit().await?;
    Ok(Retried::Owed(reference))
}

/// A fresh set of attempts: those made so far count as the base, and numbers go on.
async fn revive(conn: &mut PgConnection, id: DeliveryId, now: OffsetDateTime) -> Result<(), Error> {
    sqlx::query!(
        r#"with revived as (
               update deliveries set status = 1, reason = null, base = attempts, updated_at = $3
               where event_id = $1 and endpoint_id = $2 and status = 3
               returning event_id, endpoint_id, position, attempts
           )
           insert into troubled (event_id, endpoint_id, tenant, type, position, status, attempts, next_attempt_at,
               since)
           select r.event_id, r.endpoint_id, e.tenant, e.type, r.position, 1, r.attempts, $3, $3
           from revived r join events e on e.id = r.event_id
           on conflict (event_id, endpoint_id) do update set status = 1, reason = null,
               attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at"#,
        id.event.0,
        id.endpoint.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn hasten(conn: &mut PgConnection, id: DeliveryId, now: OffsetDateTime) -> Result<(), Error> {
    sqlx::query!(
        "update troubled set next_attempt_at = least(next_attempt_at, $3)
         where event_id = $1 and endpoint_id = $2 and status = 1",
        id.event.0,
        id.endpoint.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
