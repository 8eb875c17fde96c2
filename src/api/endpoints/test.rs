//! Sends an endpoint an event at once: `webhook.test`, or one of its own with the payload that is asked for, or with the
//! catalogue's example.

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
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

use super::ledger;
use crate::api::auth::Caller;
use crate::api::deliveries::Attempt;
use crate::api::fields::{Fields, parsed};
use crate::api::idempotency::Idempotency;
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, Problem};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;
use crate::ledger::admin::event_types;

const EVENT_TYPE: &str = "webhook.test";

/// What a test is to be of.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"event": "order.paid", "data": {"order": 42, "amount": 19.90}}), json!({})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct TestEvent {
    /// Whether the endpoint subscribes to it or not; `webhook.test` when absent.
    #[schema(required = false)]
    event: texts::EventType,
    /// The payload: any JSON. Absent, it is the example that the catalogue of event types has of `event`.
    #[schema(required = false, value_type = Value)]
    data: (),
}

/// Send a test event
///
/// Past queue and limits, whatever the endpoint's status and subscriptions. With an `event` that the catalogue has no example
/// of (`PUT /event-types/{type}` gives one), `data` has to be given. Nothing of it is kept, and it counts for nothing.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "endpoints", operation_id = "testEndpoint",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")), request_body = Option<TestEvent>,
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
    let mut fields = Fields::read(body.one_or_none()?)?;
    let event_type = fields.optional("event", parsed(str::parse::<EventType>));
    let data = fields.raw("data").map(ToOwned::to_owned);
    fields.finish(Some(()))?;
    let asked = asked.of(&tenant, &body.bytes);
    if let Some(before) = asked.before(&state).await? {
        return Ok(before);
    }
    let endpoint = find(&state, &tenant, id).await?;
    let event = event(&state, &endpoint, event_type, data).await?;
    let sent =
        request_body(&event.event_type, event.occurred_at, &event.public_id(), event.data.get().as_bytes());
    let attempt = state.control.test(endpoint, event).await.map_err(|error| match error {
        EgressError::Ledger(_) => Problem::unavailable(),
        EgressError::UnknownEvent(_)
        | EgressError::Expired(_)
        | EgressError::Secret(_)
        | EgressError::Lapsed => Problem::internal(&error),
    })?;
    let tested = answer(StatusCode::OK, &Attempt::new(attempt, Some(&sent)));
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

async fn event(
    state: &State,
    endpoint: &Endpoint,
    event_type: Option<EventType>,
    data: Option<Box<RawValue>>,
) -> Result<Event, Problem> {
    let data = match (data, &event_type) {
        (Some(data), _) => data,
        (None, Some(event_type)) => example(state, &endpoint.tenant, event_type).await?,
        (None, None) => plain(endpoint)?,
    };
    let event_type = event_type.map_or_else(|| EVENT_TYPE.parse(), Ok);
    let now = state.now();
    Ok(Event {
        id: EventId::new(now, chance::bytes()),
        tenant: endpoint.tenant.clone(),
        key: None,
        event_type: event_type.map_err(|error| Problem::internal(&error))?,
        channels: Channels::default(),
        occurred_at: now,
        expires_at: None,
        source: Source::Hookyard,
        data,
        inbound: None,
        cloud_event: None,
        trace: None,
    })
}

async fn example(state: &State, tenant: &TenantId, event_type: &EventType) -> Result<Box<RawValue>, Problem> {
    let described = event_types::find(&state.pool, tenant, event_type).await?;
    let example = described.and_then(|described| described.example).ok_or_else(|| {
        let way_out = format!("give data, or an example by PUT /api/v1/event-types/{event_type}");
        Problem::field("/event", format!("the catalogue of event types has no example of it: {way_out}"))
    })?;
    RawValue::from_string(example).map_err(|error| Problem::internal(&error))
}

fn plain(endpoint: &Endpoint) -> Result<Box<RawValue>, Problem> {
    let data = serde_json::json!({
        "message": "A test of this endpoint. Nothing happened.",
        "webhookId": endpoint.id,
    });
    to_raw_value(&data).map_err(|error| Problem::internal(&error))
}
