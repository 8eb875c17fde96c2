//! The service told to end, and started again.

use async_trait::async_trait;

use super::{Fault, Plan};
use crate::scene::Scene;

const EVERY_SECONDS: u64 = 8;

pub struct Terminate;

#[async_trait]
impl Fault for Terminate {
    fn name(&self) -> &'static str {
        "terminate"
    }

    fn about(&self) -> &'static str {
        "the service is told to end (SIGTERM) at random moments, and started again: nothing may come twice"
    }

    fn plan(&self) -> Plan {
        Plan::of(5 * EVERY_SECONDS).short(12)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        let times = scene.length.as_secs() / EVERY_SECONDS;
        for moment in scene.moments(times.max(1) as usize) {
            scene.at(moment).await;
            scene.stage.stop_node(0).await?;
            scene.stage.start_node(0).await?;
        }
        Ok(())
    }
}
