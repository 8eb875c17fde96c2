//! One event type.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::Permission;

use super::{KnownType, ledger};
use crate::api::auth::Caller;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Read an event type
#[utoipa::path(get, path = "/event-types/{type}", tag = "events", operation_id = "getEventType",
    extensions(("x-permission" = json!("read"))),
    params(("type" = texts::EventType, Path, description = "The event type")),
    responses((status = 200, description = "The event type", body = KnownType), Reading))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(event_type): Id<domain::matching::EventType>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let found = ledger::find(&state.pool, &tenant, &event_type).await?;
    let found = found.ok_or_else(|| Problem::not_found("event type"))?;
    Ok(answer(StatusCode::OK, &KnownType::from(found)))
}
