//! The configuration read again, on SIGHUP or by the API: its `[[sources]]` come into force, all else waits for a restart.
//!
//! Promises: one at a time; a configuration that is wrong, or that NATS refuses, changes nothing, and everything that is wrong is
//! said. Leaves out: other nodes, each of which is told by itself.

use std::sync::Arc;

use actors::leases::Leases;
use actors::ports::Clock;
use tokio::sync::Mutex;

use crate::api::{NotReloaded, Reloaded, WrongSetting};
use crate::bus::{self, Bus};
use crate::config::{Config, ConfigErrors, Problem};
use crate::metrics;

pub struct Reloading {
    /// What the process was started with.
    pub started: Config,
    pub bus: Bus,
    pub leases: Leases,
    pub clock: Arc<dyn Clock>,
    pub one_at_a_time: Mutex<()>,
}

impl Reloading {
    /// Reads the configuration, puts its sources in force, and says what came of it.
    pub async fn reload(&self) -> Result<Reloaded, NotReloaded> {
        let _alone = self.one_at_a_time.lock().await;
        let result = self.try_reload().await;
        metrics::reloaded(result.is_ok());
        match &result {
            Ok(reloaded) => tell(reloaded),
            Err(NotReloaded::Wrong(problems)) => {
                for WrongSetting { key, detail } in problems {
                    tracing::error!(key, detail, "configuration is wrong");
                }
                tracing::error!(problems = problems.len(), "configuration is wrong: nothing was changed");
            }
            Err(NotReloaded::Away) => {
                tracing::error!("nats is away, so that sources cannot be changed: nothing was changed");
            }
        }
        result
    }

    async fn try_reload(&self) -> Result<Reloaded, NotReloaded> {
        let read_at = self.clock.now();
        let config = self.started.again().map_err(|ConfigErrors(problems)| {
            NotReloaded::Wrong(problems.into_iter().map(WrongSetting::from).collect())
        })?;
        let need_restart = self.started.differences(&config);
        // Whoever has the events of NATS to itself has the say on what is taken in.
        let put = self.bus.put_in_force(config.sources, read_at, self.leases.leads()).await;
        let bus::Changes { added, removed, changed, unchanged } = put.map_err(|error| {
            if matches!(error, bus::Error::Away) {
                return NotReloaded::Away;
            }
            NotReloaded::Wrong(vec![WrongSetting { key: "sources".to_owned(), detail: error.to_string() }])
        })?;
        Ok(Reloaded { added, removed, changed, unchanged, need_restart })
    }
}

impl From<Problem> for WrongSetting {
    fn from(problem: Problem) -> Self {
        let Problem { key, origin, wrong, right } = problem;
        Self { key, detail: format!("(from {origin}) {wrong}; {right}") }
    }
}

fn tell(reloaded: &Reloaded) {
    let Reloaded { added, removed, changed, unchanged, need_restart } = reloaded;
    tracing::info!(?added, ?removed, ?changed, unchanged, "configuration was read again");
    for key in need_restart {
        tracing::warn!(key, "setting is another one now: it needs a restart");
    }
}
