//! The queue's server killed, standing still, and with its store lost or damaged.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use async_trait::async_trait;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rustix::process::Signal;

use super::{Fault, Plan};
use crate::scene::Scene;
use crate::stage::signal_process;

const TIMES: usize = 4;

pub struct KillNats;

#[async_trait]
impl Fault for KillNats {
    fn name(&self) -> &'static str {
        "kill-nats"
    }

    fn about(&self) -> &'static str {
        "nats-server is killed, and started again on its store up to 5 s later"
    }

    fn plan(&self) -> Plan {
        Plan::of(50).short(12)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(times(scene)) {
            scene.at(moment).await;
            scene.stage.nats.kill().await?;
            scene.a_while(0..=5000).await;
            scene.stage.nats.restart().await?;
        }
        Ok(())
    }
}

pub struct PauseNats;

#[async_trait]
impl Fault for PauseNats {
    fn name(&self) -> &'static str {
        "pause-nats"
    }

    fn about(&self) -> &'static str {
        "nats-server stands still (SIGSTOP) for 2 to 8 s"
    }

    fn plan(&self) -> Plan {
        Plan::of(50)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(times(scene)) {
            scene.at(moment).await;
            let pid = scene.stage.nats.pid().context("nats-server runs")?;
            signal_process(pid, Signal::STOP)?;
            scene.a_while(2000..=8000).await;
            signal_process(pid, Signal::CONT)?;
        }
        Ok(())
    }
}

pub struct WipeNats;

#[async_trait]
impl Fault for WipeNats {
    fn name(&self) -> &'static str {
        "wipe-nats"
    }

    fn about(&self) -> &'static str {
        "nats-server is killed and its whole store lost"
    }

    fn plan(&self) -> Plan {
        Plan::of(50)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(times(scene)) {
            scene.at(moment).await;
            scene.stage.nats.wipe().await?;
            scene.a_while(0..=2000).await;
            scene.stage.nats.restart().await?;
        }
        Ok(())
    }
}

pub struct CutNats;

#[async_trait]
impl Fault for CutNats {
    fn name(&self) -> &'static str {
        "cut-nats"
    }

    fn about(&self) -> &'static str {
        "nats-server is killed, and the newest block file of each stream loses up to all of its end"
    }

    fn plan(&self) -> Plan {
        Plan::of(50)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(times(scene)) {
            scene.at(moment).await;
            scene.stage.nats.kill().await?;
            let streams = scene.stage.nats.home.path().join("nats/jetstream/$G/streams");
            let entries = fs::read_dir(&streams).with_context(|| format!("read {}", streams.display()))?;
            for stream in entries {
                cut(&stream?.path().join("msgs"), &mut scene.random)?;
            }
            scene.stage.nats.restart().await?;
        }
        Ok(())
    }
}

fn times(scene: &Scene<'_>) -> usize {
    TIMES.min(scene.length.as_secs() as usize / 10).max(1)
}

/// Cuts the end off the newest block of messages in this folder, if there is one.
fn cut(folder: &Path, random: &mut StdRng) -> io::Result<()> {
    let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let files: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
    let blocks = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "blk"));
    let Some(newest) = blocks.max_by_key(|path| number(path)) else { return Ok(()) };
    let file = File::options().write(true).open(newest)?;
    file.set_len(random.random_range(0..=file.metadata()?.len()))
}
