//! Listings of endpoints: bounded walks, newest first.

use domain::endpoint::Status;
use domain::id::EndpointId;
use domain::matching::{EventType, Pattern};
use domain::tenant::TenantId;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Endpoint, QUEUED_SCAN_ROWS_LISTED, select};
use crate::ledger::Error;
use crate::ledger::admin::Budget;

/// Which endpoints to list; what is `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Option<Status>,
    /// An event type that it is subscribed to, or a pattern as it was written.
    pub event: Option<String>,
    pub user_id: Option<String>,
    /// A part of name or URL, in whatever case.
    pub text: Option<String>,
}

/// One page, and behind which the next one goes on.
#[derive(Debug, Default)]
pub struct Page {
    pub endpoints: Vec<Endpoint>,
    pub next: Option<EndpointId>,
}

struct Row {
    id: Uuid,
    patterns: Vec<String>,
}

impl Filter {
    fn is_of(&self, patterns: &[String]) -> bool {
        let Some(event) = &self.event else { return true };
        let event_type = event.parse::<EventType>().ok();
        patterns.iter().any(|written| {
            let fits = |of: &EventType| written.parse::<Pattern>().is_ok_and(|pattern| pattern.matches(of));
            written == event || event_type.as_ref().is_some_and(fits)
        })
    }
}

/// Those made before `before`. Looks at [`crate::ledger::admin::SCAN_ROWS_MAX`] endpoints at most: a page may be short
/// and still not be the last.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    filter: &Filter,
    before: Option<EndpointId>,
    limit: usize,
) -> Result<Page, Error> {
    let mut budget = Budget::new(limit, filter.event.is_some());
    let mut below = before.map_or(Uuid::max(), |before| before.0);
    let (mut found, mut next) = (Vec::with_capacity(limit), None);
    'walk: while let Some(batch) = budget.next_batch() {
        let rows = scan(pool, tenant, filter, below, batch).await?;
        let is_last = rows.len() < batch;
        for row in rows {
            if found.len() == limit {
                next = Some(EndpointId(below));
                break 'walk;
            }
            below = row.id;
            if filter.is_of(&row.patterns) {
                found.push(row.id);
            }
        }
        next = (!is_last).then_some(EndpointId(below));
        if is_last {
            break;
        }
    }
    Ok(Page { endpoints: select(pool, tenant, &found, QUEUED_SCAN_ROWS_LISTED).await?, next })
}

async fn scan(
    pool: &PgPool,
    tenant: &TenantId,
    filter: &Filter,
    below: Uuid,
    limit: usize,
) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, array(select pattern from subscriptions s where s.endpoint_id = e.id) as "patterns!"
           from endpoints e
           where tenant = $1 and id < $2 and deleted_at is null
             and ($3::smallint is null or status = $3)
             and ($4::text is null or user_id = $4)
             and ($5::text is null or position(lower($5) in lower(name)) > 0
                  or position(lower($5) in lower(url)) > 0)
           order by id desc limit $6"#,
        tenant.as_str(),
        below,
        filter.status.map(|status| status as i16),
        filter.user_id,
        filter.text,
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}
