//! Into the queue: references for now, and schedules for later.

use std::time::Duration;

use actors::ports::{QueueError, Reference};
use async_nats::HeaderMap;
use async_nats::header::{NATS_MESSAGE_ID, NATS_SCHEDULE, NATS_SCHEDULE_TARGET};
use domain::event::rfc3339_millis;
use futures_util::future::join_all;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Bus, reference};

/// A leader's election stalls publishes for some seconds; past this the ledger brings them.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(250);
/// Publishes under way at a time, for one batch: fewer than the client lets wait, so that none waits for another's.
const WINDOW: usize = 256;
/// For all acknowledgements of a window together.
const ACK_WAIT: Duration = Duration::from_secs(5);

impl Bus {
    /// Answers with what the queue did not take, although asked again for some seconds.
    pub(super) async fn publish_all(&self, references: &[Reference]) -> Vec<Reference> {
        let deadline = Instant::now() + PATIENCE;
        let mut waiting = references.to_vec();
        loop {
            waiting = self.publish_once(&waiting, deadline).await;
            if waiting.is_empty() || !self.is_connected() || Instant::now() >= deadline {
                return waiting;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn publish_once(&self, references: &[Reference], deadline: Instant) -> Vec<Reference> {
        let mut untaken = Vec::new();
        for window in references.chunks(WINDOW) {
            if Instant::now() >= deadline || !self.is_connected() {
                untaken.extend_from_slice(window);
                continue;
            }
            let taken = join_all(window.iter().map(|reference| self.send(reference))).await;
            for (reference, taken) in window.iter().zip(taken) {
                if let Err(error) = taken {
                    tracing::debug!(delivery = %reference.delivery, %error, "reference was not taken");
                    untaken.push(*reference);
                }
            }
        }
        untaken
    }

    async fn send(&self, reference: &Reference) -> Result<(), QueueError> {
        let delivery = reference.delivery;
        let subject = reference::deliver_subject(self.shard_of(delivery.endpoint), delivery.endpoint);
        let mut headers = HeaderMap::new();
        // The same publish, asked again, is stored once. What is made owed again is another publish.
        if reference.number == 1 {
            headers.insert(NATS_MESSAGE_ID, delivery.to_string());
        }
        self.publish_awaited(subject, headers, reference).await
    }

    /// Publishes each as a schedule of the server's; answers with those it did not take.
    pub(super) async fn schedule_all(
        &self,
        retries: &[(Reference, OffsetDateTime)],
    ) -> Vec<(Reference, QueueError)> {
        let mut untaken = Vec::new();
        for window in retries.chunks(WINDOW) {
            let taken =
                join_all(window.iter().map(|(reference, at)| self.send_schedule(reference, *at))).await;
            for ((reference, _), taken) in window.iter().zip(taken) {
                untaken.extend(taken.err().map(|error| (*reference, error)));
            }
        }
        untaken
    }

    async fn send_schedule(&self, reference: &Reference, at: OffsetDateTime) -> Result<(), QueueError> {
        let delivery = reference.delivery;
        let shard = self.shard_of(delivery.endpoint);
        let mut headers = HeaderMap::new();
        headers.insert(NATS_SCHEDULE, format!("@at {}", rfc3339_millis(at)));
        headers.insert(NATS_SCHEDULE_TARGET, reference::deliver_subject(shard, delivery.endpoint));
        self.publish_awaited(reference::retry_subject(shard, delivery), headers, reference).await
    }

    /// Publishes and awaits the server's word, both within one wait.
    async fn publish_awaited(
        &self,
        subject: String,
        headers: HeaderMap,
        reference: &Reference,
    ) -> Result<(), QueueError> {
        if !self.is_connected() {
            return Err(QueueError("nats is away".to_owned()));
        }
        let body = reference::write(reference).into();
        let published = async {
            let ack = self.jetstream.publish_with_headers(subject, headers, body).await;
            ack.map_err(|error| QueueError(error.to_string()))?
                .await
                .map_err(|error| QueueError(error.to_string()))
        };
        tokio::select! {
            taken = tokio::time::timeout(ACK_WAIT, published) => match taken {
                Ok(taken) => taken.map(|_| ()),
                Err(_) => Err(QueueError("no acknowledgement in time".to_owned())),
            },
            () = self.lost() => Err(QueueError("nats was lost".to_owned())),
        }
    }
}
