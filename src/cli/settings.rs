//! The configuration as the commands take it: the environment, and `--config`.

use std::path::PathBuf;

use hookyard::config::{Config, ConfigErrors, Sources};

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
