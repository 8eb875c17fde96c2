//! What an endpoint is owed, page by page, for one that reads it from the ledger.

use actors::ports::{Owed, OwedPage};
use domain::delivery::Progress;
use domain::id::{DeliveryId, EndpointId, EventId};
use sqlx::PgPool;
use time::OffsetDateTime;

use super::Error;

/// Retries due at `now`, oldest first, then what was never tried from `from` on, by position.
pub async fn owed(
    pool: &PgPool,
    endpoint: EndpointId,
    from: i64,
    now: OffsetDateTime,
    limit: u32,
) -> Result<OwedPage, Error> {
    let limit = i64::from(limit);
    let due = sqlx::query!(
        r#"
        select t.event_id, d.position, d.attempts, d.base
        from troubled t join deliveries d on d.event_id = t.event_id and d.endpoint_id = t.endpoint_id
        where t.endpoint_id = $1 and t.status = 1 and t.next_attempt_at <= $2 and d.status = 1
        order by t.next_attempt_at limit $3
        "#,
        endpoint.0,
        now,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let mut page = OwedPage::default();
    let mut push = |event, position, attempts: i32, base: i32| {
        let delivery = DeliveryId { event: EventId(event), endpoint };
        let progress = Progress { attempts: attempts as u32, base: base as u32 };
        page.owed.push(Owed { delivery, position, progress, due: None });
    };
    let full_of_retries = due.len() as i64 == limit;
    for row in due {
        push(row.event_id, row.position, row.attempts, row.base);
    }
    if full_of_retries {
        page.next = Some(from);
        return Ok(page);
    }
    let waiting = sqlx::query!(
        r#"
        select event_id, position, attempts, base from deliveries
        where endpoint_id = $1 and position >= $2 and status = 0 order by position limit $3
        "#,
        endpoint.0,
        from,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let last = waiting.last().map(|row| row.position);
    let is_short = (waiting.len() as i64) < limit;
    for row in waiting {
        push(row.event_id, row.position, row.attempts, row.base);
    }
    page.next = last.filter(|_| !is_short).map(|last| last + 1);
    Ok(page)
}
