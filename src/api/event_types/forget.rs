//! Removes an event type from the catalogue.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::tenant::Permission;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Remove an event type
///
/// Its description and its counts. It comes back when such an event is accepted again.
#[utoipa::path(delete, path = "/event-types/{type}", tag = "events", operation_id = "deleteEventType",
    extensions(("x-permission" = json!("write"))),
    params(("type" = texts::EventType, Path, description = "The event type")),
    responses((status = 204, description = "It is gone"), Reading))]
pub async fn forget(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(event_type): Id<domain::matching::EventType>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    if !ledger::forget(&state.pool, &caller.by(&state), &tenant, &event_type).await? {
        return Err(Problem::not_found("event type"));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
