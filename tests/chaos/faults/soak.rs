//! Twenty minutes, with a kill a minute: whatever grows without end is seen to.

use std::time::Duration;

use async_trait::async_trait;
use rand::RngExt as _;
use serde_json::json;
use tokio::time::{Instant, interval};

use super::{FEW, Fault, Plan};
use crate::resources::Sample;
use crate::scene::Scene;

const MINUTE: Duration = Duration::from_mins(1);
const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// The node that nobody kills: what it uses is measured. The other one is.
const MEASURED: usize = 0;
const KILLED: usize = 1;

pub struct Soak;

#[async_trait]
impl Fault for Soak {
    fn name(&self) -> &'static str {
        "soak"
    }

    fn about(&self) -> &'static str {
        "20 minutes; every minute a node, nats-server, Postgres or an actor is killed, in turn; what the other node uses \
         is plotted"
    }

    fn plan(&self) -> Plan {
        Plan { nodes: 2, is_extra: true, ..Plan::of(20 * 60).may_repeat(FEW) }
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        let end = scene.began + scene.length;
        let mut ticks = interval(SAMPLE_EVERY);
        let mut next = scene.began + MINUTE / 2;
        while Instant::now() < end {
            ticks.tick().await;
            let sample = Sample::take(scene, MEASURED).await?;
            scene.samples.push(sample);
            if Instant::now() >= next {
                next += MINUTE;
                kill(scene).await?;
            }
        }
        Ok(())
    }
}

async fn kill(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    let turn = scene.strikes % 4;
    scene.strikes += 1;
    match turn {
        0 => {
            scene.stage.kill_node(KILLED).await?;
            scene.a_while(0..=2000).await;
            scene.stage.start_node(KILLED).await?;
        }
        1 => {
            scene.stage.nats.kill().await?;
            scene.a_while(0..=2000).await;
            scene.stage.nats.restart().await?;
        }
        2 => {
            scene.stage.postgres.kill().await?;
            scene.stage.postgres.restart().await?;
        }
        _ => {
            let place = scene.random.random_range(0..scene.cast.len());
            for actor in [format!("endpoint:{}", scene.cast[place].id), "recorder".to_owned()] {
                // It is the other node's, or has nothing to do: so be it.
                scene.stage.api.post("/chaos/kill", &json!({"actor": actor})).await;
            }
        }
    }
    Ok(())
}
