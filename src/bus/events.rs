//! Events from NATS: whatever is published to `events.<tenant>.<event type>`, by JetStream producers and core
//! publishers alike, goes through intake and is acknowledged when the ledger has it.
//!
//! Promises: a message is taken once, though it comes twice; messages go into the ledger in the order of the stream,
//! also where the ledger is away for a while; one that cannot be mapped is kept with its reason. Leaves out: other
//! subjects, CloudEvents; the order of what was under way when this node or the connection ended.

use std::sync::Arc;
use std::time::Duration;

use actors::directory::Directory;
use actors::intake::{Handle, Incoming, Refusal};
use actors::ports::{Clock, Ledger, LedgerError};
use async_nats::Message;
use async_trait::async_trait;
use domain::event::{Event, EventKey, Source, dedupe_hash, instant};
use domain::id::EventId;
use domain::tenant::TenantId;
use serde_json::value::RawValue;

use super::Bus;
use super::puller::Puller;
use super::streams::EVENTS;

const BATCH: usize = 500;
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps what could not be mapped.
#[async_trait]
pub trait Unmapped: Send + Sync + 'static {
    async fn keep(
        &self,
        subject: &str,
        tenant: Option<&str>,
        reason: &str,
        payload: &[u8],
    ) -> Result<(), LedgerError>;
}

/// Brings EVENTS to intake, batch by batch.
pub struct Events {
    pub bus: Bus,
    pub intake: Handle,
    pub directory: Arc<Directory>,
    pub ledger: Arc<dyn Ledger>,
    pub unmapped: Arc<dyn Unmapped>,
    pub clock: Arc<dyn Clock>,
    /// Of one event.
    pub payload_max_bytes: usize,
}

/// How many messages from the front are done, and why the next one has to wait.
type Taken = (usize, Option<String>);

/// Why a message stands for no event.
enum Unmappable {
    /// It never will.
    Wrong(String),
    /// The ledger could not say yet.
    Unknown(LedgerError),
}

impl From<String> for Unmappable {
    fn from(reason: String) -> Self {
        Self::Wrong(reason)
    }
}

impl Events {
    /// Runs until it is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut puller = Puller::default();
        loop {
            if let Err(error) = self.round(&mut puller).await {
                tracing::warn!(stream = EVENTS, %error, "events from nats wait");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn round(&self, puller: &mut Puller) -> Result<(), actors::ports::QueueError> {
        let bus = &self.bus;
        if !bus.until_connected().await {
            return Ok(());
        }
        if !puller.is_open() {
            let consumer = bus.intake_consumer().await;
            let consumer = consumer.map_err(|error| actors::ports::QueueError(error.to_string()))?;
            // Nothing but its own errors makes this consumer another.
            let generation = tokio::sync::watch::channel(0).1;
            puller.open(&bus.client, consumer, bus.connections.clone(), generation).await?;
        }
        let made_at = puller.consumer().map_or(0, |consumer| consumer.stream_made_at);
        let messages = puller.pull(&bus.client, BATCH).await?;
        self.hand_over(&messages, made_at).await;
        Ok(())
    }

    /// Hands messages over, one before the other: where one has to wait, all behind it wait with it.
    async fn hand_over(&self, messages: &[Message], stream_made_at: i128) {
        let mut waiting = messages;
        let mut said = false;
        loop {
            let (done, why) = self.take(waiting, stream_made_at).await;
            self.answer(&waiting[..done], "+ACK").await;
            waiting = &waiting[done..];
            let Some(why) = why else { break };
            if !said {
                tracing::warn!(stream = EVENTS, why, "events from nats wait");
                said = true;
            }
            // They are held, not lost: the server is to hand them to nobody else.
            self.answer(waiting, "+WPI").await;
            tokio::time::sleep(PAUSE).await;
        }
        if said {
            tracing::info!(stream = EVENTS, "events from nats go on");
        }
    }

    async fn answer(&self, messages: &[Message], word: &'static str) {
        for reply in messages.iter().filter_map(|message| message.reply.clone()) {
            let _ = self.bus.client.publish(reply, word.into()).await;
        }
    }

    async fn take(&self, messages: &[Message], stream_made_at: i128) -> Taken {
        let mut done = 0;
        let mut run = Vec::new();
        for message in messages {
            let (unmappable, count) = match self.map(message, stream_made_at).await {
                Ok(incoming) => {
                    run.push(incoming);
                    continue;
                }
                Err(unmappable) => (unmappable, run.len()),
            };
            let (published, why) =
                self.publish(&messages[done..done + count], std::mem::take(&mut run)).await;
            done += published;
            if why.is_some() {
                return (done, why);
            }
            match unmappable {
                Unmappable::Unknown(error) => return (done, Some(error.to_string())),
                Unmappable::Wrong(reason) => match self.keep(message, &reason).await {
                    Ok(()) => done += 1,
                    Err(error) => return (done, Some(error.to_string())),
                },
            }
        }
        let (published, why) = self.publish(&messages[done..], run).await;
        (done + published, why)
    }

    /// Publishes a run of events at once. One that intake refuses is found by halves, so that it harms no other.
    async fn publish(&self, messages: &[Message], run: Vec<Incoming>) -> Taken {
        let mut done = 0;
        // The first part is the last here.
        let mut parts = vec![run];
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.intake.publish(part.clone()).await {
                Ok(_) => done += part.len(),
                Err(refusal @ (Refusal::Overloaded | Refusal::Unavailable(_))) => {
                    return (done, Some(refusal.to_string()));
                }
                Err(Refusal::FanOut { .. } | Refusal::Choosing | Refusal::Refused(_)) if part.len() > 1 => {
                    let behind = part.split_off(part.len() / 2);
                    parts.extend([behind, part]);
                }
                Err(refusal @ (Refusal::FanOut { .. } | Refusal::Choosing | Refusal::Refused(_))) => {
                    match self.keep(&messages[done], &refusal.to_string()).await {
                        Ok(()) => done += 1,
                        Err(error) => return (done, Some(error.to_string())),
                    }
                }
            }
        }
        (done, None)
    }

    /// Keeps what stands for no event, with the reason. What the ledger refuses even so is ended, with words: it
    /// would come again for ever.
    async fn keep(&self, message: &Message, reason: &str) -> Result<(), LedgerError> {
        let subject = message.subject.as_str();
        let sequence = self.place(message).map(|(sequence, _)| sequence);
        let tenant = subject
            .split('.')
            .nth(1)
            .filter(|tenant| tenant.parse().is_ok_and(|tenant: TenantId| self.directory.has_tenant(&tenant)));
        match self.unmapped.keep(subject, tenant, reason, &message.payload).await {
            Ok(()) => {
                tracing::warn!(
                    subject,
                    sequence,
                    reason,
                    "event from nats could not be mapped: kept as unroutable"
                );
            }
            Err(LedgerError::Refused(why)) => {
                tracing::error!(
                    subject,
                    sequence,
                    reason,
                    why,
                    "message from nats cannot be kept: it is ended"
                );
                // The acknowledgement behind it changes nothing.
                self.answer(std::slice::from_ref(message), "+TERM").await;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The event that a message stands for, or why it stands for none.
    async fn map(&self, message: &Message, stream_made_at: i128) -> Result<Incoming, Unmappable> {
        let subject = message.subject.as_str();
        let mut tokens = subject.splitn(3, '.').skip(1);
        let (Some(tenant), Some(event_type)) = (tokens.next(), tokens.next()) else {
            return Err("the subject is not events.<tenant>.<event type>".to_owned().into());
        };
        let tenant: TenantId = tenant.parse().map_err(|error| format!("{error}"))?;
        if !self.knows(&tenant).await.map_err(Unmappable::Unknown)? {
            return Err(format!("no tenant {tenant}").into());
        }
        let (bytes, max) = (message.payload.len(), self.payload_max_bytes);
        if bytes > max {
            return Err(format!("the payload has {bytes} bytes, and may have {max}").into());
        }
        let event_type = event_type.parse().map_err(|error| format!("{error}"))?;
        let header = |name: &str| message.headers.as_ref().and_then(|headers| headers.get(name));
        if header("Hookyard-Channels").is_some() {
            return Err("Hookyard-Channels is not built yet".to_owned().into());
        }
        let key = header("Hookyard-Event-Id").map(|key| EventKey::parse(key.as_str())).transpose();
        let key = key.map_err(|error| format!("Hookyard-Event-Id: {error}"))?;
        let now = self.clock.now();
        let occurred_at = match header("Hookyard-Timestamp") {
            None => now,
            Some(at) => instant(at.as_str()).map_err(|error| format!("Hookyard-Timestamp {error}"))?,
        };
        let text =
            std::str::from_utf8(&message.payload).map_err(|_| "the payload is not UTF-8".to_owned())?;
        let data: Box<RawValue> =
            serde_json::from_str(text).map_err(|error| format!("the payload is not JSON: {error}"))?;
        // A message without an id of the producer's is told from its copies by its place in the stream, and when it
        // was stored: a stream that has gone back gives the same place again.
        let (sequence, stored_at) = self.place(message).unwrap_or_default();
        let place = || format!("\u{1}{EVENTS}:{stream_made_at}:{sequence}:{stored_at}");
        let dedupe = dedupe_hash(&tenant, &key.as_ref().map_or_else(place, |key| key.as_str().to_owned()));
        let id = EventId::new(now, crate::chance::bytes());
        let event = Event { id, tenant, key, event_type, occurred_at, source: Source::Nats, data };
        Ok(Incoming { event, dedupe: Some(dedupe) })
    }

    async fn knows(&self, tenant: &TenantId) -> Result<bool, LedgerError> {
        if self.directory.has_tenant(tenant) {
            return Ok(true);
        }
        // It may have been made a moment ago.
        self.directory.refresh(self.ledger.as_ref()).await?;
        Ok(self.directory.has_tenant(tenant))
    }

    fn place(&self, message: &Message) -> Option<(u64, i128)> {
        let context = self.bus.jetstream.clone();
        let message = async_nats::jetstream::Message { message: message.clone(), context };
        message.info().ok().map(|info| (info.stream_sequence, info.published.unix_timestamp_nanos()))
    }
}
