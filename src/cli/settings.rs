//! The configuration as the commands take it: the environment, and `--config`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use hookyard::app::wiring;
use hookyard::config::{Config, Log, Postgres, Retention, Sources};
use hookyard::ledger::Ledger;
use hookyard::telemetry;
use hookyard::vault::Vault;

#[derive(Debug, clap::Args)]
pub(super) struct Settings {
    /// A TOML file of settings; variables (HOOKYARD__SECTION__KEY) win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Settings {
    pub(super) fn load(self) -> anyhow::Result<Config> {
        Ok(Config::load(Sources::of_process(self.config))?)
    }

    /// The ledger, for a command that needs nothing else: where Postgres is, is all that has to be set.
    pub(super) fn ledger(self) -> anyhow::Result<Ledger> {
        let (postgres, log) = Config::load_for_ledger(Sources::of_process(self.config))?;
        open(&postgres, &log)
    }

    /// The ledger, and for how long what it owes is the queue's business.
    pub(super) fn ledger_and_grace(self) -> anyhow::Result<(Ledger, Duration)> {
        let (postgres, audit, log) = Config::load_for_audit(Sources::of_process(self.config))?;
        Ok((open(&postgres, &log)?, audit.grace.duration()))
    }

    /// The ledger, and how long it keeps things.
    pub(super) fn ledger_and_retention(self) -> anyhow::Result<(Ledger, Retention)> {
        let (postgres, retention, log) = Config::load_for_retention(Sources::of_process(self.config))?;
        Ok((open(&postgres, &log)?, retention))
    }

    /// The ledger, and the vault that its secrets are sealed by.
    pub(super) fn ledger_and_vault(self) -> anyhow::Result<(Ledger, Vault)> {
        let (postgres, vault, log) = Config::load_for_vault(Sources::of_process(self.config))?;
        let ledger = open(&postgres, &log)?;
        Ok((ledger, Vault::new(&wiring::ring(&vault)).context("open the vault")?))
    }
}

/// Sets up the log, and opens the ledger for a command alone.
fn open(postgres: &Postgres, log: &Log) -> anyhow::Result<Ledger> {
    telemetry::init_log(log).context("set up the log")?;
    Ledger::open(&wiring::ledger_alone(postgres)).context("open the ledger")
}
