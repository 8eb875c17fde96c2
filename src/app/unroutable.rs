//! What came from NATS and could not be mapped, kept in the ledger.

use actors::ports::LedgerError;
use async_trait::async_trait;
use domain::id::UnroutableId;

use super::house::House;
use crate::bus::Unmapped;
use crate::ledger::unroutable;

pub struct Unroutable(pub House);

#[async_trait]
impl Unmapped for Unroutable {
    async fn keep(
        &self,
        subject: &str,
        tenant: Option<&str>,
        reason: &str,
        payload: &[u8],
    ) -> Result<(), LedgerError> {
        let id = UnroutableId::new(self.0.clock.now(), crate::chance::bytes());
        let keep = unroutable::keep(&self.0.ledger.pool, id, "nats", subject, tenant, reason, payload);
        Ok(self.0.ledger.await_call(keep).await?)
    }
}
