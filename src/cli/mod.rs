//! The command line. One command a file; each reads its arguments, calls the library, and says in words what came
//! of it: results on stdout, everything else on stderr.
//!
//! Promised: exit code 0 when all went well (a drain on SIGINT or SIGTERM included), 1 when the command could not do
//! its work (an audit: when something is missing too), 2 when it was called or configured wrongly, and then every configuration error at once.
//! Left out: deciding anything that the service would decide.

mod audit;
mod bench;
mod check_config;
mod client;
mod dev;
mod doctor;
mod health;
mod keys;
mod ledger;
mod listen;
mod migrate;
mod openapi;
mod send;
mod serve;
mod settings;
mod signals;
mod tail;
mod terminal;
mod vault;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use hookyard::config::ConfigErrors;

/// The exit code of a command that was called or configured wrongly; clap's own is the same.
const MISUSED: u8 = 2;
const FAILED: u8 = 1;
/// What is still running when a command is done gets so long to notice.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "\
Examples:
  hookyard dev                                          everything on this machine, to try it
  hookyard send order.created --data '{\"id\": 42}'       publish an event
  hookyard tail                                         follow attempts, as they end
  hookyard listen --port 8014 --secret whsec_…          receive webhooks on the terminal
  HOOKYARD_ENV=production hookyard check-config         what a node would run with
  hookyard serve --config /etc/hookyard.toml            a node
  hookyard audit                                        is anything missing?
  hookyard bench                                        what a delivery costs on this machine

Exit codes: 0 fine, 1 failed, 2 called or configured wrongly.";

/// Hookyard takes events in and delivers each to every endpoint that subscribed to it: signed, retried, logged.
#[derive(Debug, Parser)]
#[command(name = "hookyard", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a node, from configuration
    Serve(serve::Args),
    /// Run everything on this machine, to try it: the service, Postgres, NATS and a receiver
    Dev(dev::Args),
    /// Bring the ledger's schema up to date
    Migrate(migrate::Args),
    /// Count what became of all that was accepted, and look whether anything is missing
    Audit(audit::Args),
    /// Say how large the ledger is, and how fast it grows
    Ledger(ledger::Args),
    /// Read the configuration, and show every setting with where it came from
    CheckConfig(check_config::Args),
    /// Look at stores, network and machine, and say what is wrong
    Doctor(doctor::Args),
    /// Ask a node whether it runs
    Health(health::Args),
    /// Print the OpenAPI document of the HTTP API
    Openapi,
    /// Make API keys
    Keys(keys::Args),
    /// Seal the ledger's secrets under another master key
    Vault(vault::Args),
    /// Receive webhooks on the terminal and verify their signatures
    Listen(listen::Args),
    /// Publish an event over HTTP
    Send(send::Args),
    /// Follow attempts on the terminal, as they end
    Tail(tail::Args),
    /// Measure deliveries on this machine, beside the least that they could cost
    Bench(bench::Args),
    /// The receiver of a bench, which starts it
    #[command(hide = true)]
    BenchSink,
}

/// Called wrongly in a way that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misuse(String);

/// Runs the command that this process was called with.
pub fn run() -> ExitCode {
    let Cli { command } = Cli::parse();
    match on_runtime(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::note(&format!("hookyard: {error:#}"));
            ExitCode::from(exit_code(&error))
        }
    }
}

/// What a command that did not do its work ends with.
fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<ConfigErrors>() || error.is::<Misuse>() { MISUSED } else { FAILED }
}

fn on_runtime(command: Command) -> anyhow::Result<()> {
    // Refused only where one is installed already, and there is no other in this program.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // One thread is enough for a sink, and spends least.
    let mut runtime = if matches!(command, Command::BenchSink) {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = runtime.enable_all().build().context("start the runtime")?;
    let done = runtime.block_on(carry_out(command));
    runtime.shutdown_timeout(LEFT_BEHIND);
    done
}

async fn carry_out(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Dev(args) => Box::pin(dev::run(args)).await,
        Command::Migrate(args) => migrate::run(args).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Ledger(args) => ledger::run(args).await,
        Command::CheckConfig(args) => check_config::run(args),
        Command::Doctor(args) => doctor::run(args).await,
        Command::Health(args) => health::run(args).await,
        Command::Openapi => openapi::run(),
        Command::Keys(args) => keys::run(args).await,
        Command::Vault(args) => vault::run(args).await,
        Command::Listen(args) => listen::run(args).await,
        Command::Send(args) => send::run(args).await,
        Command::Tail(args) => tail::run(args).await,
        Command::Bench(args) => bench::run(args).await,
        Command::BenchSink => bench::sink::run().await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_use_and_wrong_settings_are_told_from_failures() {
        let misuse = || anyhow::Error::from(Misuse("no".to_owned()));
        let settings = anyhow::Error::from(ConfigErrors(Vec::new())).context("start");
        let failure = anyhow::anyhow!("no").context(Misuse("no".to_owned()).to_string());
        for (error, code) in [(misuse(), 2), (misuse().context("keys"), 2), (settings, 2), (failure, 1)] {
            assert_eq!(exit_code(&error), code, "{error:#}");
        }
    }
}
