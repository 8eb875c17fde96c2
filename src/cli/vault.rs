//! `hookyard vault`: the secrets in the ledger, and the keys that they are sealed under.

use hookyard::app::resealing::{self, Resealed};

use super::settings::Settings;
use super::terminal;

/// Values between two words of progress.
const PROGRESS: u64 = 1000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Seal every secret in the ledger anew, under the first of vault.keys
    #[command(after_help = "\
The service may run meanwhile; ended early, call it again. To change the master key:
  1. add the new key to vault.keys, behind the old ones, and restart every node, so that all can open it;
  2. put it first, and restart every node, so that all seal under it;
  3. hookyard vault rotate, with the same vault.keys;
  4. take the old keys out of vault.keys.
With a single node, 1 and 2 are one.

Example:
  DATABASE_URL=postgres://… HOOKYARD__VAULT__KEYS='[\"k2:…\", \"k1:…\"]' hookyard vault rotate")]
    Rotate(Settings),
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Rotate(settings) => rotate(settings).await,
    }
}

async fn rotate(settings: Settings) -> anyhow::Result<()> {
    let (ledger, vault) = settings.ledger_and_vault()?;
    let unusable = resealing::unusable_keys(&ledger.pool, &vault).await?;
    if !unusable.is_empty() {
        let keys: Vec<String> = unusable.iter().map(|(key, count)| format!("{key} ({count})")).collect();
        anyhow::bail!(
            "secrets are sealed under keys that vault.keys has not, or has others of that id: {}",
            keys.join(", ")
        );
    }
    let mut said = 0;
    let progress = |count| {
        if count >= said + PROGRESS {
            said = count;
            terminal::note(&format!("{count} sealed anew …"));
        }
    };
    let Resealed { count, failed, failed_count } = resealing::reseal(&ledger.pool, &vault, progress).await?;
    terminal::note(&format!("{count} sealed anew under {}", vault.newest()));
    if failed_count > 0 {
        for one in failed {
            terminal::note(&one);
        }
        anyhow::bail!("{failed_count} could not be opened, and stay as they are");
    }
    terminal::note("nothing is sealed under another key: older ones can be taken out of vault.keys");
    Ok(())
}
