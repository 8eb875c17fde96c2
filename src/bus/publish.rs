//! Into the queue: references for now, and schedules for later.

use std::time::Duration;

use actors::ports::{Line, QueueError, Reference};
use async_nats::HeaderMap;
use async_nats::header::{NATS_MESSAGE_ID, NATS_MESSAGE_TTL, NATS_SCHEDULE, NATS_SCHEDULE_TARGET};
use async_nats::jetstream::context::PublishErrorKind;
use domain::event::rfc3339_millis;
use domain::id::Shard;
use futures_util::future::join_all;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::group::Group;
use super::streams::stream_name;
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
        let mut waiting = Group::all(references, |endpoint| self.shard_of(endpoint));
        loop {
            waiting = self.publish_once(waiting, deadline).await;
            // What no election holds up is not asked again.
            let mut may_be_taken = waiting.iter().filter(|group| !self.is_reluctant(group));
            if may_be_taken.next().is_none() || !self.is_connected() || Instant::now() >= deadline {
                return waiting.into_iter().flat_map(|group| group.references).collect();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn is_reluctant(&self, group: &Group) -> bool {
        self.part(group.shard, group.line()).is_ok_and(|part| part.reluctance.is_on())
    }

    async fn publish_once(&self, groups: Vec<Group>, deadline: Instant) -> Vec<Group> {
        let mut untaken = Vec::new();
        let mut groups = groups.into_iter();
        while !groups.as_slice().is_empty() {
            if Instant::now() >= deadline || !self.is_connected() {
                untaken.extend(groups);
                break;
            }
            let sent = groups.by_ref().take(WINDOW).map(async |group| (self.send(&group).await, group));
            for (taken, group) in join_all(sent).await {
                if let Err(error) = taken {
                    let (shard, references) = (group.shard, group.references.len());
                    tracing::debug!(%shard, references, %error, "references were not taken");
                    untaken.push(group);
                }
            }
        }
        untaken
    }

    async fn send(&self, group: &Group) -> Result<(), QueueError> {
        let mut headers = HeaderMap::new();
        if let Some(name) = group.name() {
            headers.insert(NATS_MESSAGE_ID, name);
        }
        let to = (group.shard, group.line());
        self.publish_awaited(to, group.subject(), headers, group.write()).await
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
        headers.insert(NATS_SCHEDULE_TARGET, reference::subject(Line::Retries, shard, delivery.endpoint));
        let subject = reference::retry_subject(shard, delivery);
        self.publish_awaited((shard, Line::Retries), subject, headers, reference::write(reference)).await
    }

    /// Publishes and awaits the server's word, both within one wait.
    async fn publish_awaited(
        &self,
        (shard, line): (Shard, Line),
        subject: String,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<(), QueueError> {
        if !self.is_connected() {
            return Err(QueueError("nats is away".to_owned()));
        }
        let reluctance = &self.part(shard, line)?.reluctance;
        let Some(patience) = reluctance.patience(Instant::now()) else {
            return Err(QueueError(format!("{} takes nothing at the moment", stream_name(line, shard))));
        };
        let published =
            async { self.jetstream.publish_with_headers(subject, headers, body.into()).await?.await };
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
