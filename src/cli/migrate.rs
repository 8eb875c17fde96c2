//! `hookyard migrate`: the ledger's schema, brought up to date.

use super::settings::Settings;
use super::terminal;
use anyhow::Context as _;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
`serve` does this itself unless postgres.migrate is false. Running it again does nothing.

Example:
  DATABASE_URL=postgres://… hookyard migrate")]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let ledger = args.settings.ledger()?;
    ledger.migrate().await.context("migrate the ledger")?;
    terminal::note("the ledger's schema is up to date");
    Ok(())
}
