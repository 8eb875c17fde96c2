//! Into the queue: references for now, and schedules for later.

use std::time::Duration;

use actors::ports::{QueueError, Reference};
use async_nats::HeaderMap;
use async_nats::header::{NATS_MESSAGE_ID, NATS_MESSAGE_TTL, NATS_SCHEDULE, NATS_SCHEDULE_TARGET};
use async_nats::jetstream::context::PublishErrorKind;
use domain::event::rfc3339_millis;
use domain::id::Shard;
use futures_util::future::join_all;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Bus, reference};

/// A leader's election stalls publishes for some seconds; past this the ledger brings them.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(250);
/// A schedule that fell due while the store was full is never fired; its retry is read from the ledger. Past this the server
/// removes what is left: longer than the longest wait and its jitter.
const SCHEDULE_TTL: &str = "360h";
/// Publishes under way at a time, for one batch: fewer than the client lets wait, so that none waits for another's.
const WINDOW: usize = 256;

impl Bus {
    /// Answers with what the queue did not take, although asked again for some seconds.
    pub(super) async fn publish_all(&self, references: &[Reference]) -> Vec<Reference> {
        let deadline = Instant::now() + PATIENCE;
        let mut waiting = references.to_vec();
        loop {
            waiting = self.publish_once(&waiting, deadline).await;
            // What no election holds up is not asked again.
            let mut may_be_taken = waiting.iter().filter(|reference| !self.is_reluctant(reference));
            if may_be_taken.next().is_none() || !self.is_connected() || Instant::now() >= deadline {
                return waiting;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn is_reluctant(&self, reference: &Reference) -> bool {
        let part = self.part(self.shard_of(reference.delivery.endpoint));
        part.is_ok_and(|part| part.reluctance.is_on())
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
        let shard = self.shard_of(delivery.endpoint);
        let subject = reference::deliver_subject(shard, delivery.endpoint);
        let mut headers = HeaderMap::new();
        // The same publish, asked again, is stored once. What is made owed again is another publish.
        if reference.number == 1 {
            headers.insert(NATS_MESSAGE_ID, delivery.to_string());
        }
        self.publish_awaited(shard, subject, headers, reference).await
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
        headers.insert(NATS_MESSAGE_TTL, SCHEDULE_TTL);
        headers.insert(NATS_SCHEDULE_TARGET, reference::deliver_subject(shard, delivery.endpoint));
        self.publish_awaited(shard, reference::retry_subject(shard, delivery), headers, reference).await
    }

    /// Publishes and awaits the server's word, both within one wait.
    async fn publish_awaited(
        &self,
        shard: Shard,
        subject: String,
        headers: HeaderMap,
        reference: &Reference,
    ) -> Result<(), QueueError> {
        if !self.is_connected() {
            return Err(QueueError("nats is away".to_owned()));
        }
        let reluctance = &self.part(shard)?.reluctance;
        let Some(patience) = reluctance.patience(Instant::now()) else {
            return Err(QueueError(format!("DELIVERIES_{shard} takes nothing at the moment")));
        };
        let body = reference::write(reference).into();
        let published = async { self.jetstream.publish_with_headers(subject, headers, body).await?.await };
        let taken = tokio::select! {
            taken = tokio::time::timeout(patience, published) => taken,
            () = self.lost() => return Err(QueueError("nats was lost".to_owned())),
        };
        match taken {
            Ok(Ok(_)) => {
                reluctance.took();
                Ok(())
            }
            // Until a leader is elected, or the stream made anew: that is asked again.
            Ok(Err(error)) if matches!(error.kind(), PublishErrorKind::StreamNotFound) => {
                Err(QueueError(error.to_string()))
            }
            Ok(Err(error)) => {
                reluctance.refused(Instant::now());
                Err(QueueError(error.to_string()))
            }
            Err(_) => {
                reluctance.refused(Instant::now());
                Err(QueueError("no acknowledgement in time".to_owned()))
            }
        }
    }
}
