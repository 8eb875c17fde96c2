//! Publishes an event to NATS with JetStream, and again until the server says that it is stored: under the same id it is
//! delivered once.
//!
//! ```sh
//! cargo run --example publish_jetstream -- order.paid '{"id": 42}' order-42
//! ```
//!
//! `NATS_URL` says where NATS is, `HOOKYARD_TENANT` whose event it is. Whoever may publish to `events.>` may publish for every
//! tenant: let NATS say who may (its accounts and permissions).

use std::env;
use std::time::Duration;

use anyhow::Context as _;
use async_nats::HeaderMap;
use async_nats::jetstream::{self, publish::PublishAck};

const TRIES: u32 = 6;
/// After the first; each wait is twice the one before.
const WAIT: Duration = Duration::from_millis(200);

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
    let jetstream = jetstream::new(client);

    let subject = format!("events.{tenant}.{event}");
    let mut headers = HeaderMap::new();
    // What the producer calls it, and what makes it safe to publish it again: Hookyard knows it for days.
    // `Hookyard-Timestamp` may say when it happened.
    headers.insert("Hookyard-Event-Id", id.as_str());
    // The stream itself knows this one, for two minutes. It is one stream for all tenants.
    headers.insert("Nats-Msg-Id", format!("{tenant}.{id}"));
    let mut wait = WAIT;
    for number in 1.. {
        match publish(&jetstream, &subject, &headers, data).await {
            Ok(ack) => {
                let word = if ack.duplicate { "known" } else { "stored" };
                println!("{word}  {subject}  {id}  number {} of {}", ack.sequence, ack.stream);
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

/// Ends when the stream has it. Data that is no JSON is kept as unroutable, and not delivered.
async fn publish(
    jetstream: &jetstream::Context,
    subject: &str,
    headers: &HeaderMap,
    data: &str,
) -> anyhow::Result<PublishAck> {
    let payload = data.to_owned().into();
    let sent = jetstream.publish_with_headers(subject.to_owned(), headers.clone(), payload).await?;
    Ok(sent.await?)
}
