//! No fault: what the others are compared with.

use async_trait::async_trait;

use super::{Fault, Plan};
use crate::scene::Scene;

pub struct Nothing;

#[async_trait]
impl Fault for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }

    fn about(&self) -> &'static str {
        "nothing is done: what the others are compared with"
    }

    fn plan(&self) -> Plan {
        Plan::of(20)
    }

    async fn strike(&self, _: &mut Scene<'_>) -> anyhow::Result<()> {
        Ok(())
    }
}
