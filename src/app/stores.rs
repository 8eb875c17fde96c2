//! The stores, and this node's part in the sharing of shards.

use std::time::Duration;

use actors::ports::Clock as _;
use anyhow::Context as _;
use domain::lease::NodeId;
use uuid::Uuid;

use super::{ownership, wiring};
use crate::bus::{self, Bus};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ledger::ownership::{Node, Ownership};

/// NATS away for longer at start: the service starts without, and deliveries go on from the ledger.
const NATS_WAIT: Duration = Duration::from_secs(10);

pub struct Stores {
    pub ledger: Ledger,
    pub ownership: Ownership,
    pub client: async_nats::Client,
    pub bus: Bus,
    pub shards: u16,
}

impl Stores {
    /// Waits for Postgres, and for NATS some seconds; migrates.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let options = wiring::ledger(&config.postgres, config.intake.dedupe_window.duration());
        let ledger = Ledger::open(&options).context("open ledger")?;
        ownership::wait_for(&ledger).await.context("reach postgres")?;
        if config.postgres.migrate {
            ledger.migrate().await.context("migrate ledger")?;
        }
        let now = SystemClock.now();
        crate::ledger::partitions::make_ahead(&ledger.pool, now).await.context("make partitions ahead")?;
        let shards = crate::ledger::ownership::shards(&ledger.pool, config.queue.shards).await?;
        if shards != config.queue.shards {
            let wanted = config.queue.shards;
            tracing::warn!(
                shards,
                wanted,
                "number of shards was fixed at the first start: queue.shards is not used"
            );
        }
        let ownership = ledger.ownership(this_node());
        let (client, connections) = bus::connect(&config.nats).await?;
        let bus = Bus::new(client.clone(), connections, wiring::queue(config, shards, now));
        ownership::wait_for_nats(&bus, NATS_WAIT).await?;
        Ok(Self { ledger, ownership, client, bus, shards })
    }
}

fn this_node() -> Node {
    // In a container every process is number 1.
    let host = rustix::system::uname();
    Node {
        id: NodeId(Uuid::from_bytes(crate::chance::bytes())),
        name: format!("pid {} on {}", std::process::id(), host.nodename().to_string_lossy()),
        version: env!("CARGO_PKG_VERSION"),
    }
}
