//! A reference as the queue carries it alone: `{"event":"evt_…","position":7,"number":1}` on `deliver.<shard>.<endpoint>`,
//! or `again.<shard>.<endpoint>` where it is a retry.

use actors::ports::{Line, Reference};
use domain::id::{DeliveryId, EndpointId, EventId, Shard};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Wire {
    event: EventId,
    position: i64,
    number: u32,
}

pub fn write(reference: &Reference) -> Vec<u8> {
    let wire =
        Wire { event: reference.delivery.event, position: reference.position, number: reference.number };
    // Made of strings and numbers: writing it cannot fail.
    serde_json::to_vec(&wire).unwrap_or_default()
}

/// `None` where nobody can read it.
pub fn read(endpoint: &str, payload: &[u8]) -> Option<Reference> {
    let Wire { event, position, number } = serde_json::from_slice(payload).ok()?;
    Some(Reference { delivery: DeliveryId { event, endpoint: endpoint.parse().ok()? }, position, number })
}

/// What the subjects of a line begin with.
pub fn first_token(line: Line) -> &'static str {
    match line {
        Line::Fresh => "deliver",
        Line::Retries => "again",
    }
}

/// All subjects of a line of a shard.
pub fn subjects(line: Line, shard: Shard) -> String {
    format!("{}.{shard}.>", first_token(line))
}

pub fn subject(line: Line, shard: Shard, endpoint: EndpointId) -> String {
    format!("{}.{shard}.{endpoint}", first_token(line))
}

/// All subjects of retries, due or not.
pub fn retry_subjects() -> Vec<String> {
    vec!["retry.>".to_owned(), format!("{}.>", first_token(Line::Retries))]
}

pub fn retry_subject(shard: Shard, delivery: DeliveryId) -> String {
    format!("retry.{shard}.{}.{delivery}", delivery.endpoint)
}
