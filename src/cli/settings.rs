//! The configuration as the commands take it: the environment, and `--config`.

use std::path::PathBuf;

use hookyard::config::{Config, ConfigErrors, Sources};
use hookyard::ledger;

#[derive(Debug, clap::Args)]
pub(super) struct Settings {
    /// A TOML file of settings; variables (HOOKYARD__SECTION__KEY) win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Settings {
    pub(super) fn load(self) -> Result<Config, ConfigErrors> {
        Config::load(Sources::of_process(self.config))
    }
}

/// How the commands that need no running service reach the ledger.
pub(super) fn ledger(config: &Config) -> ledger::Options {
    ledger::Options {
        url: config.postgres.url.expose().to_owned(),
        max_connections: config.postgres.max_connections,
        statement_timeout: config.postgres.statement_timeout.get(),
        dedupe_window: config.intake.dedupe_window.get(),
    }
}
