//! Publishes one event.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::Permission;

use super::cloud::{self, CloudEvent};
use super::input::{self, NewEvent, Terms};
use super::sent::{Form, Sent, untaken};
use super::{Receipt, hand_over};
use crate::api::auth::Caller;
use crate::api::idempotency::Idempotency;
use crate::api::json::answer;
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Publishing};
use crate::api::state::State;
use crate::chance;

/// Publish an event
///
/// Answered once the ledger has the event and what it owes. The same `eventId` again answers `duplicate: true` and is
/// delivered once.
///
/// A CloudEvent 1.0 is taken too: in structured mode as `application/cloudevents+json`, and in binary mode where there is a header
/// `ce-specversion`: its attributes are in headers `ce-…`, and the body is its data, JSON or `text/*`. Its `id` is the `eventId`; the
/// same `id` from another `source` is another event.
///
/// A `traceparent` (W3C Trace Context), and `tracestate` beside it, are kept: webhooks go out in the same trace. One that is
/// malformed is as if it had not come. A CloudEvent's own extension of that name counts where there is no such header.
#[utoipa::path(post, path = "/events", tag = "events", operation_id = "publishEvent",
    extensions(("x-permission" = json!("publish"))),
    request_body(content((NewEvent = "application/json"), (CloudEvent = "application/cloudevents+json"))),
    responses((status = 202, description = "It is in the ledger, and will be delivered", body = Receipt), Publishing))]
pub async fn publish(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    sent: Sent,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Publish, &state).await?;
    let (now, random) = (state.now(), chance::bytes());
    let event = match &sent.form {
        Form::Json => input::read_one(&sent.bytes, &tenant, Terms::of(&state), random)?,
        Form::CloudEvent => cloud::read_one(&sent.bytes, &tenant, now, random)?,
        Form::Headers(headers) => cloud::read_headers(headers, &sent.bytes, &tenant, now, random)?,
        Form::Lines => return Err(untaken("only a batch of events may be NDJSON")),
        Form::CloudEvents => return Err(untaken("send a batch of CloudEvents to /events/batch")),
    };
    let asked = asked.of(&tenant, &sent.said());
    if let Some(before) = asked.before(&state).await? {
        return Ok(before);
    }
    let mut receipts = hand_over(&state, asked.identified(&tenant, vec![event]), sent.trace).await?;
    let receipt = receipts.pop().ok_or_else(|| Problem::internal(&"intake answered nothing"))?;
    asked.after(&state, answer(StatusCode::ACCEPTED, &receipt)).await
}
