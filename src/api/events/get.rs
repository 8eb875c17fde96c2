//! Shows one event, with its payload and its deliveries.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::Permission;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Event, ledger};
use crate::api::auth::Caller;
use crate::api::deliveries::Delivery;
use crate::api::json::{Id, answer};
use crate::api::problem::{Problem, ReadingOne};
use crate::api::state::State;
use crate::ledger::admin::deliveries;

/// Deliveries that are shown with their event; the others are in `GET /deliveries`.
const DELIVERIES_MAX: usize = 250;

/// An event with its payload and its deliveries. Flat by hand: serde's `flatten` would not keep the payload's bytes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WholeEvent {
    id: String,
    event_id: String,
    event: String,
    #[schema(format = DateTime)]
    timestamp: String,
    source: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// The payload, byte for byte as it came.
    #[schema(value_type = Value)]
    data: Box<RawValue>,
    /// Whom it is owed to: 250 of them at most.
    deliveries: Vec<Delivery>,
    delivery_count: u64,
}

/// Show an event
///
/// By our id, or by the producer's own as long as it is remembered.
#[utoipa::path(get, path = "/events/{id}", tag = "events", operation_id = "getEvent",
    params(("id" = String, Path)),
    responses((status = 200, description = "The event with its deliveries", body = WholeEvent), ReadingOne))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    Id(name): Id<String>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let found = ledger::get(&state.pool, &tenant, &name).await?;
    let (event, data) = found.ok_or_else(|| Problem::not_found("event"))?;
    let (deliveries, delivery_count) = deliveries::of_event(&state.pool, event.id, DELIVERIES_MAX).await?;
    let event = Event::from(event);
    let shown = WholeEvent {
        id: event.id,
        event_id: event.event_id,
        event: event.event,
        timestamp: event.timestamp,
        source: event.source,
        created_at: event.created_at,
        data,
        deliveries: deliveries.into_iter().map(Delivery::from).collect(),
        delivery_count,
    };
    Ok(answer(StatusCode::OK, &shown))
}
