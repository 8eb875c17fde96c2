//! What a stream says: attempts, and how many were missed.

use axum::response::sse::Event;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::json::time;
use crate::api::texts;
use crate::ledger::admin::events::Named;
use crate::live::Seen;

/// The data of an event `attempt`: an attempt that ended, and what follows from it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "deliveryId": "dlv_01h455vb4pex5vsknk084sn02q01h455vb4pex5vsknk084sn02q", "eventId": "order-42-paid",
    "webhookId": "ep_01h455vb4pex5vsknk084sn02q", "event": "order.paid", "number": 1, "outcome": "http_error",
    "responseStatus": 503, "durationMs": 111, "error": "the endpoint answered 503", "verdict": "retry",
    "status": "retrying", "nextAttemptAt": "2026-01-02T03:05:05.789Z", "at": "2026-01-02T03:04:05.789Z"})))]
pub struct StreamedAttempt {
    #[schema(value_type = texts::DeliveryId)]
    delivery_id: String,
    #[schema(value_type = texts::PublicEventId)]
    event_id: String,
    #[schema(value_type = texts::EndpointId)]
    webhook_id: String,
    #[schema(value_type = texts::EventType)]
    event: String,
    /// Counted from 1, over all sets of attempts.
    #[schema(minimum = 1)]
    number: u32,
    #[schema(value_type = texts::Outcome)]
    outcome: &'static str,
    #[schema(required, minimum = 100, maximum = 999)]
    response_status: Option<u16>,
    duration_ms: u64,
    /// What was wrong, unless it succeeded.
    #[schema(required)]
    error: Option<String>,
    #[schema(value_type = texts::Verdict)]
    verdict: &'static str,
    /// Of the delivery, after this attempt.
    #[schema(value_type = texts::DeliveryStatus)]
    status: &'static str,
    #[schema(required, value_type = Option<texts::Time>)]
    next_attempt_at: Option<String>,
    /// When it had ended.
    #[schema(value_type = texts::Time)]
    at: String,
}

/// An attempt as the stream says it.
pub fn attempt(seen: &Seen, named: &Named) -> Event {
    let attempt = StreamedAttempt {
        delivery_id: seen.delivery.to_string(),
        event_id: named.id.clone(),
        webhook_id: seen.delivery.endpoint.to_string(),
        event: named.event_type.clone(),
        number: seen.number,
        outcome: seen.outcome.as_str(),
        response_status: seen.response_status,
        duration_ms: seen.duration_ms,
        error: seen.error.clone(),
        verdict: seen.verdict,
        status: seen.status.as_str(),
        next_attempt_at: seen.next_attempt_at.map(time),
        at: time(seen.at),
    };
    let event = Event::default().event("attempt").id(format!("{}.{}", seen.delivery, seen.number));
    // Texts and numbers: writing them as JSON cannot fail.
    event.data(serde_json::to_string(&attempt).unwrap_or_default())
}

/// How many attempts the reader missed.
pub fn lost(attempts: u64) -> Event {
    Event::default().event("lost").data(format!(r#"{{"attempts":{attempts}}}"#))
}
