//! What a node uses at a moment, as the system counts it and as it says itself, and how large the queue's streams are.

use std::fs;

use anyhow::Context as _;
use serde::Serialize;

use crate::ledger;
use crate::scene::Scene;

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// Of the run.
    pub seconds: f64,
    pub resident_bytes: u64,
    /// Open files, the connections among them.
    pub files: usize,
    pub connections: usize,
    /// Of the runtime: none where the node could not be asked.
    pub tasks: Option<f64>,
    /// None where nats-server could not be asked.
    pub stream_bytes: Option<u64>,
}

impl Sample {
    pub async fn take(scene: &Scene<'_>, node: usize) -> anyhow::Result<Self> {
        let pid = scene.stage.pid(node).context("the node runs")?;
        let links: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))?
            .filter_map(|entry| Some(fs::read_link(entry.ok()?.path()).ok()?.display().to_string()))
            .collect();
        let metrics = scene.stage.api.metrics(node).await;
        Ok(Self {
            seconds: scene.began.elapsed().as_secs_f64(),
            resident_bytes: resident_bytes(pid)?,
            files: links.len(),
            connections: links.iter().filter(|link| link.starts_with("socket:")).count(),
            tasks: metrics.and_then(|text| value(&text, "hookyard_tasks")),
            stream_bytes: ledger::queue(&scene.stage.nats.url()).await.ok().map(|depth| depth.bytes),
        })
    }
}

fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a resident size")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// Of a metric without labels.
fn value(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}
