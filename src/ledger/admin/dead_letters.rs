//! Dead letters: the deliveries that ended without success, until somebody replays them.

use domain::delivery::Status;
use domain::tenant::TenantId;
use sqlx::PgPool;

use super::deliveries::{self, Cursor, Filter, Page};
use crate::ledger::Error;

/// Newest first. `filter.status` is not looked at.
pub async fn list(
    pool: &PgPool,
    tenant: &TenantId,
    filter: Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    let filter = Filter { status: Some(Status::Dead), ..filter };
    deliveries::list(pool, tenant, &filter, after, limit).await
}
