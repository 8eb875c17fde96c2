//! Ends a replay where it is.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::ReplayId;
use domain::tenant::Permission;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;

/// End a replay
///
/// What it made owed again so far stays so.
#[utoipa::path(delete, path = "/replays/{id}", tag = "dead letters", operation_id = "cancelReplay",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::ReplayId, Path, description = "The replay")),
    responses((status = 204, description = "It goes no further"), Reading))]
pub async fn cancel(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<ReplayId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    if !ledger::cancel(&mut act, &tenant, id).await? {
        return Err(Problem::not_found("replay"));
    }
    act.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
