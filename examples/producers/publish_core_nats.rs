//! Publishes an event to core NATS, without JetStream's acknowledgement: quicker, and promised less. `flush` ends when the
//! connection has taken it; that the stream stored it nobody says. An event that must not be lost is published with JetStream
//! (`publish_jetstream.rs`).
//!
//! ```sh
//! cargo run --example publish_core_nats -- sensor.hot '{"celsius": 42}' reading-42
//! ```

use std::env;

use anyhow::Context as _;
use async_nats::HeaderMap;

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "the settings of an example are its environment")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [event, data, id] = arguments.as_slice() else {
        anyhow::bail!("give the event type, the data as JSON, and the event's id");
    };
    let url = env::var("NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let tenant = env::var("HOOKYARD_TENANT").unwrap_or_else(|_| "demo".to_owned());
    let client = async_nats::connect(&url).await.with_context(|| format!("connect to {url}"))?;
    let subject = format!("events.{tenant}.{event}");
    let mut headers = HeaderMap::new();
    // Under the same id it is delivered once, however often it is published.
    headers.insert("Hookyard-Event-Id", id.as_str());
    client.publish_with_headers(subject.clone(), headers, data.clone().into()).await?;
    client.flush().await?;
    println!("sent  {subject}  {id}");
    Ok(())
}
