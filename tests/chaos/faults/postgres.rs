//! The ledger's server killed, and standing still.

use anyhow::Context as _;
use async_trait::async_trait;
use rustix::process::Signal;

use super::{FEW, Fault, Plan};
use crate::scene::Scene;
use crate::stage::signal_process;

const EVERY_SECONDS: usize = 12;

pub struct KillPostgres;

#[async_trait]
impl Fault for KillPostgres {
    fn name(&self) -> &'static str {
        "kill-postgres"
    }

    fn about(&self) -> &'static str {
        "all processes of Postgres are killed, and it is started again up to 5 s later"
    }

    fn plan(&self) -> Plan {
        Plan::of(50).short(12).may_repeat(FEW)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(times(scene)) {
            scene.at(moment).await;
            scene.stage.postgres.kill().await?;
            scene.a_while(0..=5000).await;
            scene.stage.postgres.restart().await?;
        }
        Ok(())
    }
}

pub struct PausePostgres;

#[async_trait]
impl Fault for PausePostgres {
    fn name(&self) -> &'static str {
        "pause-postgres"
    }

    fn about(&self) -> &'static str {
        "all processes of Postgres stand still (SIGSTOP) for 2 to 12 s"
    }

    fn plan(&self) -> Plan {
        Plan::of(60).may_repeat(FEW)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(times(scene)) {
            scene.at(moment).await;
            let server = scene.stage.postgres.pid().context("Postgres runs")?;
            signal_all(server, Signal::STOP)?;
            // Longer than the leases are good for, at times.
            scene.a_while(2000..=12_000).await;
            signal_all(server, Signal::CONT)?;
        }
        Ok(())
    }
}

fn times(scene: &Scene<'_>) -> usize {
    (scene.length.as_secs() as usize / EVERY_SECONDS).max(1)
}

/// To a server and to each process that it has made.
fn signal_all(server: u32, signal: Signal) -> anyhow::Result<()> {
    let path = format!("/proc/{server}/task/{server}/children");
    let children = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    signal_process(server, signal)?;
    for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
        // One that ended in this moment needs none.
        let _ = signal_process(child, signal);
    }
    Ok(())
}
