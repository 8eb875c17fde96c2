//! Actors killed inside the service, through the route that is there for it.

use std::time::Duration;

use anyhow::ensure;
use async_trait::async_trait;
use rand::RngExt as _;
use serde_json::json;
use tokio::time::{Instant, interval};

use super::{FEW, Fault, Plan};
use crate::api::Said;
use crate::scene::Scene;

const EVERY: Duration = Duration::from_secs(1);

pub struct KillActors;

#[async_trait]
impl Fault for KillActors {
    fn name(&self) -> &'static str {
        "kill-actors"
    }

    fn about(&self) -> &'static str {
        "the recorder and an endpoint's actor are killed or panic every second"
    }

    fn plan(&self) -> Plan {
        Plan::of(60).short(10).may_repeat(FEW)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        let end = scene.began + scene.length;
        let mut ticks = interval(EVERY);
        while Instant::now() < end {
            ticks.tick().await;
            let place = scene.random.random_range(0..scene.cast.len());
            let endpoint = format!("endpoint:{}", scene.cast[place].id);
            for actor in [endpoint.as_str(), "recorder"] {
                let how = if scene.random.random_ratio(1, 2) { "kill" } else { "panic" };
                let said = scene.stage.api.post("/chaos/kill", &json!({"actor": actor, "how": how})).await;
                // 404: it has nothing to do, or died a moment ago.
                let is_answered = matches!(said, Said::Answer(200 | 404, _));
                ensure!(is_answered, "kill {actor}: {said:?}");
                scene.strikes += usize::from(matches!(said, Said::Answer(200, _)));
            }
        }
        Ok(())
    }
}
