//! `hookyard health`: whether a node runs, for who starts it anew where it does not: an image without a shell has no other
//! program to ask with.
//!
//! Promised: an answer within 3 seconds. Left out: whether its stores do: a node started anew would have the same
//! ones. That is `/readyz`, for who sends requests to it.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::Method;
use tokio::time::timeout;
use url::Url;

use super::client::Client;
use super::{Misuse, terminal};

/// Shorter than the image gives its check.
const WITHIN: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Asks for /livez, with no key. Exits with 1 where the answer is no success, or none came within 3 s.

Examples:
  hookyard health                               the node of this machine
  hookyard health --url https://hooks.example.com")]
pub(super) struct Args {
    /// Where the node is; http://127.0.0.1 and its port where nothing is said
    #[arg(long)]
    url: Option<Url>,
    /// Its port, where --url is not given
    #[arg(long, env = "PORT", default_value_t = 8013)]
    port: u16,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let url = match args.url {
        Some(url) => url,
        None => format!("http://127.0.0.1:{}", args.port).parse().context("make the URL")?,
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Misuse(format!("--url {url} is no http or https URL")).into());
    }
    let client = Client::new(url.clone(), None, None)?;
    let asked = timeout(WITHIN, client.ask(Method::GET, "/livez", None)).await;
    let late = || format!("the service at {url} does not answer within {} s", WITHIN.as_secs());
    asked.with_context(late)??.success()?;
    terminal::print("ok")
}
