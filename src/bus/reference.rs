//! A reference as the queue carries it alone: `{"event":"evt_…","position":7,"number":1}` on `deliver.<shard>.<endpoint>`.

use actors::ports::Reference;
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

pub fn deliver_subject(shard: Shard, endpoint: EndpointId) -> String {
    format!("deliver.{shard}.{endpoint}")
}

pub fn retry_subject(shard: Shard, delivery: DeliveryId) -> String {
    format!("retry.{shard}.{}.{delivery}", delivery.endpoint)
}
