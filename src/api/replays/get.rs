//! Shows how far a replay is.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::ReplayId;
use domain::tenant::Permission;

use super::{Replay, ledger};
use crate::api::auth::Caller;
use crate::api::json::{Id, answer};
use crate::api::problem::{Problem, ReadingOne};
use crate::api::state::State;

/// Show a replay
#[utoipa::path(get, path = "/replays/{id}", tag = "dead letters", operation_id = "getReplay",
    params(("id" = String, Path)),
    responses((status = 200, description = "The replay", body = Replay), ReadingOne))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    Id(id): Id<ReplayId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let replay = ledger::get(&state.pool, &tenant, id).await?.ok_or_else(|| Problem::not_found("replay"))?;
    Ok(answer(StatusCode::OK, &Replay::from(replay)))
}
