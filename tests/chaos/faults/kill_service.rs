//! The service killed where it stands, and started again.

use async_trait::async_trait;

use super::{FEW, Fault, Plan};
use crate::scene::Scene;

/// One for so many seconds of load.
const EVERY_SECONDS: u64 = 20;

pub struct KillService;

#[async_trait]
impl Fault for KillService {
    fn name(&self) -> &'static str {
        "kill-service"
    }

    fn about(&self) -> &'static str {
        "the service's process is killed (SIGKILL) at random moments, and started again"
    }

    fn plan(&self) -> Plan {
        Plan::of(10 * EVERY_SECONDS).short(EVERY_SECONDS).may_repeat(FEW)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        let times = scene.length.as_secs() / EVERY_SECONDS;
        for moment in scene.moments(times.max(1) as usize) {
            scene.at(moment).await;
            scene.stage.kill_node(0).await?;
            scene.a_while(0..=1000).await;
            scene.stage.start_node(0).await?;
        }
        Ok(())
    }
}
