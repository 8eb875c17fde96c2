//! `hookyard ledger`: the ledger itself, as a thing on a disk.

mod size;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say how much each table and each day takes, how fast it grows, and what goes next
    Size(size::Args),
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Size(args) => size::run(args).await,
    }
}
