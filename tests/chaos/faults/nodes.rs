//! Of several nodes, one killed, one standing still, and one restarted after the other.

use std::time::Duration;

use async_trait::async_trait;
use rand::RngExt as _;
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use super::{FEW, Fault, Plan};
use crate::scene::Scene;

/// How long one stands still: longer than its leases are good for, and than others take to replace it.
const STILL: Duration = Duration::from_mins(1);
/// Between two restarts of a rolling one: what an orchestrator waits for a node to have settled.
const SETTLE: Duration = Duration::from_secs(3);

pub struct KillNode;

#[async_trait]
impl Fault for KillNode {
    fn name(&self) -> &'static str {
        "kill-node"
    }

    fn about(&self) -> &'static str {
        "one of two nodes is killed (SIGKILL), and comes back 12 to 18 s later"
    }

    fn plan(&self) -> Plan {
        Plan { nodes: 2, ..Plan::of(60).may_repeat(FEW) }
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(2) {
            scene.at(moment).await;
            let node = scene.random.random_range(0..scene.stage.nodes());
            scene.stage.kill_node(node).await?;
            scene.a_while(12_000..=18_000).await;
            scene.stage.start_node(node).await?;
        }
        Ok(())
    }
}

pub struct PauseNode;

#[async_trait]
impl Fault for PauseNode {
    fn name(&self) -> &'static str {
        "pause-node"
    }

    fn about(&self) -> &'static str {
        "one of three nodes stands still (SIGSTOP) for 60 s, and goes on"
    }

    fn plan(&self) -> Plan {
        Plan { nodes: 3, ..Plan::of(80).may_repeat(FEW) }
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        let first_tenth = scene.began + scene.length.mul_f64(0.1);
        scene.at(first_tenth.max(Instant::now())).await;
        let node = scene.random.random_range(0..scene.stage.nodes());
        scene.stage.signal(node, Signal::STOP)?;
        // As whoever balances the load would.
        let address = scene.stage.api.remove(node);
        sleep(STILL).await;
        scene.stage.signal(node, Signal::CONT)?;
        if let Some(address) = address {
            scene.stage.api.add(node, address);
        }
        Ok(())
    }
}

pub struct RollingRestart;

#[async_trait]
impl Fault for RollingRestart {
    fn name(&self) -> &'static str {
        "rolling-restart"
    }

    fn about(&self) -> &'static str {
        "two nodes are restarted, one after the other, twice: nothing may come twice"
    }

    fn plan(&self) -> Plan {
        Plan { nodes: 2, ..Plan::of(50) }
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(2) {
            for node in 0..scene.stage.nodes() {
                scene.at(moment).await;
                scene.stage.stop_node(node).await?;
                scene.stage.start_node(node).await?;
                sleep(SETTLE).await;
            }
        }
        Ok(())
    }
}
