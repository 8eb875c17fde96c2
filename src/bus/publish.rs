//! Into the queue: references for now, and schedules for later.

use std::time::Duration;

use actors::ports::{QueueError, Reference};
use async_nats::HeaderMap;
use async_nats::header::{NATS_MESSAGE_ID, NATS_SCHEDULE, NATS_SCHEDULE_TARGET};
use async_nats::jetstream::context::PublishAckFuture;
use domain::event::rfc3339_millis;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Bus, reference};

/// A leader's election stalls publishes for some seconds; past this the ledger brings them.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(250);

impl Bus {
    /// Answers with what the queue did not take, although asked again for some seconds.
    pub(super) async fn publish_all(&self, references: &[Reference]) -> Vec<Reference> {
        let deadline = Instant::now() + PATIENCE;
        let mut waiting = references.to_vec();
        loop {
            waiting = self.publish_once(&waiting).await;
            if waiting.is_empty() || !self.is_connected() || Instant::now() >= deadline {
                return waiting;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn publish_once(&self, references: &[Reference]) -> Vec<Reference> {
        let mut awaited = Vec::with_capacity(references.len());
        let mut untaken = Vec::new();
        for reference in references {
            match self.send(reference).await {
                Ok(ack) => awaited.push((*reference, ack)),
                Err(_) => untaken.push(*reference),
            }
        }
        for (reference, ack) in awaited {
            if let Err(error) = ack.await {
                tracing::debug!(delivery = %reference.delivery, %error, "reference was not taken");
                untaken.push(reference);
            }
        }
        untaken
    }

    async fn send(&self, reference: &Reference) -> Result<PublishAckFuture, QueueError> {
        if !self.is_connected() {
            return Err(QueueError("nats is away".to_owned()));
        }
        let delivery = reference.delivery;
        let subject = reference::deliver_subject(self.shard_of(delivery.endpoint), delivery.endpoint);
        let mut headers = HeaderMap::new();
        // The same publish, asked again, is stored once.
        headers.insert(NATS_MESSAGE_ID, format!("{delivery}.{}", reference.number));
        let body = reference::write(reference).into();
        let sent = self.jetstream.publish_with_headers(subject, headers, body).await;
        sent.map_err(|error| QueueError(error.to_string()))
    }

    /// Publishes each as a schedule of the server's; answers with those it did not take.
    pub(super) async fn schedule_all(
        &self,
        retries: &[(Reference, OffsetDateTime)],
    ) -> Vec<(Reference, QueueError)> {
        let mut awaited = Vec::with_capacity(retries.len());
        let mut untaken = Vec::new();
        for (reference, at) in retries {
            match self.send_schedule(reference, *at).await {
                Ok(ack) => awaited.push((*reference, ack)),
                Err(error) => untaken.push((*reference, error)),
            }
        }
        for (reference, ack) in awaited {
            if let Err(error) = ack.await {
                untaken.push((reference, QueueError(error.to_string())));
            }
        }
        untaken
    }

    async fn send_schedule(
        &self,
        reference: &Reference,
        at: OffsetDateTime,
    ) -> Result<PublishAckFuture, QueueError> {
        if !self.is_connected() {
            return Err(QueueError("nats is away".to_owned()));
        }
        let delivery = reference.delivery;
        let shard = self.shard_of(delivery.endpoint);
        let mut headers = HeaderMap::new();
        headers.insert(NATS_SCHEDULE, format!("@at {}", rfc3339_millis(at)));
        headers.insert(NATS_SCHEDULE_TARGET, reference::deliver_subject(shard, delivery.endpoint));
        let subject = reference::retry_subject(shard, delivery);
        let body = reference::write(reference).into();
        let sent = self.jetstream.publish_with_headers(subject, headers, body).await;
        sent.map_err(|error| QueueError(error.to_string()))
    }
}
