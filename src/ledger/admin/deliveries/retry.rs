//! A manual retry: a dead letter is owed again with a fresh set of attempts; what waits is due now.

use actors::ports::Reference;
use domain::action::Action;
use domain::delivery::Status;
use domain::id::DeliveryId;
use domain::tenant::TenantId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Delivery, by_ids, revive};
use crate::ledger::Error;
use crate::ledger::admin::act::Act;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Retried {
    /// As it stands now, and what the queue should carry.
    Owed(Reference, Box<Delivery>),
    /// Never tried yet: queue or ledger will bring it.
    OnItsWay(Box<Delivery>),
    Unknown,
    /// Delivered, or skipped: there is nothing to retry.
    Finished(Status),
    /// Its endpoint is owed nothing: deleted, disabled or failed.
    EndpointEnded,
    /// What was to be sent is not kept any more.
    PayloadExpired,
}

pub async fn retry(act: &mut Act, tenant: &TenantId, id: DeliveryId) -> Result<Retried, Error> {
    let (now, conn) = (act.at(), act.conn());
    let row = sqlx::query!(
        r#"select d.status, d.position, d.attempts, e.data is not null as "is_whole!",
               exists (select from endpoints p where p.id = d.endpoint_id and p.status in (0, 1)
                   and p.deleted_at is null) as "is_owed!"
           from deliveries d join events e on e.id = d.event_id
           where d.event_id = $1 and d.endpoint_id = $2 and e.tenant = $3 for update of d"#,
        id.event.0,
        id.endpoint.0,
        tenant.as_str(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(Retried::Unknown) };
    let status = Status::from_number(row.status).ok_or(Error::Unreadable("delivery status"))?;
    let reference = match status {
        Status::Success | Status::Skipped => return Ok(Retried::Finished(status)),
        Status::Dead if !row.is_whole => return Ok(Retried::PayloadExpired),
        Status::Dead | Status::Retrying if !row.is_owed => return Ok(Retried::EndpointEnded),
        Status::Dead => match revive(conn, &[id], now).await?.pop() {
            Some(reference) => Some(reference),
            // It ended in this moment.
            None => return Ok(Retried::EndpointEnded),
        },
        Status::Retrying => {
            hasten(conn, id, now).await?;
            Some(Reference { delivery: id, position: row.position, number: row.attempts as u32 + 1 })
        }
        // Never tried: it is on its way already.
        Status::Pending => None,
    };
    let Some(delivery) = by_ids(conn, &[id]).await?.pop() else { return Ok(Retried::Unknown) };
    let delivery = Box::new(delivery);
    Ok(match reference {
        Some(reference) => {
            act.note(Action::DeliveryRetried, Some(tenant), id, &[]);
            Retried::Owed(reference, delivery)
        }
        None => Retried::OnItsWay(delivery),
    })
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
