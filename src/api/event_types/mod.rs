//! The catalogue of event types: seen with accepted events, and described by people.

pub mod forget;
pub mod get;
pub mod list;
pub mod put;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::json::time;
use super::texts;
use crate::ledger::admin::event_types as ledger;

/// A type of events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "event": "order.paid", "description": "A customer paid for an order", "example": {"orderId": 42, "amount": 129.5},
    "events": 1042, "firstSeenAt": "2026-01-02T03:04:05.678Z", "lastSeenAt": "2026-02-02T03:04:05.678Z",
    "describedAt": "2026-01-03T03:04:05.678Z"})))]
pub struct KnownType {
    #[schema(value_type = texts::EventType)]
    event: String,
    /// What happened when such an event is published; null where nobody said.
    #[schema(required)]
    description: Option<String>,
    /// What `data` may look like; null where nobody gave one.
    #[schema(required, value_type = Option<serde_json::Value>)]
    example: Option<Box<RawValue>>,
    /// Accepted so far, some seconds ago.
    #[schema(minimum = 0)]
    events: i64,
    #[schema(required, value_type = Option<texts::Time>)]
    first_seen_at: Option<String>,
    #[schema(required, value_type = Option<texts::Time>)]
    last_seen_at: Option<String>,
    /// When its description or example was given last.
    #[schema(required, value_type = Option<texts::Time>)]
    described_at: Option<String>,
}

impl From<ledger::Described> for KnownType {
    fn from(described: ledger::Described) -> Self {
        Self {
            event: described.event_type,
            description: described.description,
            // It was one when it was written.
            example: described.example.and_then(|example| RawValue::from_string(example).ok()),
            events: described.events,
            first_seen_at: described.first_seen_at.map(time),
            last_seen_at: described.last_seen_at.map(time),
            described_at: described.described_at.map(time),
        }
    }
}
