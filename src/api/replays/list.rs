//! Lists a tenant's replays.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;

use super::{Replay, ledger};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;

/// List replays
///
/// Those that ended are kept for as long as deliveries are.
#[utoipa::path(get, path = "/replays", tag = "dead letters", operation_id = "listReplays",
    extensions(("x-permission" = json!("read"))),
    params(Paging),
    responses((status = 200, description = "Replays, newest first", body = Page<Replay>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let rows = ledger::list(&state.pool, &tenant, before, limit).await?;
    let page = Page::of(rows, limit, |replay| replay.id.to_string(), Replay::from);
    Ok(answer(StatusCode::OK, &page))
}
