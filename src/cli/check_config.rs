//! `hookyard check-config`: what a node would run with, or everything that is wrong with it.

use hookyard::config::Config;

use super::settings::Settings;
use super::terminal;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints every setting with its value and where that came from, secrets masked. Nothing is connected to: `hookyard
doctor` does. What each setting is, and when to change it, stands in docs/configuration.md.

An editor that knows the schema completes and checks a file of settings: write it beside the file, and name it in
the file's first line, `#:schema ./hookyard.schema.json` (taplo, Even Better TOML).

Examples:
  HOOKYARD_ENV=production hookyard check-config --config hookyard.toml
  hookyard check-config --schema > hookyard.schema.json")]
pub(super) struct Args {
    /// Print the JSON Schema of files of settings, and look at none
    #[arg(long, conflicts_with = "config")]
    schema: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    if args.schema {
        return terminal::print(&format!("{:#}", Config::schema()));
    }
    let config = args.settings.load()?;
    terminal::print(config.explain().trim_end())
}
