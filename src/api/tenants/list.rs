//! Lists tenants.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;

use super::{Tenant, ledger};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query, read_instant, write_instant};
use crate::api::problem::{Problem, ReadingAll};
use crate::api::state::State;

/// List tenants
///
/// Those that were not deleted.
#[utoipa::path(get, path = "/tenants", tag = "tenants", operation_id = "listTenants",
    extensions(("x-permission" = json!("manage-tenants"))),
    params(Paging),
    responses((status = 200, description = "Tenants, newest first", body = Page<Tenant>), ReadingAll))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let mut query = Query::of(&uri);
    let (limit, after) = (query.limit(), query.cursor(read_instant));
    query.finish()?;
    let tenants = ledger::list(&state.pool, after, limit + 1).await?;
    let cursor = |last: &ledger::Tenant| write_instant(last.created_at, &last.id);
    Ok(answer(StatusCode::OK, &Page::of(tenants, limit, cursor, Tenant::from)))
}
