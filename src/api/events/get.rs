//! Shows one event, with its payload and its deliveries.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::inbound::Note;
use domain::tenant::Permission;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Event, ledger};
use crate::api::auth::Caller;
use crate::api::deliveries::Delivery;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::deliveries;

/// Deliveries that are shown with their event; the others are in `GET /deliveries`.
const DELIVERIES_MAX: usize = 250;

/// An event with its payload and its deliveries. Flat by hand: serde's `flatten` would not keep the payload's bytes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "evt_01h455vb4pex5vsknk084sn02q", "eventId": "order-42-paid", "event": "order.paid",
    "timestamp": "2026-01-02T03:04:05.678Z", "expiresAt": null, "source": "http", "channels": ["emea"], "createdAt": "2026-01-02T03:04:05.678Z",
    "data": {"order": 42}, "inbound": null, "deliveries": [{
        "id": "dlv_01h455vb4pex5vsknk084sn02q01h455vb4pex5vsknk084sn02q", "eventId": "order-42-paid",
        "webhookId": "ep_01h455vb4pex5vsknk084sn02q", "event": "order.paid", "status": "success", "attemptCount": 1,
        "responseStatus": 200, "error": null, "deadReason": null, "createdAt": "2026-01-02T03:04:05.678Z",
        "updatedAt": "2026-01-02T03:04:05.789Z", "nextAttemptAt": null, "deliveredAt": "2026-01-02T03:04:05.789Z"}],
    "deliveryCount": 1})))]
pub struct WholeEvent {
    /// Ours.
    #[schema(value_type = texts::EventId)]
    id: String,
    #[schema(value_type = texts::PublicEventId)]
    event_id: String,
    #[schema(value_type = texts::EventType)]
    event: String,
    /// When it happened, as its producer says.
    #[schema(value_type = texts::Time)]
    timestamp: String,
    #[schema(value_type = texts::Source)]
    source: &'static str,
    /// It is not sent from then on. Null: it may always be.
    #[schema(required, value_type = Option<texts::Time>)]
    expires_at: Option<String>,
    #[schema(value_type = Vec<texts::Channel>, max_items = 10)]
    channels: Vec<String>,
    /// When it was accepted.
    #[schema(value_type = texts::Time)]
    created_at: String,
    /// The payload: any JSON, byte for byte as it came.
    #[schema(value_type = Value)]
    data: Box<RawValue>,
    /// Of an event that came to a source: what its sender said besides. Null for all others.
    #[schema(required)]
    inbound: Option<Inbound>,
    /// Whom it is owed to: 250 of them at most.
    #[schema(max_items = 250)]
    deliveries: Vec<Delivery>,
    /// How many it is owed to.
    delivery_count: u64,
}

/// What the sender of an event that came to a source said besides its payload.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"sourceId": "src_01h455vb4pex5vsknk084sn02q",
    "deliveryId": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "senderType": "push", "rawBody": null})))]
pub struct Inbound {
    /// Null: the one of the configuration.
    #[schema(required, value_type = Option<texts::SourceId>)]
    source_id: Option<String>,
    /// The sender's id, as it was given.
    #[schema(required)]
    delivery_id: Option<String>,
    /// What the sender calls this sort of event: GitHub's `X-GitHub-Event`.
    #[schema(required)]
    sender_type: Option<String>,
    /// The body as it came, where `data` is not all of it: a form, or with space around.
    #[schema(required)]
    raw_body: Option<String>,
}

impl From<Note> for Inbound {
    fn from(note: Note) -> Self {
        Self {
            source_id: note.source_id.map(|id| id.to_string()),
            delivery_id: note.delivery_id,
            sender_type: note.sender_type,
            raw_body: note.raw_body,
        }
    }
}

/// Show an event
///
/// By our id, or by the producer's own as long as it is remembered.
#[utoipa::path(get, path = "/events/{id}", tag = "events", operation_id = "getEvent",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::PublicEventId, Path, description = "The event's id: ours, or the producer's own")),
    responses((status = 200, description = "The event with its deliveries", body = WholeEvent), Reading))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(name): Id<String>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let found = ledger::get(&state.pool, &tenant, &name).await?;
    let ledger::Whole { event, data, inbound } = found.ok_or_else(|| Problem::not_found("event"))?;
    let (deliveries, delivery_count) = deliveries::of_event(&state.pool, event.id, DELIVERIES_MAX).await?;
    let event = Event::from(event);
    let shown = WholeEvent {
        id: event.id,
        event_id: event.event_id,
        event: event.event,
        timestamp: event.timestamp,
        expires_at: event.expires_at,
        source: event.source,
        channels: event.channels,
        created_at: event.created_at,
        data,
        inbound: inbound.map(Inbound::from),
        deliveries: deliveries.into_iter().map(Delivery::from).collect(),
        delivery_count,
    };
    Ok(answer(StatusCode::OK, &shown))
}
