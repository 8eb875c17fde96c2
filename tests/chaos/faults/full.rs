//! No room: the queue's server at its own limit, and the disk of either store full.

use std::time::Duration;

use async_nats::jetstream::{self, stream};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::sleep;

use super::{FEW, Fault, Plan};
use crate::scene::Scene;

/// What the queue may keep in the fault that fills it.
const STORE_BYTES: u64 = 64 << 20;
const PIECE_BYTES: usize = 256 << 10;
const FILLING: &str = "FILLING";
/// How long there is no room.
const FULL: Duration = Duration::from_secs(10);
/// Room for a cluster with its log, and for the queue's streams.
const POSTGRES_BYTES: usize = 400 << 20;
const NATS_BYTES: usize = 64 << 20;

/// Why no disk can be had here, if that is so.
fn no_disk() -> Option<&'static str> {
    (!rustix::process::geteuid().is_root()).then_some("to mount a disk in memory takes root")
}

pub struct FillStore;

#[async_trait]
impl Fault for FillStore {
    fn name(&self) -> &'static str {
        "fill-store"
    }

    fn about(&self) -> &'static str {
        "nats-server has as much stored as it may (max_file_store), for 10 s"
    }

    fn plan(&self) -> Plan {
        // One that falls due while nothing can be stored is never fired; the ledger brings its delivery.
        Plan { file_store_bytes_max: Some(STORE_BYTES), leaves_schedules: true, ..Plan::of(40) }
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(2) {
            scene.at(moment).await;
            let jetstream = jetstream::new(async_nats::connect(scene.stage.nats.url()).await?);
            let config = stream::Config {
                name: FILLING.to_owned(),
                subjects: vec!["filling".to_owned()],
                ..stream::Config::default()
            };
            jetstream.create_stream(config).await?;
            let piece = Bytes::from(vec![0; PIECE_BYTES]);
            // Refused in the end, once nothing more fits.
            while jetstream.publish("filling", piece.clone()).await?.await.is_ok() {}
            sleep(FULL).await;
            jetstream.delete_stream(FILLING).await?;
        }
        Ok(())
    }
}

pub struct FullDiskNats;

#[async_trait]
impl Fault for FullDiskNats {
    fn name(&self) -> &'static str {
        "full-disk-nats"
    }

    fn about(&self) -> &'static str {
        "the disk of nats-server is full for 10 s; then there is room, and it is restarted"
    }

    fn plan(&self) -> Plan {
        Plan { nats_disk_bytes: Some(NATS_BYTES), ..Plan::of(40) }
    }

    fn missing(&self) -> Option<&'static str> {
        no_disk()
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(1) {
            scene.at(moment).await;
            scene.stage.nats.home.disk().fill();
            sleep(FULL).await;
            scene.stage.nats.home.disk().clear();
            // It turns JetStream off for good when it cannot write.
            scene.stage.nats.restart().await?;
        }
        Ok(())
    }
}

pub struct FullDiskPostgres;

#[async_trait]
impl Fault for FullDiskPostgres {
    fn name(&self) -> &'static str {
        "full-disk-postgres"
    }

    fn about(&self) -> &'static str {
        "the disk of Postgres is full for 10 s; then there is room, and it is restarted if it ended"
    }

    fn plan(&self) -> Plan {
        Plan { postgres_disk_bytes: Some(POSTGRES_BYTES), ..Plan::of(40).short(12).may_repeat(FEW) }
    }

    fn missing(&self) -> Option<&'static str> {
        no_disk()
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(1) {
            scene.at(moment).await;
            scene.stage.postgres.home.disk().fill();
            sleep(FULL).await;
            scene.stage.postgres.home.disk().clear();
            if scene.stage.postgres.pid().is_none() {
                scene.stage.postgres.restart().await?;
            }
        }
        Ok(())
    }
}
