//! References as the queue carries them: `{"event":"evt_…","position":7,"number":1}` on `deliver.<shard>.<endpoint>`.

use actors::ports::{Pulled, Receipt, Reference};
use async_nats::jetstream;
use domain::id::{DeliveryId, EndpointId, EventId, Shard};
use serde::{Deserialize, Serialize};

use super::Bus;
use crate::metrics;

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

pub fn deliver_subject(shard: Shard, endpoint: EndpointId) -> String {
    format!("deliver.{shard}.{endpoint}")
}

pub fn retry_subject(shard: Shard, delivery: DeliveryId) -> String {
    format!("retry.{shard}.{}.{delivery}", delivery.endpoint)
}

impl Bus {
    pub fn shard_of(&self, endpoint: EndpointId) -> Shard {
        Shard::of(endpoint, self.options.shards)
    }

    /// A message as the feeder wants it. One that nobody can read is ended, with words: the ledger has what
    /// it stood for, if it stood for anything.
    pub(super) fn read(&self, message: async_nats::Message, fresh_above: u64) -> Option<Pulled> {
        let message = jetstream::Message { message, context: self.jetstream.clone() };
        let receipt = Receipt(message.reply.as_deref()?.into());
        let (sequence, tries) =
            message.info().map(|info| (info.stream_sequence, info.delivered.unsigned_abs())).ok()?;
        let first = tries == 1 && sequence > fresh_above;
        let endpoint = message.subject.rsplit('.').next().and_then(|token| token.parse().ok());
        let wire: Option<Wire> = serde_json::from_slice(&message.payload).ok();
        let (Some(endpoint), Some(wire)) = (endpoint, wire) else {
            tracing::error!(subject = %message.subject, sequence, "unreadable reference in the queue: dropped");
            metrics::dropped();
            let client = self.client.clone();
            tokio::spawn(async move { client.publish(receipt.0.to_string(), "+TERM".into()).await });
            return None;
        };
        let delivery = DeliveryId { event: wire.event, endpoint };
        let reference = Reference { delivery, position: wire.position, number: wire.number };
        Some(Pulled { reference, receipt, first, tries })
    }
}
