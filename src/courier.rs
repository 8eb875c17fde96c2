//! The courier: what an attempt is made of. It takes the event from the ledger; its [`Sender`] makes of it what the
//! endpoint gets, opens the endpoint's secrets, signs, sends, and writes down what was sent and what came back.
//!
//! Promises: secrets and settings are those of this moment; what is written down holds no secret and is inert
//! text; nothing is sent for a shard that another node may own, and
//! nothing of an event that has expired. Leaves out: judging the answer.

mod body;
mod sender;

use actors::leases::Leases;
use actors::ports::{Egress, EgressError, LedgerError, Order, Report};
use async_trait::async_trait;
use tracing::Instrument as _;

pub use self::body::{Bodies, Made};
pub use self::sender::{Preview, Sender};
use crate::ledger::Payloads;

pub struct Courier {
    pub payloads: Payloads,
    pub sender: Sender,
    pub leases: Leases,
}

#[async_trait]
impl Egress for Courier {
    async fn attempt(&self, order: Order) -> Result<Report, EgressError> {
        let payload = match self.payloads.get(order.delivery.event).await {
            Ok(Some(payload)) if payload.tenant == order.endpoint.tenant => payload,
            // Whoever may write to the queue may not have one tenant's event sent to another.
            Ok(_) => return Err(EgressError::UnknownEvent(order.delivery.event)),
            Err(error) => return Err(LedgerError::from(error).into()),
        };
        let made = self.sender.bodies.make(&order.endpoint, &payload).await;
        // The last look before it is sent: reading and rendering may have taken their time, or the process stood still.
        if !self.leases.is_good(order.lease, self.sender.clock.uptime()) {
            return Err(EgressError::Lapsed);
        }
        if payload.expires_at.is_some_and(|at| at <= self.sender.clock.now()) {
            return Err(EgressError::Expired(order.delivery.event));
        }
        let (delivery, endpoint, number) = (order.delivery, &order.endpoint, order.number);
        let span = tracing::debug_span!(
            "attempt",
            %delivery,
            event = %delivery.event,
            endpoint = %endpoint.id,
            tenant = %endpoint.tenant,
            number,
            trace_id = payload.trace.as_ref().map(|trace| tracing::field::display(trace.trace_id())),
        );
        self.sender.send(delivery, number, endpoint, &payload, made).instrument(span).await
    }
}
