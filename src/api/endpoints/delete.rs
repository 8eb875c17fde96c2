//! Deletes an endpoint.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::EndpointId;
use domain::tenant::Permission;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Delete an endpoint
///
/// What it was owed becomes skipped (`endpoint_deleted`); its log stays until retention.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "endpoints", operation_id = "deleteEndpoint",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")),
    responses((status = 204, description = "It is deleted"), Reading))]
pub async fn delete(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    if !ledger::delete(&state.pool, &caller.by(&state), &tenant, id).await? {
        return Err(Problem::not_found("endpoint"));
    }
    state.control.changed().await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
