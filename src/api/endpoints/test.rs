//! Sends an endpoint a `webhook.test` event at once.

use std::sync::Arc;

use actors::ports::EgressError;
use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::channels::Channels;
use domain::endpoint::Endpoint;
use domain::event::{Event, Source, body as request_body};
use domain::id::{EndpointId, EventId};
use domain::matching::EventType;
use domain::tenant::{Permission, TenantId};
use serde_json::value::to_raw_value;
use time::OffsetDateTime;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::deliveries::Attempt;
use crate::api::idempotency::Idempotency;
use crate::api::json::{Body, Id, Nothing, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, Problem};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

const EVENT_TYPE: &str = "webhook.test";

/// Send a test event
///
/// Past queue and limits, whatever the endpoint's status. Nothing of it is kept, and it counts for nothing.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "endpoints", operation_id = "testEndpoint",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")), request_body = Option<Nothing>,
    responses((status = 200, description = "What came of it", body = Attempt), Creating))]
pub async fn test(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    body.nothing()?;
    let asked = asked.of(&tenant, &body.bytes);
    if let Some(before) = asked.before(&state).await? {
        return Ok(before);
    }
    let endpoint = find(&state, &tenant, id).await?;
    let event = event(&endpoint, state.now(), chance::bytes())?;
    let sent =
        request_body(&event.event_type, event.occurred_at, &event.public_id(), event.data.get().as_bytes());
    let attempt = state.control.test(endpoint, event).await.map_err(|error| match error {
        EgressError::Ledger(_) => Problem::unavailable(),
        EgressError::UnknownEvent(_)
        | EgressError::Expired(_)
        | EgressError::Secret(_)
        | EgressError::Lapsed => Problem::internal(&error),
    })?;
    let tested = answer(StatusCode::OK, &Attempt::new(attempt, &sent));
    asked.after(&state, tested).await
}

/// The endpoint as egress wants it. One that another node made just now has to be read first.
pub(super) async fn find(state: &State, tenant: &TenantId, id: EndpointId) -> Result<Arc<Endpoint>, Problem> {
    if !ledger::exists(&state.pool, tenant, id).await? {
        return Err(Problem::not_found("endpoint"));
    }
    if let Some(endpoint) = state.directory.endpoint(id) {
        return Ok(endpoint);
    }
    state.control.changed().await;
    state.directory.endpoint(id).ok_or_else(Problem::unavailable)
}

fn event(endpoint: &Endpoint, now: OffsetDateTime, random: [u8; 10]) -> Result<Event, Problem> {
    let data = serde_json::json!({
        "message": "A test of this endpoint. Nothing happened.",
        "webhookId": endpoint.id,
    });
    Ok(Event {
        id: EventId::new(now, random),
        tenant: endpoint.tenant.clone(),
        key: None,
        event_type: EVENT_TYPE.parse::<EventType>().map_err(|error| Problem::internal(&error))?,
        channels: Channels::default(),
        occurred_at: now,
        expires_at: None,
        source: Source::Hookyard,
        data: to_raw_value(&data).map_err(|error| Problem::internal(&error))?,
        inbound: None,
    })
}
