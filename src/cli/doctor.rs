//! `hookyard doctor`: what a node would find here, and what to do about it.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use hookyard::app::doctor::{self, Asked, Finding, State};
use hookyard::telemetry;
use serde_json::json;
use url::Url;

use super::settings::Settings;
use super::terminal;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Connects to Postgres and NATS as `hookyard serve` would with this configuration, and changes nothing. It looks at their
versions and settings, limits and clocks, the schema, the keys of the vault, open files, DNS servers, and what webhooks
may reach; with --url whether a connection to it can be made (TCP and TLS, no request).

  ok    as it should be
  warn  it works, but less safely, or for less than is configured
  fail  it does not work, or could lose what was accepted

Exit codes: 0 nothing failed, 1 something did, 2 called or configured wrongly.

Examples:
  HOOKYARD_ENV=production hookyard doctor --config hookyard.toml
  hookyard doctor --url https://example.com/ --nats-monitor http://127.0.0.1:8222")]
pub(super) struct Args {
    /// A receiver: could a webhook be sent there?
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The address of a nats-server for monitoring, for what it does not tell its clients
    #[arg(long, value_name = "URL")]
    nats_monitor: Option<Url>,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let config = args.settings.load()?;
    telemetry::init_log(&config.log).context("set up the log")?;
    let asked = Asked { url: args.url, nats_monitor: args.nats_monitor };
    let findings = doctor::examine(&config, &asked).await.context("look")?;
    let text = if args.json { json!({"findings": findings}).to_string() } else { table(&findings) };
    terminal::print(text.trim_end())?;
    match findings.iter().filter(|finding| finding.state == State::Fail).count() {
        0 => Ok(()),
        1 => bail!("1 check failed"),
        count => bail!("{count} checks failed"),
    }
}

fn table(findings: &[Finding]) -> String {
    let wide = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Finding { check, state, found, advice } in findings {
        let state = state.as_str();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{state:<4}  {check:<wide$}  {found}");
        if let Some(advice) = advice {
            let _ = writeln!(text, "      {:<wide$}  → {advice}", "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_stands_below_what_it_is_for() {
        let finding = |check, state, advice: Option<&str>| Finding {
            check,
            state,
            found: "found".to_owned(),
            advice: advice.map(str::to_owned),
        };
        let findings = [finding("a", State::Ok, None), finding("longer", State::Fail, Some("do it"))];
        assert_eq!(table(&findings), "ok    a       found\nfail  longer  found\n              → do it\n");
    }
}
