//! Deletes a tenant with its keys and endpoints.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::tenant::{Permission, TenantId};

use super::ledger;
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition};
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, Problem, ReadingAll};
use crate::api::state::State;
use crate::api::texts;

/// Delete a tenant
///
/// Its keys are gone and its endpoints deleted: what these were owed is skipped.
#[utoipa::path(delete, path = "/tenants/{id}", tag = "tenants", operation_id = "deleteTenant",
    extensions(("x-permission" = json!("manage-tenants"))),
    params(("id" = texts::TenantId, Path, description = "The tenant"), Precondition),
    responses((status = 204, description = "It is deleted"), Conditional, ReadingAll))]
pub async fn delete(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<TenantId>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let allow = |version| if_match.check(version);
    if !ledger::delete(&state.pool, &caller.by(&state), &id, allow).await? {
        return Err(Problem::not_found("tenant"));
    }
    state.control.changed().await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
