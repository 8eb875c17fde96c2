//! All that runs while something is done to it: a Postgres, a nats-server, and nodes that are processes of their own.
//!
//! Promised: dropped, nothing of it is left but the nodes' logs; a node that ends though nobody ended it is an error.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use hookyard::bench::peak_bytes;
use hookyard::servers::{Folder, Hookyard, HookyardOptions, Nats, Postgres};
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use url::Url;

use crate::api::{Api, OPERATOR_KEY, TENANT};
use crate::cast::{Member, Role};
use crate::clock;
use crate::faults::Plan;
use crate::proxy::Proxy;
use crate::servers::{self, Housed};
use crate::sink::Sink;

/// Of a node: what a killed one held may have to run out first, but it serves without.
const START: Duration = Duration::from_mins(1);
const NAMES: [&str; 3] = ["node-1", "node-2", "node-3"];

/// What every node is started with, besides where its stores are.
const SETTINGS: [(&str, &str); 18] = [
    ("HOOKYARD_ENV", "development"),
    ("HOOKYARD__SERVER__LISTEN", "127.0.0.1:0"),
    ("HOOKYARD__SERVER__OPERATOR_KEY", OPERATOR_KEY),
    ("HOOKYARD__VAULT__KEYS", r#"["chaos:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]"#),
    ("HOOKYARD__EGRESS__ALLOW_CIDRS", r#"["127.0.0.0/8"]"#),
    ("HOOKYARD__QUEUE__SHARDS", "6"),
    ("HOOKYARD__CHAOS__ENABLED", "true"),
    ("HOOKYARD__LIMITS__REQUESTS_PER_MINUTE", "0"),
    ("HOOKYARD__POSTGRES__STATEMENT_TIMEOUT", "5s"),
    // What is lost is looked after, and what nobody acknowledged comes again, while somebody waits for it.
    ("HOOKYARD__AUDIT__GRACE", "5s"),
    ("HOOKYARD__QUEUE__ACK_WAIT", "15s"),
    ("HOOKYARD__EGRESS__TIMEOUT_MS_MAX", "5000"),
    ("HOOKYARD__DELIVERY__TIMEOUT_MS", "5000"),
    ("HOOKYARD__BREAKER__PAUSE_FIRST", "500ms"),
    ("HOOKYARD__BREAKER__PAUSE_LONGEST", "2s"),
    ("HOOKYARD__DELIVERY__IDLE_STOP", "5s"),
    ("HOOKYARD__LOG__FORMAT", "json"),
    ("HOOKYARD__LOG__FILTER", "info,async_nats=warn,sqlx=warn"),
];

pub struct Stage {
    /// Dropped first, and before the stores.
    nodes: Vec<Option<Hookyard>>,
    settings: Vec<(String, String)>,
    pub api: Api,
    pub nats: Housed<Nats>,
    pub postgres: Housed<Postgres>,
    /// Before Postgres, and before NATS.
    pub proxies: Option<(Proxy, Proxy)>,
    folder: Folder,
    peak_bytes: u64,
}

impl Stage {
    /// Stores, nodes, and the tenant; the nodes' logs go into this folder, and what is there now goes away.
    pub async fn start(folder: &Path, plan: &Plan) -> anyhow::Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
        }
        let (postgres, nats) = tokio::join!(postgres(plan), nats(plan));
        let mut settings: Vec<(String, String)> =
            SETTINGS.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (mut postgres_url, mut nats_url) = (postgres.url(), nats.url());
        let mut proxies = None;
        if plan.is_proxied {
            let (before_postgres, before_nats) =
                tokio::try_join!(before(&mut postgres_url), before(&mut nats_url))?;
            proxies = Some((before_postgres, before_nats));
        }
        settings.push(("HOOKYARD__POSTGRES__URL".to_owned(), postgres_url));
        settings.push(("HOOKYARD__NATS__URL".to_owned(), nats_url));
        let nodes = (0..plan.nodes).map(|_| None).collect();
        let folder = Folder::open(folder)?;
        if plan.has_clock {
            settings.extend(clock::variables(folder.path())?);
        }
        let mut stage =
            Self { nodes, settings, api: Api::new(), nats, postgres, proxies, folder, peak_bytes: 0 };
        for node in 0..plan.nodes {
            stage.start_node(node).await?;
        }
        let tenant = json!({"id": TENANT, "name": "Chaos"});
        stage.api.insist(Method::POST, "/tenants", Some(&tenant)).await?;
        Ok(stage)
    }

    /// A seat at the sink for this role, and an endpoint that leads to it.
    pub async fn invite(&self, role: &Role, sink: &Sink) -> anyhow::Result<Member> {
        let url = sink.seat(role.manner);
        let mut body = json!({"name": role.name, "url": url, "events": [role.events()]});
        // Nobody is switched off who is not meant to be.
        body["autoDisableAfter"] = Value::Null;
        for (name, value) in role.settings.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let made = self.api.insist(Method::POST, "/webhooks", Some(&body)).await?;
        let id = made["id"].as_str().context("an endpoint without an id")?.to_owned();
        Ok(Member { id, expected: role.expected() })
    }

    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    pub async fn start_node(&mut self, node: usize) -> anyhow::Result<()> {
        let options = HookyardOptions {
            program: PathBuf::from(env!("CARGO_BIN_EXE_hookyard")),
            folder: self.folder.clone(),
            name: NAMES[node],
            args: vec!["serve".to_owned()],
            env: self.settings.clone(),
            start_timeout: START,
        };
        let (running, address) = Hookyard::start(options, address).await?;
        self.nodes[node] = Some(running);
        self.api.add(node, address);
        Ok(())
    }

    /// Kills it where it stands.
    pub async fn kill_node(&mut self, node: usize) -> anyhow::Result<()> {
        self.note_peak(node);
        self.signal(node, Signal::KILL)?;
        self.api.remove(node);
        if let Some(running) = self.nodes[node].take() {
            running.ended().await;
        }
        Ok(())
    }

    /// Asks it to end, and has it end in good order.
    pub async fn stop_node(&mut self, node: usize) -> anyhow::Result<()> {
        self.note_peak(node);
        let running = self.nodes[node].take().context("it runs")?;
        // It takes requests until it does not: those who come too late are not heard.
        let status = running.stop().await;
        self.api.remove(node);
        ensure!(status.success(), "{} ended with {status} where it was asked to", NAMES[node]);
        Ok(())
    }

    pub fn signal(&self, node: usize, signal: Signal) -> anyhow::Result<()> {
        let pid = self.pid(node).with_context(|| format!("{} does not run", NAMES[node]))?;
        signal_process(pid, signal)
    }

    /// The nodes' wall clock is so far from the machine's.
    pub fn set_clock(&self, offset_seconds: i64) -> anyhow::Result<()> {
        clock::set(self.folder.path(), offset_seconds)
    }

    pub fn pid(&self, node: usize) -> Option<u32> {
        self.nodes[node].as_ref().and_then(Hookyard::pid)
    }

    fn note_peak(&mut self, node: usize) {
        let peak = self.pid(node).and_then(|pid| peak_bytes(pid).ok());
        self.peak_bytes = self.peak_bytes.max(peak.unwrap_or_default());
    }

    /// The most memory that any node ever had resident.
    pub fn peak_bytes(&mut self) -> u64 {
        for node in 0..self.nodes.len() {
            self.note_peak(node);
        }
        self.peak_bytes
    }

    /// Nobody ended that was not ended.
    pub async fn look(&self) -> anyhow::Result<()> {
        for (node, name) in self.nodes.iter().zip(NAMES) {
            if let Some(node) = node.as_ref().filter(|node| node.pid().is_none()) {
                bail!("{name} {}", node.ended().await);
            }
        }
        Ok(())
    }

    /// Ends all of it, in good order.
    pub async fn end(mut self) -> anyhow::Result<()> {
        for node in 0..self.nodes.len() {
            if self.nodes[node].is_some() {
                self.stop_node(node).await?;
            }
        }
        Ok(())
    }
}

async fn postgres(plan: &Plan) -> Housed<Postgres> {
    match plan.postgres_disk_bytes {
        Some(bytes) => servers::postgres_on_a_disk(bytes).await,
        None => servers::postgres().await,
    }
}

async fn nats(plan: &Plan) -> Housed<Nats> {
    match (plan.nats_disk_bytes, plan.file_store_bytes_max) {
        (Some(bytes), _) => servers::nats_on_a_disk(bytes).await,
        (None, Some(bytes)) => servers::nats_of(bytes).await,
        (None, None) => servers::nats().await,
    }
}

/// A proxy before the server at this URL, which leads to the proxy then.
async fn before(url: &mut String) -> anyhow::Result<Proxy> {
    let mut parsed = Url::parse(url)?;
    let port = parsed.port().context("a URL without a port")?;
    let proxy = Proxy::start(SocketAddr::from(([127, 0, 0, 1], port))).await.context("start a proxy")?;
    parsed.set_port(Some(proxy.port)).ok().context("a URL that takes no port")?;
    *url = parsed.into();
    Ok(proxy)
}

pub fn signal_process(pid: u32, signal: Signal) -> anyhow::Result<()> {
    let pid = Pid::from_raw(pid.cast_signed()).context("no number of a process")?;
    kill_process(pid, signal).with_context(|| format!("signal process {}", pid.as_raw_nonzero()))
}

/// Where a node listens, in the line that says so.
fn address(line: &str) -> Option<SocketAddr> {
    let line: Value = serde_json::from_str(line).ok()?;
    let address = line.get("address").filter(|_| line["message"] == "hookyard is ready")?;
    address.as_str()?.parse().ok()
}
