//! What was last seen of the stream and the consumer of a shard's line, and what is made good when they are not that any more.
//!
//! Who acts: `look`, for the auditor every round and for the puller before it pulls; one at a time for each line of a shard.
//! Promises: after a look stream and consumer are there; a break is told to the auditor once, and to the puller at
//! once. A consumer made anew has a new name, so that acknowledgements meant for the former one delete nothing.
//! Leaves out: what broke without a trace in sequences and times, a purge for one: the ledger shows it.

use std::time::Duration;

use actors::ports::{Depth, Line, Look, QueueError};
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{ConsumerInfoErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{consumer, stream};
use domain::id::Shard;
use domain::lease::Lease;
use futures_util::TryStreamExt;
use tokio::sync::watch;

use super::Bus;
use super::depth::depth;
use super::streams::{Consumer, consumer_name, stream_name};

/// A look that takes longer tells nothing.
const LOOK: Duration = Duration::from_secs(1);
/// Whoever owns it tells how many retries wait for their time, of all shards: they are in one stream.
const TELLS_SCHEDULES: Shard = Shard(0);

/// What is known of a line of a shard.
#[derive(Default)]
pub struct Seen {
    /// Nothing before the first look, and none while what broke is made good.
    mark: Option<Mark>,
    broken: Option<String>,
    depth: Depth,
    /// Of the lease that all this was seen under.
    epoch: i64,
    /// The connection that the consumer was made on.
    connection: u64,
    /// Raised by every break and every new connection: a part of the consumer's name, and the puller's sign to begin anew.
    generation: watch::Sender<u32>,
}

/// Stream and consumer at one look. None of it goes back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    stream_made_at: i128,
    last_sequence: u64,
    consumer_made_at: i128,
    delivered: u64,
    ack_floor: u64,
}

/// What a look finds.
#[derive(Default)]
struct Found {
    stream: Option<stream::Info>,
    consumer: Option<consumer::Info>,
}

impl Mark {
    fn new(stream: &stream::Info, consumer: &consumer::Info) -> Self {
        Self {
            stream_made_at: stream.created.unix_timestamp_nanos(),
            last_sequence: stream.state.last_sequence,
            consumer_made_at: consumer.created.unix_timestamp_nanos(),
            delivered: consumer.delivered.stream_sequence,
            ack_floor: consumer.ack_floor.stream_sequence,
        }
    }

    /// Why what is there now is not what this was.
    fn broken_by(&self, found: &Found) -> Option<String> {
        let Some(stream) = &found.stream else { return Some("stream is gone".to_owned()) };
        if stream.created.unix_timestamp_nanos() != self.stream_made_at {
            return Some("stream is another one".to_owned());
        }
        let last = stream.state.last_sequence;
        if last < self.last_sequence {
            return Some(format!("stream has gone back from {} to {last}", self.last_sequence));
        }
        let Some(consumer) = &found.consumer else { return Some("consumer is gone".to_owned()) };
        let now = Self::new(stream, consumer);
        if now.consumer_made_at != self.consumer_made_at {
            return Some("consumer is another one".to_owned());
        }
        if now.delivered < self.delivered || now.ack_floor < self.ack_floor {
            let (was, is) = ((self.delivered, self.ack_floor), (now.delivered, now.ack_floor));
            return Some(format!("consumer has gone back from {was:?} to {is:?}"));
        }
        None
    }
}

impl Seen {
    pub fn generation(&self) -> watch::Receiver<u32> {
        self.generation.subscribe()
    }

    /// Under another lease nothing is known: whatever was there then, others have dealt with it since.
    fn begin(&mut self, epoch: i64) {
        if self.epoch != epoch {
            *self = Self { epoch, ..Self::default() };
        }
    }
}

impl Bus {
    /// One look for the auditor, within a bound.
    pub(super) async fn check_shard(&self, lease: Lease) -> Result<Look, QueueError> {
        let shard = lease.shard;
        let look = async {
            let [fresh, retries] = Line::ALL.map(|line| Box::pin(self.look(lease, line)));
            tokio::try_join!(fresh, retries)?;
            let mut look = Look::default();
            for line in Line::ALL {
                let mut seen = self.part(shard, line)?.seen.lock().await;
                look.broken = look.broken.or(seen.broken.take());
                look.depth += seen.depth;
                look.retries_wait |= line == Line::Retries && seen.depth.ready > 0;
            }
            if shard == TELLS_SCHEDULES {
                look.depth.scheduled += self.scheduled().await?;
            }
            Ok(look)
        };
        let late = |_| QueueError(format!("no look at shard {shard} within {LOOK:?}"));
        tokio::time::timeout(LOOK, look).await.map_err(late)?
    }

    /// What the consumers of the retries do not see: schedules, of all shards.
    async fn scheduled(&self) -> Result<u64, QueueError> {
        let Some(stream) = self.find_stream(Line::Retries, TELLS_SCHEDULES).await? else { return Ok(0) };
        let consumers: Vec<consumer::Info> =
            stream.consumers().try_collect().await.map_err(|error| QueueError(error.to_string()))?;
        let due = consumers.iter().map(|one| one.num_pending + one.num_ack_pending as u64).sum();
        // The two were asked one after the other.
        Ok(stream.cached_info().state.messages.saturating_sub(due))
    }

    /// Compares stream and consumer with what was seen last, and makes what is missing. Answers with the
    /// consumer, and the last sequence of its stream.
    pub(super) async fn look(&self, lease: Lease, line: Line) -> Result<(Consumer, u64), QueueError> {
        if !self.is_connected() {
            return Err(QueueError("nats is away".to_owned()));
        }
        let shard = lease.shard;
        let mut seen = self.part(shard, line)?.seen.lock().await;
        if lease.epoch < seen.epoch {
            return Err(QueueError("shard was taken anew".to_owned()));
        }
        seen.begin(lease.epoch);
        let connection = self.connections.borrow().made;
        if let Some(mark) = &seen.mark {
            let generation = *seen.generation.borrow();
            let found = self.find(lease, line, generation).await?;
            match mark.broken_by(&found) {
                // Sent into a connection that was lost, it would come again after `ack_wait` only.
                None if seen.connection != connection => {
                    seen.mark = None;
                    seen.generation.send_modify(|generation| *generation += 1);
                }
                None => {
                    if let Found { stream: Some(stream), consumer: Some(consumer) } = &found {
                        seen.mark = Some(Mark::new(stream, consumer));
                        seen.depth = depth(line, stream, consumer);
                        return Ok((Consumer::new(stream, consumer), stream.state.last_sequence));
                    }
                }
                Some(why) => {
                    seen.mark = None;
                    seen.broken = Some(format!("{}: {why}", stream_name(line, shard)));
                    seen.generation.send_modify(|generation| *generation += 1);
                }
            }
        }
        let generation = *seen.generation.borrow();
        let made = self.consumer(lease, line, generation).await;
        let (stream, consumer) = made.map_err(|error| QueueError(error.to_string()))?;
        seen.mark = Some(Mark::new(&stream, &consumer));
        seen.depth = depth(line, &stream, &consumer);
        seen.connection = connection;
        Ok((Consumer::new(&stream, &consumer), stream.state.last_sequence))
    }

    async fn find(&self, lease: Lease, line: Line, generation: u32) -> Result<Found, QueueError> {
        let Some(stream) = self.find_stream(line, lease.shard).await? else { return Ok(Found::default()) };
        let name = consumer_name(lease, stream.cached_info(), generation);
        let consumer = match stream.consumer_info(name).await {
            Ok(info) => Some(info),
            Err(error) if matches!(error.kind(), ConsumerInfoErrorKind::NotFound) => None,
            Err(error) => return Err(QueueError(error.to_string())),
        };
        Ok(Found { stream: Some(stream.cached_info().clone()), consumer })
    }

    async fn find_stream(&self, line: Line, shard: Shard) -> Result<Option<Stream>, QueueError> {
        self.find_named(stream_name(line, shard)).await
    }

    pub(super) async fn find_named(&self, name: String) -> Result<Option<Stream>, QueueError> {
        match self.jetstream.get_stream(name).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if is_not_found(&error.kind()) => Ok(None),
            Err(error) => Err(QueueError(error.to_string())),
        }
    }
}

fn is_not_found(error: &GetStreamErrorKind) -> bool {
    matches!(error, GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
