//! A list of endpoints, newest first: a bounded look for those that fit, and then all that is shown of them.

use domain::endpoint::Status;
use domain::id::EndpointId;
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
    fits: bool,
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
        scan.take(rows, |row| row.id, |row| row.fits);
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
    // A pattern as a regular expression: its tokens hold nothing that means something in one.
    let rows = sqlx::query_as!(
        Seen,
        r#"select e.id,
               ($4::smallint is null or e.status = $4)
               and ($5::text is null or coalesce(e.user_id = $5, false))
               and ($6::text is null or position(lower($6) in lower(e.name)) > 0
                    or position(lower($6) in lower(e.url)) > 0)
               and ($7::text is null or exists (
                   select from subscriptions s where s.endpoint_id = e.id and (s.pattern = $7 or $7 ~ ('^' ||
                       replace(replace(replace(regexp_replace(s.pattern, '^github\.pr(?=\.|$)', 'github.pull_request'),
                           '.', '\.'), '*', '[^.]+'), '>', '.+') || '$')))) as "fits!"
           from endpoints e where e.tenant = $1 and e.id < $2 and e.deleted_at is null
           order by e.id desc limit $3"#,
        tenant.as_str(),
        below,
        limit,
        filter.status.map(|status| status as i16),
        filter.user_id,
        filter.text,
        filter.event,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}
