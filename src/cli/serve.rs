//! `hookyard serve`: a node, from configuration, until a signal or its own end. SIGHUP has the configuration read again.

use std::convert::Infallible;

use anyhow::{Context as _, bail};
use hookyard::app::App;
use hookyard::app::reloading::Reloading;
use hookyard::telemetry;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::settings::Settings;
use super::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
SIGINT and SIGTERM drain: intake stops, attempts under way end and are recorded. What has not ended after 20 s is
left to the next start, which makes it again; in 30 s the process has ended. A second signal ends it at once.
SIGHUP reads the configuration again and puts its [[sources]] in force, or, where it is wrong, changes nothing; other
settings need a restart. The log has what came of it.

Examples:
  HOOKYARD_ENV=production hookyard serve
  DATABASE_URL=postgres://… NATS_URL=nats://… hookyard serve --config hookyard.toml")]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let mut signals = Signals::watch()?;
    let hangups = signal(SignalKind::hangup()).context("watch for SIGHUP")?;
    let config = args.settings.load()?;
    let metrics = telemetry::init(&config.log).context("set up telemetry")?;
    let mut app = tokio::select! {
        started = Box::pin(App::start(config, metrics)) => started.context("start")?,
        signal = signals.next() => {
            tracing::info!(signal, "stopped before the start was done");
            return Ok(());
        }
    };
    let reloading = app.reloading.clone();
    let failure = tokio::select! {
        never = reload_on(hangups, &reloading) => match never {},
        failure = app.failed() => {
            tracing::error!(why = failure, "node ends");
            Some(failure)
        }
        signal = signals.next() => {
            tracing::info!(signal, "asked to end");
            None
        }
    };
    signals.unless_again(app.stop()).await?;
    match failure {
        Some(failure) => bail!("{failure}"),
        None => Ok(()),
    }
}

/// Whatever comes of it is logged, and the node goes on.
async fn reload_on(mut hangups: Signal, reloading: &Reloading) -> Infallible {
    while let Some(()) = hangups.recv().await {
        let _ = reloading.reload().await;
    }
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use hookyard::app::DRAIN;

    #[test]
    fn help_says_how_long_a_drain_takes() {
        let mut cli = super::super::Cli::command();
        let serve = cli.find_subcommand_mut("serve").unwrap();
        let help = serve.render_long_help().to_string().replace('\n', " ");
        assert!(help.contains(&format!("after {} s", DRAIN.as_secs())), "{help}");
    }
}
