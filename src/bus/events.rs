//! Events from NATS: whatever is published to `events.<tenant>.<event type>`, by JetStream producers and core
//! publishers alike, goes through intake and is acknowledged when the ledger has it.
//!
//! Promises: a message is taken once, though it comes twice; one that cannot be mapped is kept with its reason.
//! Leaves out: other subjects, CloudEvents.

use std::sync::Arc;
use std::time::Duration;

use actors::directory::Directory;
use actors::intake::{Handle, Incoming, Refusal};
use actors::ports::{Clock, Ledger, LedgerError};
use async_nats::Message;
use async_trait::async_trait;
use domain::event::{Event, EventKey, Source, dedupe_hash};
use domain::id::EventId;
use domain::tenant::TenantId;
use futures_util::future::join_all;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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
}

/// What became of one message.
enum Taken {
    Done,
    /// It comes again.
    Later,
}

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
    pub async fn run(self) {
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
        let taken = join_all(messages.iter().map(|message| self.take(message, made_at))).await;
        for (message, taken) in messages.iter().zip(taken) {
            let Some(reply) = message.reply.clone() else { continue };
            let answer = match taken {
                Taken::Done => "+ACK".to_owned(),
                Taken::Later => format!("-NAK {{\"delay\":{}}}", PAUSE.as_nanos()),
            };
            let _ = bus.client.publish(reply, answer.into()).await;
        }
        Ok(())
    }

    async fn take(&self, message: &Message, stream_made_at: i128) -> Taken {
        let incoming = match self.map(message, stream_made_at).await {
            Ok(incoming) => incoming,
            Err(Unmappable::Wrong(reason)) => return self.keep(message, &reason).await,
            Err(Unmappable::Unknown(error)) => {
                tracing::debug!(%error, "tenant of an event from nats could not be looked up");
                return Taken::Later;
            }
        };
        match self.intake.publish(vec![incoming]).await {
            Ok(_) => Taken::Done,
            Err(Refusal::Overloaded | Refusal::Unavailable(_)) => Taken::Later,
            Err(refusal @ (Refusal::FanOut { .. } | Refusal::Refused(_))) => {
                self.keep(message, &refusal.to_string()).await
            }
        }
    }

    async fn keep(&self, message: &Message, reason: &str) -> Taken {
        let subject = message.subject.as_str();
        tracing::warn!(subject, reason, "event from nats could not be mapped: kept as unroutable");
        let tenant = subject
            .split('.')
            .nth(1)
            .filter(|tenant| tenant.parse().is_ok_and(|tenant: TenantId| self.directory.has_tenant(&tenant)));
        match self.unmapped.keep(subject, tenant, reason, &message.payload).await {
            Ok(()) => Taken::Done,
            Err(_) => Taken::Later,
        }
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
            Some(at) => OffsetDateTime::parse(at.as_str(), &Rfc3339)
                .map_err(|_| "Hookyard-Timestamp is not an RFC 3339 time".to_owned())?,
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
