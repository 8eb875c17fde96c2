//! Describes an event type.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::Permission;
use utoipa::ToSchema;

use super::{KnownType, ledger};
use crate::api::auth::Caller;
use crate::api::fields::{Fields, text};
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Writing};
use crate::api::state::State;
use crate::api::texts;

/// What is said of an event type.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "description": "A customer paid for an order", "example": {"orderId": 42, "amount": 129.5}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct NewDescription {
    /// What happened when such an event is published.
    #[schema(nullable, required = false, min_length = 1, max_length = 1000)]
    description: String,
    /// What `data` may look like.
    #[schema(nullable, required = false)]
    example: serde_json::Value,
}

/// Describe an event type
///
/// In place of what was said before: what is left out, or null, is gone. The type need not have been seen yet.
#[utoipa::path(put, path = "/event-types/{type}", tag = "events", operation_id = "describeEventType",
    extensions(("x-permission" = json!("write"))),
    params(("type" = texts::EventType, Path, description = "The event type")), request_body = NewDescription,
    responses((status = 200, description = "The event type", body = KnownType), Writing))]
pub async fn put(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(event_type): Id<domain::matching::EventType>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut fields = Fields::read(body.one()?)?;
    let description = fields.nullable("description", text(1..=1000)).flatten();
    let example = fields.raw("example").map(|raw| raw.get().to_owned()).filter(|example| example != "null");
    let words = fields.finish(Some(ledger::Words { description, example }))?;
    let described = ledger::describe(&state.pool, &caller.by(&state), &tenant, &event_type, &words).await?;
    let described = described.ok_or_else(|| {
        Problem::field("", "the catalogue has 2,000 event types: delete one that is not needed")
    })?;
    Ok(answer(StatusCode::OK, &KnownType::from(described)))
}
