//! What is done to the service while it works: one file each.

mod clock;
mod edit;
mod full;
mod kill_actors;
mod kill_service;
mod nats;
mod network;
mod nodes;
mod nothing;
mod postgres;
mod soak;
mod terminate;

use async_trait::async_trait;

use crate::scene::Scene;

/// Of deliveries that arrived, so many may have come twice where processes were killed.
const FEW: f64 = 0.01;

#[async_trait]
pub trait Fault: Send + Sync {
    /// As it is asked for.
    fn name(&self) -> &'static str;

    /// What it does, in a line.
    fn about(&self) -> &'static str;

    fn plan(&self) -> Plan;

    /// What this machine lacks for it, if anything.
    fn missing(&self) -> Option<&'static str> {
        None
    }

    /// Does it, spread over the load.
    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()>;
}

/// What a fault needs, and what it is allowed.
#[derive(Debug, Clone)]
pub struct Plan {
    pub nodes: usize,
    /// The nodes reach their stores by proxies.
    pub is_proxied: bool,
    /// The nodes' wall clock can be stepped.
    pub has_clock: bool,
    /// What nats-server may store.
    pub file_store_bytes_max: Option<u64>,
    /// A disk of its own, of this size.
    pub nats_disk_bytes: Option<usize>,
    pub postgres_disk_bytes: Option<usize>,
    /// Schedules may stay in the queue for long: they fire for nothing, or never.
    pub leaves_schedules: bool,
    /// Run only when it is asked for.
    pub is_extra: bool,
    /// How long the load takes: in whole, and in the short form, if it is in that.
    pub seconds: u64,
    pub short_seconds: Option<u64>,
    /// The part of what arrived that may arrive twice.
    pub repeated_max: f64,
}

impl Plan {
    fn of(seconds: u64) -> Self {
        Self {
            nodes: 1,
            is_proxied: false,
            has_clock: false,
            file_store_bytes_max: None,
            nats_disk_bytes: None,
            postgres_disk_bytes: None,
            leaves_schedules: false,
            is_extra: false,
            seconds,
            short_seconds: None,
            repeated_max: 0.0,
        }
    }

    fn short(self, seconds: u64) -> Self {
        Self { short_seconds: Some(seconds), ..self }
    }

    fn may_repeat(self, part: f64) -> Self {
        Self { repeated_max: part, ..self }
    }
}

/// All of them, in the order that they are run in.
pub fn all() -> Vec<Box<dyn Fault>> {
    vec![
        Box::new(nothing::Nothing),
        Box::new(kill_service::KillService),
        Box::new(terminate::Terminate),
        Box::new(kill_actors::KillActors),
        Box::new(nats::KillNats),
        Box::new(nats::PauseNats),
        Box::new(nats::WipeNats),
        Box::new(nats::CutNats),
        Box::new(postgres::KillPostgres),
        Box::new(postgres::PausePostgres),
        Box::new(edit::Edit),
        Box::new(network::Network),
        Box::new(full::FillStore),
        Box::new(full::FullDiskNats),
        Box::new(full::FullDiskPostgres),
        Box::new(clock::Clock),
        Box::new(nodes::KillNode),
        Box::new(nodes::PauseNode),
        Box::new(nodes::RollingRestart),
        Box::new(soak::Soak),
    ]
}
