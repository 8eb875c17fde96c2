//! Messages and templates from outside: what every default message looks like, that a provider would take whatever
//! comes of any event, and that the examples of the documents are what happens.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod checker;
mod defaults;
mod documents;
mod examples;
mod properties;
mod templates;

use domain::event::EventView;
use domain::matching::EventType;
use domain::tenant::TenantId;
use serde_json::Value;
use time::macros::datetime;

/// Calls with the event of this type and data, of one tenant and instant.
fn with_event<T>(event_type: &str, data: &Value, call: impl FnOnce(&EventView<'_>) -> T) -> T {
    let event_type = EventType::try_from(event_type).unwrap();
    let tenant = "acme".parse::<TenantId>().unwrap();
    call(&EventView {
        event_type: &event_type,
        public_id: "evt_1",
        occurred_at: datetime!(2026-02-03 08:20:33.5 UTC),
        tenant: &tenant,
        data,
    })
}
