//! Everything that runs while something is measured: a Postgres with fsync, a nats-server, a node, and a sink.
//!
//! Promised: dropped, none of it is there any more; what it spends is told apart by process. Left out: settings of the
//! node, and what is published to it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::Error;
use super::meter::{Meter, Watched};
use crate::servers::{
    self, Durability, Folder, Hookyard, HookyardOptions, Nats, NatsOptions, Postgres, PostgresOptions,
};

/// For the node, which makes its tables first; the sink needs none of it.
const START: Duration = Duration::from_mins(1);
/// What a sink says when it listens, before the address.
pub const LISTENING: &str = "the sink listens on ";

/// Dropped in this order.
pub struct Rig {
    node: Option<Hookyard>,
    sink: Option<Hookyard>,
    nats: Option<Nats>,
    postgres: Option<Postgres>,
    /// Of Hookyard: node and sink are commands of it.
    program: PathBuf,
    folder: Folder,
}

impl Rig {
    /// Nothing runs yet. Data and logs go to `folder`, which has to outlive it.
    pub fn new(program: PathBuf, folder: Folder) -> Self {
        Self { node: None, sink: None, nats: None, postgres: None, program, folder }
    }

    pub async fn start_servers(&mut self) -> Result<(), Error> {
        let postgres = Postgres::start(PostgresOptions::new(self.folder.clone(), Durability::Durable));
        let nats = Nats::start(NatsOptions::new(self.folder.clone()));
        let (postgres, nats) = tokio::try_join!(postgres, nats)?;
        (self.postgres, self.nats) = (Some(postgres), Some(nats));
        Ok(())
    }

    /// Starts a node with these variables alone; answers when it is ready, with where it listens.
    pub async fn start_node(&mut self, env: Vec<(String, String)>) -> Result<SocketAddr, Error> {
        let options = self.options("node", "serve", env);
        let (node, address) = Hookyard::start(options, ready).await?;
        self.node = Some(node);
        Ok(address)
    }

    pub async fn start_sink(&mut self) -> Result<SocketAddr, Error> {
        let options = self.options("sink", "bench-sink", Vec::new());
        let (sink, address) =
            Hookyard::start(options, |line| line.strip_prefix(LISTENING)?.parse().ok()).await?;
        self.sink = Some(sink);
        Ok(address)
    }

    fn options(
        &self,
        name: &'static str,
        command: &'static str,
        env: Vec<(String, String)>,
    ) -> HookyardOptions {
        HookyardOptions {
            program: self.program.clone(),
            folder: self.folder.clone(),
            name,
            args: vec![command.to_owned()],
            env,
            start_timeout: START,
        }
    }

    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    pub fn nats(&self) -> Option<&Nats> {
        self.nats.as_ref()
    }

    pub fn node_pid(&self) -> Option<u32> {
        self.node.as_ref().and_then(Hookyard::pid)
    }

    /// Those of its processes that run, and the one that publishes, which is this.
    pub fn meter(&self) -> Meter {
        let one = |child: &Option<Hookyard>| child.as_ref().and_then(Hookyard::pid).map(Watched::One);
        let named = [
            ("service", one(&self.node)),
            ("Postgres", self.postgres.as_ref().and_then(Postgres::pid).map(Watched::Family)),
            ("nats-server", self.nats.as_ref().and_then(Nats::pid).map(Watched::One)),
            ("sink", one(&self.sink)),
            ("load", Some(Watched::One(std::process::id()))),
        ];
        Meter { watched: named.into_iter().filter_map(|(name, watched)| Some((name, watched?))).collect() }
    }

    /// Nothing of it may end while something is measured.
    pub async fn look(&self) -> Result<(), Error> {
        for (child, name) in [(&self.node, "node"), (&self.sink, "sink")] {
            if let Some(child) = child.as_ref().filter(|child| child.pid().is_none()) {
                return Err(Error::Gone { name, how: child.ended().await });
            }
        }
        Ok(())
    }

    /// Lets the node drain.
    pub async fn stop_node(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop().await;
        }
    }

    /// Ends the node where it stands.
    pub async fn kill_node(&mut self) {
        if let Some(node) = self.node.take() {
            node.kill().await;
        }
    }

    /// Ends all of it, in the reverse order of the start; answers with what went wrong.
    pub async fn clear(&mut self) -> Vec<servers::Error> {
        self.stop_node().await;
        if let Some(sink) = self.sink.take() {
            sink.stop().await;
        }
        let mut wrong = Vec::new();
        if let Some(mut nats) = self.nats.take() {
            wrong.extend(nats.stop().await.err());
        }
        if let Some(mut postgres) = self.postgres.take() {
            wrong.extend(postgres.stop().await.err());
        }
        wrong
    }
}

/// Where the node listens, in the line of its log, written as JSON, that says so.
fn ready(line: &str) -> Option<SocketAddr> {
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
        assert_eq!(ready(line), Some(SocketAddr::from(([127, 0, 0, 1], 8013))));
        assert_eq!(ready(&line.replace("ready", "steady")), None);
        assert_eq!(ready("no JSON"), None);
    }
}
