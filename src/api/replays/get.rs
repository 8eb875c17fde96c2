//! Shows how far a replay is.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::ReplayId;
use domain::tenant::Permission;

use super::{Replay, ledger};
use crate::api::auth::Caller;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Show a replay
///
/// How far it is: through when `finishedAt` is set.
#[utoipa::path(get, path = "/replays/{id}", tag = "dead letters", operation_id = "getReplay",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::ReplayId, Path, description = "The replay")),
    responses((status = 200, description = "The replay", body = Replay), Reading))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<ReplayId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let replay = ledger::get(&state.pool, &tenant, id).await?.ok_or_else(|| Problem::not_found("replay"))?;
    Ok(answer(StatusCode::OK, &Replay::from(replay)))
}
