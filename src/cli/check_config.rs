//! `hookyard check-config`: what a node would run with, or everything that is wrong with it.

use super::settings::Settings;
use super::terminal;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints every setting with its value and where that came from, secrets masked. Nothing is connected to.

Example:
  HOOKYARD_ENV=production hookyard check-config --config hookyard.toml")]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let config = args.settings.load()?;
    terminal::print(config.explain().trim_end())
}
