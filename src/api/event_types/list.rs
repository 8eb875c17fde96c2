//! Lists the catalogue.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;

use super::{KnownType, ledger};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;

/// List event types
///
/// In the order of their names: what was accepted so far, some seconds ago, and what was described. 2,000 are kept.
#[utoipa::path(get, path = "/event-types", tag = "events", operation_id = "listEventTypes",
    extensions(("x-permission" = json!("read"))),
    params(Paging),
    responses((status = 200, description = "Event types, by name", body = Page<KnownType>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let (limit, after) = (query.limit(), query.cursor(|text| text.parse().ok()));
    query.finish()?;
    let types = ledger::list(&state.pool, &tenant, after.as_ref(), limit + 1).await?;
    let cursor = |last: &ledger::Described| last.event_type.clone();
    Ok(answer(StatusCode::OK, &Page::of(types, limit, cursor, KnownType::from)))
}
