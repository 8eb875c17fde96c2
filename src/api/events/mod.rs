//! Events: what producers publish.

pub mod batch;
pub mod cancel;
mod cloud;
pub mod get;
mod input;
pub mod list;
pub mod publish;
mod sent;

use std::sync::Arc;

use actors::intake::{Accepted, Incoming, Refusal};
use domain::id::EventId;
use domain::trace::TraceContext;
use serde::Serialize;
use utoipa::ToSchema;

pub use self::input::{NewEvent, Terms, read, read_one};
use super::json::time;
use super::problem::{Kind, Problem};
use super::state::State;
use super::texts;
use crate::ledger::admin::events as ledger;

/// An event as it was accepted, without its payload.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the contract's names")]
pub struct Event {
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
    /// When its time comes. Null: it has come.
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
    /// When it was cancelled. Null: it was not.
    #[schema(required, value_type = Option<texts::Time>)]
    cancelled_at: Option<String>,
}

impl From<ledger::Event> for Event {
    fn from(event: ledger::Event) -> Self {
        Self {
            id: event.id.to_string(),
            event_id: event.public_id,
            event: event.event_type,
            timestamp: time(event.occurred_at),
            deliver_at: event.deliver_at.map(time),
            expires_at: event.expires_at.map(time),
            cancelled_at: event.cancelled_at.map(time),
            source: event.source.as_str(),
            channels: event.channels,
            created_at: time(event.created_at),
        }
    }
}

/// What became of an event that was published.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    #[schema(value_type = texts::PublicEventId)]
    event_id: String,
    /// It was published before: nothing is delivered again.
    #[schema(examples(false))]
    duplicate: bool,
}

impl From<Accepted> for Receipt {
    fn from(accepted: Accepted) -> Self {
        Self { event_id: accepted.event_id, duplicate: accepted.duplicate }
    }
}

/// Hands events to intake, all or none. The trace of their request goes before their own.
pub(super) async fn hand_over(
    state: &State,
    mut events: Vec<Incoming>,
    trace: Option<Arc<TraceContext>>,
) -> Result<Vec<Receipt>, Problem> {
    if trace.is_some() {
        for incoming in &mut events {
            incoming.event.trace.clone_from(&trace);
        }
    }
    let ids: Vec<EventId> = events.iter().map(|incoming| incoming.event.id).collect();
    let accepted = state.intake.publish(events).await.map_err(|refusal| match &refusal {
        Refusal::Overloaded => Problem::new(Kind::Overloaded, "nothing was taken: try again in a moment"),
        Refusal::Unavailable(_) => {
            tracing::warn!(%refusal, "events were not taken");
            Problem::new(Kind::Unavailable, "the events may not have been taken: publish them again")
        }
        Refusal::FanOut { matched, max } => {
            let detail = format!("it would cause {matched} deliveries, and may cause {max}");
            Problem::about(Kind::FanOutTooLarge, "", detail)
        }
        Refusal::Choosing => Problem::field("", refusal.to_string()),
        Refusal::Refused(_) => Problem::internal(&refusal),
    })?;
    for (event, Accepted { event_id, duplicate }) in ids.iter().zip(&accepted) {
        // Under the request's id.
        tracing::debug!(%event, event_id, duplicate, "event published");
    }
    Ok(accepted.into_iter().map(Receipt::from).collect())
}
