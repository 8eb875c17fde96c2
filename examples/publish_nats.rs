//! Publishes an event by NATS, and again until the server says that it is stored: under the same id it is delivered once.
//!
//! ```sh
//! cargo run --example publish_nats -- nats://127.0.0.1:4222 demo order.paid '{"id": 42}' order-42
//! ```
//!
//! Whoever may publish to `events.>` may publish for every tenant: let NATS say who may (its accounts and permissions).

use std::time::Duration;

use anyhow::Context as _;
use async_nats::{HeaderMap, jetstream};

/// How often it is tried, and the wait after the first time; each is twice the one before.
const TRIES: u32 = 5;
const WAIT: Duration = Duration::from_millis(200);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, tenant, event, data, id] = arguments.as_slice() else {
        anyhow::bail!(
            "give the server's URL, the tenant, the event type, the data as JSON, and the event's id"
        );
    };
    let client = async_nats::connect(url).await.with_context(|| format!("connect to {url}"))?;
    let jetstream = jetstream::new(client);

    let subject = format!("events.{tenant}.{event}");
    let mut headers = HeaderMap::new();
    // What the producer calls it, and what makes it safe to publish it again. `Hookyard-Timestamp` may say when it happened.
    headers.insert("Hookyard-Event-Id", id.as_str());
    let mut wait = WAIT;
    for number in 1.. {
        match publish(&jetstream, &subject, &headers, data).await {
            Ok(ack) => {
                println!("stored  {subject}  {id}  number {} of {}", ack.sequence, ack.stream);
                break;
            }
            Err(error) if number < TRIES => eprintln!("not stored yet: {error:#}"),
            Err(error) => return Err(error.context(format!("publish to {subject}"))),
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    Ok(())
}

/// Ends when the stream has it. The data is the payload; what is no JSON is kept as unroutable, and not delivered.
async fn publish(
    jetstream: &jetstream::Context,
    subject: &str,
    headers: &HeaderMap,
    data: &str,
) -> anyhow::Result<jetstream::publish::PublishAck> {
    let payload = data.to_owned().into();
    let sent = jetstream.publish_with_headers(subject.to_owned(), headers.clone(), payload).await?;
    Ok(sent.await?)
}
