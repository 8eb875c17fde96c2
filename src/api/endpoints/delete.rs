//! Deletes an endpoint.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::EndpointId;
use domain::tenant::Permission;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition};
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Delete an endpoint
///
/// What it was owed becomes skipped (`endpoint_deleted`); its log stays until retention.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "endpoints", operation_id = "deleteEndpoint",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint"), Precondition),
    responses((status = 204, description = "It is deleted"), Conditional, Reading))]
pub async fn delete(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let allow = |version| if_match.check(version);
    if !ledger::delete(&state.pool, &caller.by(&state), &tenant, id, allow).await? {
        return Err(Problem::not_found("endpoint"));
    }
    state.control.changed().await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
