//! Pull requests of our own, on one inbox a consumer, with heartbeats and a watchdog. The client library's
//! batches stay silent when the server restarts under them, and do not wake after a heartbeat.

use std::time::Duration;

use actors::ports::QueueError;
use async_nats::{Client, Message, StatusCode, Subscriber};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::watch;

use super::connection::Connections;
use super::streams::Consumer;

/// How long the server keeps a request that nothing came for.
const EXPIRES: Duration = Duration::from_secs(30);
/// The server says at this interval that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// Two heartbeats missed: the request is taken for lost.
const SILENCE: Duration = Duration::from_secs(7);

#[derive(Default)]
pub struct Puller {
    open: Option<Open>,
    /// Of the lease that it pulls under.
    epoch: i64,
    /// What came to the stream before this consumer was looked after may have been handed out by another of its
    /// name, whose counts are lost.
    pub fresh_above: u64,
}

struct Open {
    consumer: Consumer,
    inbox: String,
    messages: Subscriber,
    /// Messages that the running request may still bring; 0 when none runs.
    awaited: usize,
    /// Made anew, it does not answer what was asked before.
    connections: Connections,
    made: u64,
    /// Of the consumer: raised, there is another.
    generation: watch::Receiver<u32>,
}

impl Puller {
    /// What came under another lease is not pulled under this one: others may have dealt with it since.
    pub fn begin(&mut self, epoch: i64) {
        if self.epoch != epoch {
            *self = Self { epoch, ..Self::default() };
        }
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub fn consumer(&self) -> Option<&Consumer> {
        self.open.as_ref().map(|open| &open.consumer)
    }

    pub async fn open(
        &mut self,
        client: &Client,
        consumer: Consumer,
        connections: Connections,
        generation: watch::Receiver<u32>,
    ) -> Result<(), QueueError> {
        let inbox = client.new_inbox();
        let messages =
            client.subscribe(inbox.clone()).await.map_err(|error| QueueError(error.to_string()))?;
        let made = connections.borrow().made;
        self.open = Some(Open { consumer, inbox, messages, awaited: 0, connections, made, generation });
        Ok(())
    }

    /// Waits for the first message and takes what is there with it. Empty when the request expired. After an
    /// error it is closed, and opened anew with its consumer looked after.
    pub async fn pull(&mut self, client: &Client, limit: usize) -> Result<Vec<Message>, QueueError> {
        let Some(open) = &mut self.open else { return Err(QueueError("puller is closed".to_owned())) };
        let result = open.pull(client, limit).await;
        if result.is_err() {
            self.open = None;
        }
        result
    }
}

/// What a message on the inbox means.
enum Sign {
    Delivery,
    Heartbeat,
    /// The request is over.
    Over,
    /// The consumer or its stream is gone, or nobody answers.
    Gone,
}

impl Sign {
    fn of(message: &Message) -> Self {
        match message.status {
            None => Self::Delivery,
            Some(StatusCode::IDLE_HEARTBEAT) => Self::Heartbeat,
            Some(StatusCode::TIMEOUT | StatusCode::NOT_FOUND) => Self::Over,
            // 409 says many things. What was asked too much or too long is over; the rest is gone.
            Some(StatusCode::REQUEST_TERMINATED) => {
                let why = message.description.as_deref().unwrap_or_default().to_ascii_lowercase();
                let passing = ["exceeded", "leadership change", "batch completed", "server shutdown"];
                if passing.iter().any(|word| why.contains(word)) { Self::Over } else { Self::Gone }
            }
            Some(_) => Self::Gone,
        }
    }
}

async fn made_anew(connections: &mut Connections, made: u64) {
    let _ = connections.wait_for(|connection| connection.made != made).await;
}

impl Open {
    async fn pull(&mut self, client: &Client, limit: usize) -> Result<Vec<Message>, QueueError> {
        if self.awaited == 0 {
            self.request(client, limit).await?;
        }
        let mut batch = Vec::new();
        loop {
            let next = if batch.is_empty() {
                tokio::select! {
                    next = tokio::time::timeout(SILENCE, self.messages.next()) => match next {
                        Ok(next) => next,
                        Err(_) => return Err(QueueError("no heartbeat from the consumer".to_owned())),
                    },
                    () = made_anew(&mut self.connections, self.made) => {
                        return Err(QueueError("connection was made anew".to_owned()));
                    }
                    Ok(()) = self.generation.changed() => {
                        return Err(QueueError("consumer was made anew".to_owned()));
                    }
                }
            } else {
                match self.messages.next().now_or_never() {
                    Some(next) => next,
                    None => return Ok(batch),
                }
            };
            let Some(message) = next else { return Err(QueueError("subscription ended".to_owned())) };
            match Sign::of(&message) {
                Sign::Heartbeat => {}
                Sign::Gone if batch.is_empty() => {
                    let why = message.description;
                    return Err(QueueError(why.unwrap_or_else(|| "consumer does not answer".to_owned())));
                }
                // What came before is good; if the consumer is gone, the next pull finds out.
                Sign::Over | Sign::Gone => {
                    self.awaited = 0;
                    return Ok(batch);
                }
                Sign::Delivery => {
                    batch.push(message);
                    self.awaited -= 1;
                    if self.awaited == 0 {
                        return Ok(batch);
                    }
                }
            }
        }
    }

    async fn request(&mut self, client: &Client, limit: usize) -> Result<(), QueueError> {
        let Consumer { stream, name, .. } = &self.consumer;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}");
        let request = format!(
            r#"{{"batch":{limit},"expires":{},"idle_heartbeat":{}}}"#,
            EXPIRES.as_nanos(),
            HEARTBEAT.as_nanos()
        );
        client
            .publish_with_reply(subject, self.inbox.clone(), request.into())
            .await
            .map_err(|error| QueueError(error.to_string()))?;
        self.awaited = limit;
        Ok(())
    }
}
