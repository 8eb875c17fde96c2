//! Publishes one event.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::Permission;

use super::input::{self, NewEvent};
use super::{Receipt, hand_over};
use crate::api::auth::Caller;
use crate::api::idempotency::Idempotency;
use crate::api::json::{Body, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Publishing};
use crate::api::state::State;
use crate::chance;

/// Publish an event
///
/// Answered once the ledger has the event and what it owes. The same `eventId` again answers `duplicate: true` and is
/// delivered once.
#[utoipa::path(post, path = "/events", tag = "events", operation_id = "publishEvent",
    extensions(("x-permission" = json!("publish"))),
    request_body = NewEvent,
    responses((status = 202, description = "It is in the ledger, and will be delivered", body = Receipt), Publishing))]
pub async fn publish(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Publish, &state).await?;
    let events = vec![input::read_one(body.one()?, &tenant, state.now(), chance::bytes())?];
    let asked = asked.of(&tenant, &body.bytes);
    if let Some(before) = asked.before(&state).await? {
        return Ok(before);
    }
    let mut receipts = hand_over(&state, asked.identified(&tenant, events)).await?;
    let receipt = receipts.pop().ok_or_else(|| Problem::internal(&"intake answered nothing"))?;
    asked.after(&state, answer(StatusCode::ACCEPTED, &receipt)).await
}
