//! Deletes a key: it opens nothing from then on.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::KeyId;
use domain::tenant::Permission;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition};
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, Problem, ReadingAll};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;

/// Delete a key
///
/// It opens nothing any more: here at once, at other nodes within a second.
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys", operation_id = "deleteKey",
    extensions(("x-permission" = json!("manage-keys"))),
    params(("id" = texts::KeyId, Path, description = "The key's id"), Precondition),
    responses((status = 204, description = "It is deleted"), Conditional, ReadingAll))]
pub async fn delete(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<KeyId>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::ManageKeys, &state).await?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    if !ledger::delete(&mut act, scope.as_ref(), id, |version| if_match.check(version)).await? {
        return Err(Problem::not_found("key"));
    }
    act.commit().await?;
    state.control.changed().await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
