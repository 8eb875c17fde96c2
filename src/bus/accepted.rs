//! Accepted events for others: `accepted.<tenant>.<event type>` of the stream ACCEPTED, where anybody may have consumers.
//!
//! Promises: an event that is published again within `WINDOW` is there once. Leaves out: which are to be published.

use std::time::Duration;

use actors::ports::QueueError;
use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::stream::{Config, StorageType};
use domain::event::Announcement;
use domain::trace::{TRACEPARENT, TRACESTATE};
use futures_util::future::try_join_all;

use super::Bus;
use super::streams::EVENTS_KEPT;

const ACCEPTED: &str = "ACCEPTED";
/// So long an event is known again by its id.
pub const WINDOW: Duration = Duration::from_mins(10);
const ACK_TIMEOUT: Duration = Duration::from_secs(5);

enum Untaken {
    NoStream,
    Other(String),
}

impl From<Untaken> for QueueError {
    fn from(untaken: Untaken) -> Self {
        match untaken {
            Untaken::NoStream => Self("stream ACCEPTED is not there".to_owned()),
            Untaken::Other(why) => Self(why),
        }
    }
}

impl Bus {
    /// Publishes these, and awaits the server's word on each. After an error some may be there.
    pub async fn announce(&self, events: &[Announcement]) -> Result<(), QueueError> {
        match self.try_announce(events).await {
            Err(Untaken::NoStream) => {
                self.accepted_stream().await?;
                self.try_announce(events).await.map_err(QueueError::from)
            }
            taken => taken.map_err(QueueError::from),
        }
    }

    async fn accepted_stream(&self) -> Result<(), QueueError> {
        let config = Config {
            name: ACCEPTED.to_owned(),
            subjects: vec!["accepted.>".to_owned()],
            max_age: EVENTS_KEPT,
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            duplicate_window: WINDOW,
            description: Some("events that Hookyard accepted, for anybody to read".to_owned()),
            ..Config::default()
        };
        self.make(ACCEPTED.to_owned(), config).await.map_err(|error| QueueError(error.to_string()))?;
        Ok(())
    }

    async fn try_announce(&self, events: &[Announcement]) -> Result<(), Untaken> {
        if !self.is_connected() {
            return Err(Untaken::Other("nats is away".to_owned()));
        }
        let published = try_join_all(events.iter().map(|event| self.announce_one(event)));
        let taken = tokio::select! {
            taken = tokio::time::timeout(ACK_TIMEOUT, published) => taken,
            () = self.lost() => return Err(Untaken::Other("nats was lost".to_owned())),
        };
        match taken {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if matches!(error.kind(), PublishErrorKind::StreamNotFound) => {
                Err(Untaken::NoStream)
            }
            Ok(Err(error)) => Err(Untaken::Other(error.to_string())),
            Err(_) => Err(Untaken::Other("no acknowledgement in time".to_owned())),
        }
    }

    async fn announce_one(
        &self,
        event: &Announcement,
    ) -> Result<(), async_nats::jetstream::context::PublishError> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, event.id.to_string());
        headers.insert("Content-Type", "application/json");
        if let Some(trace) = &event.trace {
            headers.insert(TRACEPARENT, trace.traceparent());
            if let Some(state) = trace.tracestate() {
                headers.insert(TRACESTATE, state);
            }
        }
        let subject = format!("accepted.{}.{}", event.tenant, event.event_type);
        let sent = self.jetstream.publish_with_headers(subject, headers, event.body.clone().into()).await?;
        sent.await.map(|_| ())
    }
}
