//! `hookyard tail`: attempts as they end, a line each.
//!
//! Promised: a service that goes away is asked again, and what may have been missed meanwhile is said. Left out: what
//! ended before: that is in the deliveries.

use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::id::EndpointId;
use hookyard::receiver::printable;
use hookyard::sse::{Event, Reader};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::client::{Client, Stream};
use super::signals::Signals;
use super::{Misuse, terminal};

/// The service says something every 15 seconds.
const SILENCE_MAX: Duration = Duration::from_secs(45);
const WAIT_FIRST: Duration = Duration::from_millis(500);
const WAIT_LONGEST: Duration = Duration::from_secs(10);
/// A stream that held so long was a good one: the waits begin anew.
const HELD: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Shows attempts from now on, a line each: when, event, endpoint, number, outcome, status, duration, what follows.
ctrl-C ends it.

Examples:
  hookyard tail --key hy_… --tenant demo
  HOOKYARD_URL=https://hooks.example.com HOOKYARD_KEY=hy_… hookyard tail --webhook-id ep_…")]
pub(super) struct Args {
    /// Only attempts to this endpoint
    #[arg(long, value_name = "ID")]
    webhook_id: Option<EndpointId>,
    /// Where the service is
    #[arg(long, env = "HOOKYARD_URL", default_value = "http://127.0.0.1:8013")]
    url: Url,
    /// The API key
    #[arg(long, env = "HOOKYARD_KEY", hide_env_values = true)]
    key: String,
    /// Whose attempts; an operator's key needs it
    #[arg(long, env = "HOOKYARD_TENANT")]
    tenant: Option<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let Args { webhook_id, url, key, tenant } = args;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Misuse(format!("--url {url} is no http or https URL")).into());
    }
    let mut signals = Signals::watch()?;
    let client = Client::new(url, key, tenant)?;
    let path = webhook_id.map_or("/api/v1/stream".to_owned(), |id| format!("/api/v1/stream?webhookId={id}"));
    tokio::select! {
        followed = follow(&client, &path) => followed,
        _ = signals.next() => Ok(()),
    }
}

/// Follows until the service refuses. The first time it has to answer.
async fn follow(client: &Client, path: &str) -> anyhow::Result<()> {
    let mut stream = client.stream(path).await?.context("open the stream")?;
    terminal::note("following; what ended before is in the deliveries");
    let mut wait = WAIT_FIRST;
    loop {
        let since = Instant::now();
        let why = match read(&mut stream).await {
            Ok(()) => "the service ended the stream".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        terminal::note(&format!("{why}: connecting again"));
        if since.elapsed() > HELD {
            wait = WAIT_FIRST;
        }
        stream = loop {
            sleep(wait).await;
            wait = (wait * 2).min(WAIT_LONGEST);
            match client.stream(path).await? {
                Ok(stream) => break stream,
                Err(error) => terminal::note(&format!("{error:#}: asking again in {} s", wait.as_secs_f32())),
            }
        };
        terminal::note("following again; attempts that ended meanwhile are not shown");
    }
}

/// Prints what comes, until the stream ends.
async fn read(stream: &mut Stream) -> anyhow::Result<()> {
    let mut reader = Reader::default();
    loop {
        let Ok(chunk) = timeout(SILENCE_MAX, stream.chunk()).await else {
            bail!("the service said nothing for {} s", SILENCE_MAX.as_secs());
        };
        let Some(chunk) = chunk? else { return Ok(()) };
        for event in reader.take(&chunk)? {
            show(&event)?;
        }
    }
}

fn show(event: &Event) -> anyhow::Result<()> {
    let data: Value = serde_json::from_str(&event.data).context("read an event of the stream")?;
    match event.name.as_str() {
        "attempt" => terminal::print(&line(&data)),
        "lost" => {
            terminal::note(&format!(
                "{} attempts are left out: they come faster than they are read",
                data["attempts"]
            ));
            Ok(())
        }
        // Of a newer service.
        _ => Ok(()),
    }
}

/// An attempt in one line.
fn line(attempt: &Value) -> String {
    let text = |name: &str| printable(attempt[name].as_str().unwrap_or("-"));
    let status = attempt["responseStatus"].as_u64().map_or(String::new(), |status| format!(" {status}"));
    let mut line = format!(
        "{}  {}  {}  attempt {}  {}{status}  {} ms  {}",
        text("at"),
        text("event"),
        text("webhookId"),
        attempt["number"],
        text("outcome"),
        attempt["durationMs"],
        text("verdict"),
    );
    if attempt["nextAttemptAt"].is_string() {
        line = format!("{line} at {}", text("nextAttemptAt"));
    }
    if attempt["error"].is_string() {
        line = format!("{line}  {}", text("error"));
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_attempt_is_one_line_whatever_is_in_it() {
        let mut attempt = json!({"at": "2026-01-02T03:04:05.678Z", "event": "order.paid", "webhookId": "ep_1",
            "number": 2, "outcome": "http_error", "responseStatus": 500, "durationMs": 12, "verdict": "retry",
            "nextAttemptAt": "2026-01-02T03:05:05.678Z", "error": "answered\n\u{1b}[2J"});
        assert_eq!(
            line(&attempt),
            "2026-01-02T03:04:05.678Z  order.paid  ep_1  attempt 2  http_error 500  12 ms  retry at \
             2026-01-02T03:05:05.678Z  answered\\n\\u{1b}[2J"
        );
        for name in ["responseStatus", "nextAttemptAt", "error"] {
            attempt[name] = Value::Null;
        }
        attempt["verdict"] = json!("delivered");
        assert!(line(&attempt).ends_with("http_error  12 ms  delivered"), "{}", line(&attempt));
    }
}
