//! `hookyard serve`: a node, from configuration, until a signal or its own end.

use anyhow::{Context as _, bail};
use hookyard::app::App;
use hookyard::telemetry;

use super::settings::Settings;
use super::signals::Signals;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
SIGINT and SIGTERM drain: intake stops, attempts under way end and are recorded. What has not ended after 20 s is
left to the next start, which makes it again; in 30 s the process has ended. A second signal ends it at once.

Examples:
  HOOKYARD_ENV=production hookyard serve
  DATABASE_URL=postgres://… NATS_URL=nats://… hookyard serve --config hookyard.toml")]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let mut signals = Signals::watch()?;
    let config = args.settings.load()?;
    let metrics = telemetry::init(&config.log).context("set up telemetry")?;
    let mut app = tokio::select! {
        started = Box::pin(App::start(config, metrics)) => started.context("start")?,
        signal = signals.next() => {
            tracing::info!(signal, "stopped before the start was done");
            return Ok(());
        }
    };
    let failure = tokio::select! {
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
