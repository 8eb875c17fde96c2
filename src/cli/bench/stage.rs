//! Everything that runs while something is measured: the servers and the node, unless one runs already, and the sink.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use hookyard::bench::{self, Home, Meter, Progress, Remote, Rig};
use hookyard::config::{Config, Sources};
use hookyard::servers::{Nats, Postgres};

use super::Args;
use super::target::{Access, Target};
use crate::cli::Misuse;
use crate::cli::dev::keepsake::Keepsakes;
use crate::cli::dev::settings::{Own, variables};
use crate::cli::terminal;

/// For deleting what was made in somebody else's node.
const REMOVAL: Duration = Duration::from_secs(20);

/// Dropped in this order.
pub(super) struct Stage {
    target: Option<Target>,
    access: Option<Access>,
    sink: Option<Remote>,
    rig: Rig,
    home: Home,
}

impl Stage {
    pub(super) fn new(data: Option<&Path>) -> anyhow::Result<Self> {
        let home = Home::open(data).map_err(|error| {
            let is_misuse = matches!(error, bench::Error::Home { .. });
            if is_misuse { Misuse(format!("--data: {error}")).into() } else { anyhow::Error::from(error) }
        })?;
        if home.is_in_memory() {
            terminal::note(&format!(
                "{} is in memory, where fsync costs nothing: name a folder on a disk with --data",
                home.folder.path().display()
            ));
        }
        // Node and sink are commands of this very program.
        let program = std::env::current_exe().context("find the program that runs")?;
        let rig = Rig::new(program, home.folder.clone());
        Ok(Self { target: None, access: None, sink: None, rig, home })
    }

    pub(super) async fn start(&mut self, args: &Args, progress: &mut Progress) -> anyhow::Result<()> {
        // Whatever is wrong with the settings is said before anything is started.
        let config = self.config()?;
        if let (Some(url), Some(key)) = (&args.url, &args.key) {
            self.access = Some(Access { url: url.clone(), key: key.clone() });
        } else {
            progress.begin("starting Postgres, nats-server and a node …");
            self.rig.start_servers().await?;
            self.start_node(&config).await?;
        }
        self.sink = Some(Remote::connect(self.rig.start_sink().await?).await?);
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
        let (postgres, nats) = (self.rig.postgres().map(Postgres::url), self.rig.nats().map(Nats::url));
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

    async fn start_node(&mut self, config: &Config) -> anyhow::Result<()> {
        let address = self.rig.start_node(self.variables()?).await?;
        let key = config.server.operator_key.as_ref().context("the node has no operator key")?;
        let url = format!("http://{address}").parse()?;
        self.access = Some(Access { url, key: key.expose().to_owned() });
        Ok(())
    }

    pub(super) fn access(&self) -> anyhow::Result<&Access> {
        self.access.as_ref().context("no node was started")
    }

    pub(super) fn target(&self) -> anyhow::Result<&Target> {
        self.target.as_ref().context("no endpoint was made")
    }

    pub(super) fn sink(&mut self) -> anyhow::Result<&mut Remote> {
        self.sink.as_mut().context("no sink was started")
    }

    /// Whatever of it is a process of ours.
    pub(super) fn meter(&self) -> Meter {
        self.rig.meter()
    }

    pub(super) fn node_pid(&self) -> Option<u32> {
        self.rig.node_pid()
    }

    /// Nothing of it may end while something is measured.
    pub(super) async fn look(&self) -> anyhow::Result<()> {
        Ok(self.rig.look().await?)
    }

    /// Ends all of it, in the reverse order of the start.
    pub(super) async fn clear(&mut self) {
        // What a node of our own holds goes with its folder.
        if let Some(target) = self.target.take().filter(|_| self.rig.postgres().is_none()) {
            let removed = tokio::time::timeout(REMOVAL, target.remove()).await;
            let removed = removed.map_err(|_| anyhow::anyhow!("no answer within {REMOVAL:?}")).flatten();
            if let Err(error) = removed {
                terminal::note(&format!(
                    "could not delete what was made in tenant {}: {error:#}",
                    target.tenant
                ));
            }
        }
        for wrong in self.rig.clear().await {
            terminal::note(&wrong.to_string());
        }
    }
}
