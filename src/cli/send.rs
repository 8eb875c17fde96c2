//! `hookyard send`: one event, published over HTTP.

use std::io::Read as _;

use anyhow::Context as _;
use reqwest::Method;
use serde::Serialize;
use serde_json::value::RawValue;
use url::Url;

use super::client::Client;
use super::{Misuse, terminal};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookyard send order.created --data '{\"id\": 42}' --key hy_… --tenant demo
  HOOKYARD_URL=https://hooks.example.com HOOKYARD_KEY=hy_… hookyard send github.push --data @push.json
  … | hookyard send order.created --data - --id order-42     the same id again is not delivered twice")]
pub(super) struct Args {
    /// The event's type, like order.created
    event: String,
    /// The event's data: JSON, or @FILE, or - for stdin
    #[arg(long, value_name = "JSON", default_value = "{}")]
    data: String,
    /// The producer's own id of the event, by which a repeat is known
    #[arg(long)]
    id: Option<String>,
    /// Where the service is
    #[arg(long, env = "HOOKYARD_URL", default_value = "http://127.0.0.1:8013")]
    url: Url,
    /// The API key
    #[arg(long, env = "HOOKYARD_KEY", hide_env_values = true)]
    key: String,
    /// Whose event it is; an operator's key needs it
    #[arg(long, env = "HOOKYARD_TENANT")]
    tenant: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Publish<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<&'a str>,
    data: &'a RawValue,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let Args { event, data, id, url, key, tenant } = args;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Misuse(format!("--url {url} is no http or https URL")).into());
    }
    let body = body(&event, id.as_deref(), read(data)?)?;
    let client = Client::new(url, key, tenant)?;
    let answer = client.ask(Method::POST, "/api/v1/events", Some(body)).await?.success()?;
    if answer.body["duplicate"] == true {
        terminal::note("this id was published before: it is not delivered again");
    }
    terminal::print(answer.text("/eventId"))
}

/// The data that `--data` stands for.
fn read(data: String) -> anyhow::Result<String> {
    if data == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("read stdin")?;
        return Ok(text);
    }
    match data.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("read {path}")),
        None => Ok(data),
    }
}

/// The request's body. The data goes into it as it was written.
fn body(event: &str, event_id: Option<&str>, data: String) -> anyhow::Result<String> {
    let data = RawValue::from_string(data).map_err(|error| Misuse(format!("--data is not JSON: {error}")))?;
    serde_json::to_string(&Publish { event, event_id, data: &data }).context("write the event")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_sent_as_it_was_written() {
        let data = r#"{"z": 1.10, "a": 12345678901234567890}"#;
        let sent = body("order.created", Some("o-1"), data.to_owned()).unwrap();
        assert_eq!(sent, format!(r#"{{"event":"order.created","eventId":"o-1","data":{data}}}"#));
        assert_eq!(body("a", None, "[]".to_owned()).unwrap(), r#"{"event":"a","data":[]}"#);
    }

    #[test]
    fn what_is_no_json_is_misuse() {
        assert!(body("a", None, "{id: 1}".to_owned()).unwrap_err().is::<Misuse>());
    }
}
