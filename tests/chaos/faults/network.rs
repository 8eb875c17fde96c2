//! The network between the service and its stores: connections cut, silent and slow.

use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use rand::RngExt as _;

use super::{FEW, Fault, Plan};
use crate::proxy::Weather;
use crate::scene::Scene;

const EVERY_SECONDS: usize = 8;

pub struct Network;

#[async_trait]
impl Fault for Network {
    fn name(&self) -> &'static str {
        "network"
    }

    fn about(&self) -> &'static str {
        "connections to Postgres, NATS or both are cut, silent for up to 6 s, or slow"
    }

    fn plan(&self) -> Plan {
        Plan { is_proxied: true, ..Plan::of(80).may_repeat(FEW) }
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments((scene.length.as_secs() as usize / EVERY_SECONDS).max(1)) {
            scene.at(moment).await;
            let weather = match scene.random.random_range(0..3) {
                0 => Weather::Cut,
                1 => Weather::Silent,
                _ => Weather::Slow(Duration::from_millis(scene.random.random_range(5..=150))),
            };
            let (to_postgres, to_nats) = match scene.random.random_range(0..3) {
                0 => (true, false),
                1 => (false, true),
                _ => (true, true),
            };
            set(scene, weather, to_postgres, to_nats)?;
            scene.a_while(500..=6000).await;
            set(scene, Weather::Fair, true, true)?;
        }
        Ok(())
    }
}

fn set(scene: &Scene<'_>, weather: Weather, to_postgres: bool, to_nats: bool) -> anyhow::Result<()> {
    let (postgres, nats) = scene.stage.proxies.as_ref().context("there are proxies")?;
    for proxy in [postgres].into_iter().filter(|_| to_postgres).chain([nats].into_iter().filter(|_| to_nats))
    {
        proxy.set(weather);
    }
    Ok(())
}
