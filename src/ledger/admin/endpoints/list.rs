//! A list of endpoints, newest first: a bounded look for those that fit, and then all that is shown of them.

use domain::endpoint::Status;
use domain::id::EndpointId;
use domain::matching::{EventType, Pattern};
use domain::tenant::TenantId;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Endpoint, QUEUED_SCAN_ROWS_LISTED, by_ids};
use crate::ledger::Error;
use crate::ledger::admin::scan::{Reach, Scan};

/// Which endpoints to list; what is `None` leaves nothing out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub status: Option<Status>,
    /// An event type that it is subscribed to, or a pattern as it was written.
    pub event: Option<String>,
    pub user_id: Option<String>,
    /// A part of name or URL, in whatever case.
    pub text: Option<String>,
}

/// One page, and from where the next one goes on.
#[derive(Debug, Default)]
pub struct Page {
    pub endpoints: Vec<Endpoint>,
    pub next: Option<EndpointId>,
}

struct Seen {
    id: Uuid,
    patterns: Vec<String>,
    fits: bool,
}

impl Filter {
    fn is_of(&self, seen: &Seen) -> bool {
        seen.fits && self.event.as_ref().is_none_or(|event| subscribes(&seen.patterns, event))
    }
}

/// Whether one of these patterns is this text, or matches the event type that it is.
fn subscribes(patterns: &[String], event: &str) -> bool {
    let event_type = event.parse::<EventType>().ok();
    let matches =
        |pattern: &str, of: &EventType| pattern.parse::<Pattern>().is_ok_and(|pattern| pattern.matches(of));
    patterns
        .iter()
        .any(|written| written == event || event_type.as_ref().is_some_and(|of| matches(written, of)))
}

/// Those made before `before`. Looks at [`crate::ledger::admin::SCAN_ROWS_MAX`] of them at most: a page may be short
/// and still not be the last.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    filter: &Filter,
    before: Option<EndpointId>,
    limit: usize,
) -> Result<Page, Error> {
    let reach = Reach { limit, is_filtered: *filter != Filter::default() };
    let mut scan = Scan::new(reach, before.map_or(Uuid::max(), |before| before.0));
    while let Some((below, rows)) = scan.wants() {
        let rows = made_below(pool, tenant, filter, below, rows as i64).await?;
        scan.take(rows, |row| row.id, |row| filter.is_of(row));
    }
    let (found, next) = scan.end();
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    let endpoints = by_ids(pool, tenant, &ids, QUEUED_SCAN_ROWS_LISTED).await?;
    Ok(Page { endpoints, next: next.map(EndpointId) })
}

async fn made_below(
    pool: &PgPool,
    tenant: &TenantId,
    filter: &Filter,
    below: Uuid,
    limit: i64,
) -> Result<Vec<Seen>, Error> {
    let rows = sqlx::query_as!(
        Seen,
        r#"select e.id, array(select pattern from subscriptions s where s.endpoint_id = e.id) as "patterns!",
               ($4::smallint is null or e.status = $4)
               and ($5::text is null or coalesce(e.user_id = $5, false))
               and ($6::text is null or position(lower($6) in lower(e.name)) > 0
                    or position(lower($6) in lower(e.url)) > 0) as "fits!"
           from endpoints e where e.tenant = $1 and e.id < $2 and e.deleted_at is null
           order by e.id desc limit $3"#,
        tenant.as_str(),
        below,
        limit,
        filter.status.map(|status| status as i16),
        filter.user_id,
        filter.text,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}
