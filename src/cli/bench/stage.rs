//! Everything that runs while something is measured: the servers and the node, unless one runs already, and the sink.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use hookyard::bench::{Meter, Remote, Watched};
use hookyard::config::{Config, Sources};
use hookyard::servers::{
    Durability, Hookyard, HookyardOptions, Nats, NatsOptions, Postgres, PostgresOptions,
};
use serde_json::Value;

use super::home::Home;
use super::progress::Progress;
use super::target::{Access, Target};
use super::{Args, sink};
use crate::cli::dev::keepsake::Keepsakes;
use crate::cli::dev::settings::{Own, variables};
use crate::cli::terminal;

/// For the node, which makes its tables first; the sink needs none of it.
const START: Duration = Duration::from_mins(1);
/// For deleting what was made in somebody else's node.
const REMOVAL: Duration = Duration::from_secs(20);

/// Dropped in this order.
pub(super) struct Stage {
    target: Option<Target>,
    access: Option<Access>,
    node: Option<Hookyard>,
    sink: Option<(Hookyard, Remote)>,
    nats: Option<Nats>,
    postgres: Option<Postgres>,
    home: Home,
}

impl Stage {
    pub(super) fn new(data: Option<&Path>) -> anyhow::Result<Self> {
        let home = Home::open(data)?;
        Ok(Self { target: None, access: None, node: None, sink: None, nats: None, postgres: None, home })
    }

    pub(super) async fn start(&mut self, args: &Args, progress: &mut Progress) -> anyhow::Result<()> {
        // Whatever is wrong with the settings is said before anything is started.
        let config = self.config()?;
        if let (Some(url), Some(key)) = (&args.url, &args.key) {
            self.access = Some(Access { url: url.clone(), key: key.clone() });
        } else {
            progress.begin("starting Postgres, nats-server and a node …");
            self.start_servers().await?;
            self.start_node(&config).await?;
        }
        self.start_sink().await?;
        let access = self.access()?;
        let named = args.tenant.clone().filter(|_| args.url.is_some());
        let mut target = Target::of(access, named).await?;
        let url = self.sink()?.url(super::run::FULL);
        let added = target.add_endpoints(args.endpoints, args.per_endpoint(), &url).await;
        self.target = Some(target);
        added
    }

    /// As the node has it.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(Sources { file: None, env: self.variables()? })?)
    }

    fn variables(&self) -> anyhow::Result<Vec<(String, String)>> {
        Keepsakes::of(&self.home.folder)?;
        let (postgres, nats) = (self.postgres.as_ref().map(Postgres::url), self.nats.as_ref().map(Nats::url));
        let own = Own {
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            postgres: postgres.as_deref().unwrap_or("postgres://127.0.0.1"),
            nats: nats.as_deref().unwrap_or("nats://127.0.0.1"),
            folder: self.home.folder.path(),
        };
        let mut variables = variables(Sources::of_process(None).env, &own);
        variables.retain(|(name, _)| name.starts_with("HOOKYARD_"));
        // Its log is read for the address that it listens on.
        for (name, value) in
            [("HOOKYARD__LOG__FORMAT", "json"), ("HOOKYARD__LOG__FILTER", "warn,hookyard=info")]
        {
            variables.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            variables.push((name.to_owned(), value.to_owned()));
        }
        Ok(variables)
    }

    async fn start_servers(&mut self) -> anyhow::Result<()> {
        let folder = &self.home.folder;
        let postgres = Postgres::start(PostgresOptions::new(folder.clone(), Durability::Durable));
        let nats = Nats::start(NatsOptions::new(folder.clone()));
        let (postgres, nats) = tokio::try_join!(postgres, nats)?;
        (self.postgres, self.nats) = (Some(postgres), Some(nats));
        Ok(())
    }

    async fn start_node(&mut self, config: &Config) -> anyhow::Result<()> {
        let options = HookyardOptions {
            program: program()?,
            folder: self.home.folder.clone(),
            name: "node",
            args: vec!["serve".to_owned()],
            env: self.variables()?,
            start_timeout: START,
        };
        let (node, address) = Hookyard::start(options, address).await?;
        self.node = Some(node);
        let key = config.server.operator_key.as_ref().context("the node has no operator key")?;
        let url = format!("http://{address}").parse()?;
        self.access = Some(Access { url, key: key.expose().to_owned() });
        Ok(())
    }

    async fn start_sink(&mut self) -> anyhow::Result<()> {
        let options = HookyardOptions {
            program: program()?,
            folder: self.home.folder.clone(),
            name: "sink",
            args: vec!["bench-sink".to_owned()],
            env: Vec::new(),
            start_timeout: START,
        };
        let (sink, address) = Hookyard::start(options, sink::address).await?;
        self.sink = Some((sink, Remote::connect(address).await?));
        Ok(())
    }

    pub(super) fn access(&self) -> anyhow::Result<&Access> {
        self.access.as_ref().context("no node was started")
    }

    pub(super) fn target(&self) -> anyhow::Result<&Target> {
        self.target.as_ref().context("no endpoint was made")
    }

    pub(super) fn sink(&mut self) -> anyhow::Result<&mut Remote> {
        self.sink.as_mut().map(|(_, remote)| remote).context("no sink was started")
    }

    /// Whatever of it is a process of ours.
    pub(super) fn meter(&self) -> Meter {
        let node = self.node.as_ref().and_then(Hookyard::pid).map(Watched::One);
        let postgres = self.postgres.as_ref().and_then(Postgres::pid).map(Watched::Family);
        let nats = self.nats.as_ref().and_then(Nats::pid).map(Watched::One);
        let sink = self.sink.as_ref().and_then(|(sink, _)| sink.pid()).map(Watched::One);
        let load = Some(Watched::One(std::process::id()));
        let named = [
            ("service", node),
            ("Postgres", postgres),
            ("nats-server", nats),
            ("sink", sink),
            ("load", load),
        ];
        Meter { watched: named.into_iter().filter_map(|(name, watched)| Some((name, watched?))).collect() }
    }

    pub(super) fn node_pid(&self) -> Option<u32> {
        self.node.as_ref().and_then(Hookyard::pid)
    }

    /// Nothing of it may end while something is measured.
    pub(super) async fn look(&self) -> anyhow::Result<()> {
        for (child, name) in
            [(self.node.as_ref(), "node"), (self.sink.as_ref().map(|(sink, _)| sink), "sink")]
        {
            if let Some(child) = child.filter(|child| child.pid().is_none()) {
                bail!("the {name} {}", child.ended().await);
            }
        }
        Ok(())
    }

    /// Ends all of it, in the reverse order of the start.
    pub(super) async fn clear(&mut self) {
        // What a node of our own holds goes with its folder.
        if let Some(target) = self.target.take().filter(|_| self.node.is_none()) {
            let removed = tokio::time::timeout(REMOVAL, target.remove()).await;
            let removed = removed.map_err(|_| anyhow::anyhow!("no answer within {REMOVAL:?}")).flatten();
            if let Err(error) = removed {
                terminal::note(&format!(
                    "could not delete what was made in tenant {}: {error:#}",
                    target.tenant
                ));
            }
        }
        if let Some(node) = self.node.take() {
            node.stop().await;
        }
        if let Some((sink, _)) = self.sink.take() {
            sink.stop().await;
        }
        if let Some(mut nats) = self.nats.take() {
            note(nats.stop().await);
        }
        if let Some(mut postgres) = self.postgres.take() {
            note(postgres.stop().await);
        }
    }
}

/// This very one: node and sink are commands of it.
fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("find the program that runs")
}

fn note(stopped: Result<(), hookyard::servers::Error>) {
    if let Err(error) = stopped {
        terminal::note(&error.to_string());
    }
}

/// Where the node listens, in the line that says so.
fn address(line: &str) -> Option<SocketAddr> {
    let line: Value = serde_json::from_str(line).ok()?;
    let address = line.get("address").filter(|_| line["message"] == "hookyard is ready")?;
    address.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_in_the_line_that_says_ready() {
        let line = r#"{"level":"INFO","message":"hookyard is ready","address":"127.0.0.1:8013","shards":4}"#;
        assert_eq!(address(line), Some(SocketAddr::from(([127, 0, 0, 1], 8013))));
        assert_eq!(address(&line.replace("ready", "steady")), None);
        assert_eq!(address("no JSON"), None);
    }
}
