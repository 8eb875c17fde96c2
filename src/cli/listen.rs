//! `hookyard listen`: a receiver on the terminal.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use anyhow::Context as _;
use axum::http::StatusCode;
use domain::signature::{NotASecret, PublicKey, Secret};
use hookyard::clock::SystemClock;
use hookyard::receiver::{Options, Receiver};
use tokio::net::TcpListener;

use super::signals::Signals;
use super::terminal;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Takes requests on every path. ctrl-C ends it.

Examples:
  hookyard listen --secret whsec_…
  hookyard listen --public-key whpk_…                   verify v1a, without a secret
  hookyard listen --port 9000 --status 500,500,200      fail twice, then succeed, and so on")]
pub(super) struct Args {
    /// The address to listen on; 0.0.0.0 for others than this machine
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8014)]
    port: u16,
    /// The endpoint's signing secret, for its v1 and sha256 signatures
    #[arg(long, env = "HOOKYARD_LISTEN_SECRET", hide_env_values = true, value_parser = secret)]
    secret: Option<Secret>,
    /// The endpoint's publicKey, for its v1a signatures
    #[arg(long, value_name = "WHPK")]
    public_key: Option<PublicKey>,
    /// The statuses to answer, in turn
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',', value_parser = status, default_value = "200")]
    status: Vec<StatusCode>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let Args { host, port, secret, public_key, status } = args;
    let mut signals = Signals::watch()?;
    let listener = TcpListener::bind((host, port))
        .await
        .with_context(|| format!("listen on {host} port {port} (choose others with --host and --port)"))?;
    if secret.is_none() && public_key.is_none() {
        terminal::note("no --secret and no --public-key: signatures are not checked");
    }
    let options = Options { secret, public_key, statuses: status, clock: Arc::new(SystemClock) };
    let (receiver, mut webhooks) = Receiver::start(listener, options).context("start the receiver")?;
    terminal::note(&format!("listening on {}", receiver.url()));
    loop {
        tokio::select! {
            Some(webhook) = webhooks.recv() => terminal::print(&format!("{}\n", webhook.page()))?,
            _ = signals.next() => break,
        }
    }
    receiver.stop().await;
    while let Some(webhook) = webhooks.recv().await {
        terminal::print(&format!("{}\n", webhook.page()))?;
    }
    Ok(())
}

fn secret(text: &str) -> Result<Secret, NotASecret> {
    Secret::parse(text)
}

fn status(text: &str) -> Result<StatusCode, String> {
    let status = text.parse::<StatusCode>().ok().filter(|status| (200..600).contains(&status.as_u16()));
    status.ok_or_else(|| "give statuses from 200 to 599, like 200,500".to_owned())
}
