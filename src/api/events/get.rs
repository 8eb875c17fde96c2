//! Shows one event, with its payload and its deliveries.

use std::collections::BTreeMap;

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::cloudevents::{Attributes as Kept, Value, uri_reference};
use domain::inbound::Note;
use domain::tenant::Permission;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::cloud::Extension;
use super::{Event, ledger};
use crate::api::auth::Caller;
use crate::api::deliveries::Delivery;
use crate::api::json::{Id, answer};
use crate::api::page::Query;
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
    "timestamp": "2026-01-02T03:04:05.678Z", "deliverAt": null, "expiresAt": null, "cancelledAt": null, "source": "http", "channels": ["emea"], "createdAt": "2026-01-02T03:04:05.678Z",
    "data": {"order": 42}, "dataExpired": false, "inbound": null, "cloudEvent": null, "traceId": "0af7651916cd43dd8448eb211c80319c", "deliveries": [{
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
    /// When its time comes: until then it is owed to nobody. Null: it has come.
    #[schema(required, value_type = Option<texts::Time>)]
    deliver_at: Option<String>,
    /// It is not sent from then on. Null: it may always be.
    #[schema(required, value_type = Option<texts::Time>)]
    expires_at: Option<String>,
    #[schema(value_type = Vec<texts::Channel>, max_items = 10)]
    channels: Vec<String>,
    /// When it was accepted; of one that had a `deliverAt`, when that had come.
    #[schema(value_type = texts::Time)]
    created_at: String,
    /// When it was cancelled: it was not sent, and its payload is gone. Null: it was not.
    #[schema(required, value_type = Option<texts::Time>)]
    cancelled_at: Option<String>,
    /// The payload: any JSON, byte for byte as it came.
    #[schema(required, value_type = serde_json::Value)]
    data: Option<Box<RawValue>>,
    /// Whether the payload was kept for its time (`retention.payload_days`) and is gone: `data` is null then.
    data_expired: bool,
    /// Of an event that came to a source: what its sender said besides. Null for all others.
    #[schema(required)]
    inbound: Option<Inbound>,
    /// Of an event that came as a CloudEvent: what it says besides. Null for all others.
    #[schema(required)]
    cloud_event: Option<Attributes>,
    /// Of an event that came with a `traceparent`: the trace that its webhooks go on in. Null for all others.
    #[schema(required, value_type = Option<texts::TraceId>)]
    trace_id: Option<String>,
    /// Whom it is owed to: 250 of them at most.
    #[schema(max_items = 250)]
    deliveries: Vec<Delivery>,
    /// How many it is owed to.
    delivery_count: u64,
}

/// The attributes of a CloudEvent, as it came. Its time is the event's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CloudEventAttributes, examples(json!({"id": "order-42-paid", "source": "/shops/7", "type": "order.paid", "subject": "42",
    "dataschema": null, "datacontenttype": "application/json", "extensions": {"region": "emea"}})))]
pub struct Attributes {
    #[schema(value_type = texts::PublicEventId)]
    id: String,
    #[schema(value_type = texts::UriReference)]
    source: String,
    #[schema(value_type = texts::AttributeText)]
    r#type: String,
    #[schema(required, value_type = Option<texts::AttributeText>)]
    subject: Option<String>,
    #[schema(required, value_type = Option<texts::AttributeText>)]
    dataschema: Option<String>,
    #[schema(value_type = texts::AttributeText)]
    datacontenttype: String,
    #[schema(value_type = HashMap<String, Extension>)]
    extensions: BTreeMap<String, Value>,
}

impl Attributes {
    fn of(kept: Kept, event: &Event) -> Self {
        Self {
            id: kept.id.unwrap_or_else(|| event.event_id.clone()),
            source: kept.source,
            r#type: kept.kind.unwrap_or_else(|| event.event.clone()),
            subject: kept.subject,
            dataschema: kept.dataschema,
            datacontenttype: kept.datacontenttype.unwrap_or_else(|| "application/json".to_owned()),
            extensions: kept.extensions,
        }
    }
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

/// Whose id it is.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Whose {
    /// The `source` of the CloudEvent whose own `id` this is.
    #[param(rename = "cloudEventSource")]
    cloud_event_source: Option<texts::UriReference>,
}

/// Show an event
///
/// By our id, or by the producer's own as long as it is remembered; the own id of a CloudEvent needs its `cloudEventSource`.
#[utoipa::path(get, path = "/events/{id}", tag = "events", operation_id = "getEvent",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::PublicEventId, Path, description = "The event's id: ours, or the producer's own"), Whose),
    responses((status = 200, description = "The event with its deliveries", body = WholeEvent), Reading))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    uri: Uri,
    Id(name): Id<String>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let source = query.parsed("cloudEventSource", |text| uri_reference(text.to_owned()));
    query.finish()?;
    let found = ledger::get(&state.pool, &tenant, &name, source.as_deref()).await?;
    let ledger::Whole { event, data, inbound, cloud_event, trace } =
        found.ok_or_else(|| Problem::not_found("event"))?;
    let (deliveries, delivery_count) = deliveries::of_event(&state.pool, event.id, DELIVERIES_MAX).await?;
    let event = Event::from(event);
    let cloud_event = cloud_event.map(|kept| Attributes::of(kept, &event));
    let shown = WholeEvent {
        id: event.id,
        event_id: event.event_id,
        event: event.event,
        timestamp: event.timestamp,
        deliver_at: event.deliver_at,
        expires_at: event.expires_at,
        cancelled_at: event.cancelled_at,
        source: event.source,
        channels: event.channels,
        created_at: event.created_at,
        data_expired: data.is_none(),
        data,
        inbound: inbound.map(Inbound::from),
        cloud_event,
        trace_id: trace.map(|trace| trace.trace_id().to_string()),
        deliveries: deliveries.into_iter().map(Delivery::from).collect(),
        delivery_count,
    };
    Ok(answer(StatusCode::OK, &shown))
}
