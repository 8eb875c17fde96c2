//! Publishes an event by HTTP, and again until it is taken: under the same id it is delivered once.
//!
//! ```sh
//! HOOKYARD_KEY=hy_… cargo run --example publish_http -- order.paid '{"id": 42}' order-42
//! ```
//!
//! `HOOKYARD_URL` says where the API is. A key belongs to one tenant; the operator's belongs to none, and `HOOKYARD_TENANT`
//! says then whose event it is.

use std::env;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, Response, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const TRIES: u32 = 5;
/// After the first; each wait is twice the one before, or what the service asks for.
const WAIT: Duration = Duration::from_millis(500);
/// Longer than the service takes to answer (`server.request_timeout`, 40 s).
const TIMEOUT: Duration = Duration::from_secs(45);

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "an example has its own settings and its own client")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [event, data, id] = arguments.as_slice() else {
        anyhow::bail!("give the event type, the data as JSON, and the event's id");
    };
    let key = env::var("HOOKYARD_KEY").context("HOOKYARD_KEY: the API key, hy_…")?;
    let url = env::var("HOOKYARD_URL").unwrap_or_else(|_| "http://127.0.0.1:8013".to_owned());
    let mut headers = vec![("authorization", format!("Bearer {key}"))];
    headers.extend(env::var("HOOKYARD_TENANT").ok().map(|tenant| ("x-tenant-id", tenant)));
    let client = Client::builder().timeout(TIMEOUT).build()?;

    let data: &RawValue = serde_json::from_str(data).context("the data is no JSON")?;
    // The id is what the producer calls it: best a name that it has anyway, such as the order's number.
    let body = json!({"event": event, "eventId": id, "data": data});
    println!("{}", publish(&client, &format!("{url}/api/v1/events"), &headers, &body).await?);
    Ok(())
}

/// What the service answered. A 202 means that the event is in the ledger.
///
/// Whatever says nothing of the kind is asked again: no answer, 429, 503. Any other 4xx is not: it would be refused again.
async fn publish(
    client: &Client,
    url: &str,
    headers: &[(&'static str, String)],
    body: &Value,
) -> anyhow::Result<String> {
    let (mut number, mut wait) = (1, WAIT);
    loop {
        let request = client.post(url).json(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let (problem, is_final) = match request.send().await {
            Ok(response) => {
                let status = response.status();
                wait = wait.max(asked(&response));
                match response.text().await {
                    Ok(said) if status.is_success() => return Ok(said),
                    Ok(said) => {
                        let is_final = status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS;
                        (anyhow::anyhow!("{status} {said}"), is_final)
                    }
                    Err(error) => (error.into(), false),
                }
            }
            Err(error) => (error.into(), false),
        };
        if is_final || number == TRIES {
            return Err(problem);
        }
        eprintln!("not taken yet: {problem:#}");
        tokio::time::sleep(wait).await;
        (number, wait) = (number + 1, wait * 2);
    }
}

/// The wait that the service asks for.
fn asked(response: &Response) -> Duration {
    let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}
