//! What nodes tell each other in passing, by core NATS: what is lost is lost.
//!
//! ```text
//! hookyard.watching       which tenants a node wants to see the attempts of
//! hookyard.seen.<node>    attempts for it
//! ```

use async_nats::{Message, Subscriber};
use bytes::Bytes;
use domain::lease::NodeId;
use domain::tenant::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Bus;

const WATCHING: &str = "hookyard.watching";
/// Tenants in one message.
const PART: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct Watching {
    node: Uuid,
    tenants: Vec<TenantId>,
}

/// One node's part in it.
pub struct Relay {
    bus: Bus,
    me: NodeId,
    pub watching: Subscriber,
    pub seen: Subscriber,
}

fn seen_by(node: NodeId) -> String {
    format!("hookyard.seen.{}", node.0.simple())
}

impl Bus {
    pub async fn relay(&self, me: NodeId) -> Result<Relay, async_nats::SubscribeError> {
        let watching = self.client.subscribe(WATCHING).await?;
        let seen = self.client.subscribe(seen_by(me)).await?;
        Ok(Relay { bus: self.clone(), me, watching, seen })
    }
}

impl Relay {
    /// Says that this node wants to see these. When it returns, the server has it, if it is there.
    pub async fn want(&self, tenants: &[TenantId]) {
        for tenants in tenants.chunks(PART) {
            let watching = Watching { node: self.me.0, tenants: tenants.to_vec() };
            self.send(WATCHING.to_owned(), &watching).await;
        }
        if self.bus.is_connected() {
            let _ = self.bus.client.flush().await;
        }
    }

    /// Whom this is of, and what it wants to see: `None` of this node itself, and where it is nothing of the kind.
    pub fn wanted(&self, message: &Message) -> Option<(NodeId, Vec<TenantId>)> {
        let Watching { node, tenants } = serde_json::from_slice(&message.payload).ok()?;
        (node != self.me.0).then_some((NodeId(node), tenants))
    }

    /// Whether it was sent.
    pub async fn tell(&self, node: NodeId, told: &impl Serialize) -> bool {
        self.send(seen_by(node), told).await
    }

    async fn send(&self, subject: String, what: &impl Serialize) -> bool {
        // What the client keeps for a server that is away comes too late.
        let Ok(text) = serde_json::to_vec(what) else { return false };
        self.bus.is_connected() && self.bus.client.publish(subject, Bytes::from(text)).await.is_ok()
    }
}
