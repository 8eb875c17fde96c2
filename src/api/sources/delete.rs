//! Deletes a source.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::SourceId;
use domain::tenant::Permission;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition};
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;

/// Delete a source
///
/// Nothing that is sent to it is taken any more; what came from it stays.
#[utoipa::path(delete, path = "/sources/{id}", tag = "sources", operation_id = "deleteSource",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::SourceId, Path, description = "The source"), Precondition),
    responses((status = 204, description = "It is deleted"), Conditional, Reading))]
pub async fn delete(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<SourceId>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    if !ledger::delete(&mut act, &tenant, id, |version| if_match.check(version)).await? {
        return Err(Problem::not_found("source"));
    }
    act.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
