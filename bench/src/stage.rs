//! The servers of one scenario: its own, so that nothing of the one before is in its way.
//!
//! Promised: dropped, neither a process nor a folder of it is left. The node runs on production's defaults; only limits
//! that would refuse the scenario itself are raised.

use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookyard::bench::{Home, Load, Pace, Remote, Rig, Spread};
use hookyard::chance;
use hookyard::clock::SystemClock;
use hookyard::config::{Config, Sources};
use hookyard::servers::{Nats, Postgres};
use tokio::time::{Instant, sleep};

use crate::api::Api;
use crate::context::Context;

/// Of one event's data, where a scenario says nothing else.
pub const DATA_BYTES: usize = 400;
/// Connections that publish.
const PUBLISHERS: usize = 100;
/// A node that spends no more than that in such a time is quiet.
const QUIET: Duration = Duration::from_millis(40);
const QUIET_WINDOW: Duration = Duration::from_millis(500);
const QUIET_MAX: Duration = Duration::from_mins(5);

/// Dropped in this order.
pub struct Stage {
    pub sink: Remote,
    pub api: Api,
    vault_key: String,
    pub rig: Rig,
    _home: Home,
}

/// How a node is ended before it is started again.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// As it is asked to: it drains.
    Asked,
    /// Where it stands.
    Killed,
}

impl Stage {
    pub async fn start(cx: &mut Context) -> anyhow::Result<Self> {
        cx.begin("starting Postgres, nats-server, a node and a sink");
        let home = Home::open(None)?;
        if home.is_in_memory() {
            let path = home.folder.path().display();
            cx.begin(&format!(
                "{path} is in memory, where fsync costs nothing: name a folder on a disk in TMPDIR"
            ));
        }
        let mut rig = Rig::new(cx.program.clone(), home.folder.clone());
        rig.start_servers().await?;
        let sink = Remote::connect(rig.start_sink().await?).await?;
        let key = format!("hy_bench_{}", STANDARD.encode(chance::bytes::<24>()));
        let vault_key = format!("bench:{}", STANDARD.encode(chance::bytes::<32>()));
        let address = rig.start_node(env(&rig, &key, &vault_key)?).await?;
        Ok(Self { sink, api: Api { address, key }, vault_key, rig, _home: home })
    }

    /// As the node has it.
    pub fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(Sources { file: None, env: env(&self.rig, &self.api.key, &self.vault_key)? })?)
    }

    /// Ends the node and starts another on the same stores; answers with when that was begun, and how long it took until
    /// it was ready.
    pub async fn restart(&mut self, end: End) -> anyhow::Result<(Instant, Duration)> {
        match end {
            End::Asked => self.rig.stop_node().await,
            End::Killed => self.rig.kill_node().await,
        }
        let began = Instant::now();
        self.api.address = self.rig.start_node(env(&self.rig, &self.api.key, &self.vault_key)?).await?;
        Ok((began, began.elapsed()))
    }

    /// Waits until the node spends next to nothing, as it has done what it was given; answers with how long that took.
    pub async fn until_quiet(&self, cx: &mut Context) -> anyhow::Result<Duration> {
        cx.begin("until the node has nothing more to do");
        let mut meter = self.rig.meter();
        meter.watched.retain(|(name, _)| *name == "service");
        let began = Instant::now();
        loop {
            let before = meter.read()?;
            sleep(QUIET_WINDOW).await;
            let spent: Duration = meter.read()?.since(&before).iter().map(|(_, spent)| *spent).sum();
            if spent <= QUIET {
                return Ok(began.elapsed().saturating_sub(QUIET_WINDOW));
            }
            if began.elapsed() > QUIET_MAX {
                bail!("waited {QUIET_MAX:?} for the node to have nothing more to do");
            }
        }
    }

    /// Events for these tenants, one a request.
    pub fn load(&self, tenants: &[String], events: u32, spread: Spread, pace: Pace) -> anyhow::Result<Load> {
        Ok(Load {
            to: self.api.address,
            headers: tenants.iter().map(|tenant| self.api.headers(tenant)).collect::<Result<_, _>>()?,
            spread,
            events,
            batch: 1,
            data_bytes: DATA_BYTES,
            connections: PUBLISHERS,
            pace,
            clock: std::sync::Arc::new(SystemClock),
        })
    }

    pub fn node_pid(&self) -> anyhow::Result<u32> {
        self.rig.node_pid().context("the node does not run")
    }
}

fn env(rig: &Rig, key: &str, vault_key: &str) -> anyhow::Result<Vec<(String, String)>> {
    let postgres = rig.postgres().map(Postgres::url).context("Postgres was not started")?;
    let nats = rig.nats().map(Nats::url).context("nats-server was not started")?;
    let vault_keys = serde_json::to_string(&[vault_key])?;
    let variables = [
        ("HOOKYARD_ENV", "production"),
        ("HOOKYARD_OPERATOR_KEY", key),
        ("HOOKYARD__SERVER__LISTEN", "127.0.0.1:0"),
        ("HOOKYARD__VAULT__KEYS", &vault_keys),
        ("HOOKYARD__POSTGRES__URL", &postgres),
        ("HOOKYARD__NATS__URL", &nats),
        ("HOOKYARD__EGRESS__ALLOW_CIDRS", r#"["127.0.0.0/8"]"#),
        ("HOOKYARD__LIMITS__ENDPOINTS_PER_TENANT", "200000"),
        ("HOOKYARD__LIMITS__REQUESTS_PER_MINUTE", "0"),
    ];
    Ok(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
}
