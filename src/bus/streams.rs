//! Streams and consumers: made when they are missing, named so that a wiped store is noticed.

use actors::ports::Line;
use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::{self, Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use domain::id::Shard;
use domain::lease::Lease;
use domain::mapping::Mapping;
use futures_util::TryStreamExt;
use std::time::Duration;

use super::{Bus, Error, reference};

/// What producers published is kept for so long, so that others may read it too.
pub(super) const EVENTS_KEPT: Duration = Duration::from_hours(7 * 24);
pub const EVENTS: &str = "EVENTS";
const RETRIES: &str = "RETRIES";
const INTAKE: &str = "intake";

/// A consumer, as its pull requests name it.
#[derive(Debug, Clone)]
pub struct Consumer {
    pub stream: String,
    pub name: String,
    /// When its stream was made, in nanoseconds since the Unix epoch: another one means another stream.
    pub stream_made_at: i128,
}

impl Consumer {
    pub fn new(stream: &stream::Info, consumer: &consumer::Info) -> Self {
        Self {
            stream: stream.config.name.clone(),
            name: consumer.name.clone(),
            stream_made_at: stream.created.unix_timestamp_nanos(),
        }
    }
}

/// Never used twice: acknowledgements to a former consumer of the same name would delete what is new.
pub(super) fn consumer_name(lease: Lease, stream: &stream::Info, generation: u32) -> String {
    let Lease { shard, epoch } = lease;
    format!("shard_{shard}_{epoch}_{}_{generation}", stream.created.unix_timestamp_nanos())
}

/// The lease that a consumer was made under.
fn lease_of(consumer_name: &str) -> Option<Lease> {
    let mut parts = consumer_name.split('_').skip(1);
    Some(Lease { shard: Shard(parts.next()?.parse().ok()?), epoch: parts.next()?.parse().ok()? })
}

pub(super) fn stream_name(line: Line, shard: Shard) -> String {
    match line {
        Line::Fresh => format!("DELIVERIES_{shard}"),
        Line::Retries => RETRIES.to_owned(),
    }
}

impl Bus {
    /// Makes the streams that are missing. An older server is refused: it cannot hold schedules.
    pub async fn make_streams(&self) -> Result<(), Error> {
        let version = self.server_version().await;
        let mut numbers = version.split(['.', '-']).filter_map(|number| number.parse::<u32>().ok());
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < (2, 12) {
            return Err(Error::TooOld(version));
        }
        for shard in 0..self.options.shards {
            self.stream(Line::Fresh, Shard(shard)).await?;
        }
        // Last: what a version before had scheduled in the others is theirs, and fires there.
        self.stream(Line::Retries, Shard(0)).await?;
        self.events_stream().await?;
        Ok(())
    }

    /// What is fresh has a stream for each shard. All retries are in one: a server that fires thousands of schedules in a second
    /// holds up whoever publishes to the same stream, and would fire those of several streams with all the cores it has.
    pub(super) async fn stream(&self, line: Line, shard: Shard) -> Result<Stream, Error> {
        let name = stream_name(line, shard);
        let (subjects, description) = match line {
            Line::Fresh => (vec![reference::subjects(line, shard)], "deliveries on their way, by Hookyard"),
            Line::Retries => (reference::retry_subjects(), "retries that wait, or are due, by Hookyard"),
        };
        let config = Config {
            subjects,
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            // Schedules forbid `new`, and no bound is set that could discard: the server's store is the ceiling.
            discard: DiscardPolicy::Old,
            duplicate_window: self.options.dedupe_window,
            num_replicas: self.options.replicas,
            allow_message_schedules: true,
            allow_message_ttl: true,
            description: Some(description.to_owned()),
            name: name.clone(),
            ..Config::default()
        };
        self.make(name, config).await
    }

    pub(super) async fn events_stream(&self) -> Result<Stream, Error> {
        let config = Config {
            name: EVENTS.to_owned(),
            subjects: [vec!["events.>".to_owned()], self.options.plain_subjects.clone()].concat(),
            max_age: EVENTS_KEPT,
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            duplicate_window: self.options.dedupe_window,
            description: Some("events published by producers, read by Hookyard".to_owned()),
            ..Config::default()
        };
        self.make(EVENTS.to_owned(), config).await
    }

    pub(super) async fn make(&self, name: String, config: Config) -> Result<Stream, Error> {
        let (replicas, window) = (config.num_replicas, config.duplicate_window);
        let subjects = config.subjects.clone();
        let made = self.jetstream.get_or_create_stream(config).await;
        let mut stream =
            made.map_err(|error| Error::Refused { what: format!("stream {name}"), why: error.to_string() })?;
        let found = &stream.cached_info().config;
        let is_wanted = |found: &Config| {
            (found.num_replicas, found.duplicate_window, &found.subjects) == (replicas, window, &subjects)
        };
        if !is_wanted(found) {
            let (num_replicas, duplicate_window, subjects) = (replicas, window, subjects.clone());
            let wanted = Config { num_replicas, duplicate_window, subjects, ..found.clone() };
            match self.jetstream.update_stream(wanted).await {
                Ok(_) => {
                    tracing::info!(
                        stream = name,
                        replicas,
                        ?window,
                        "stream was changed to what is configured"
                    );
                    // What is known of it is what it was before.
                    let _ = stream.info().await;
                }
                Err(error) => {
                    let found = (found.num_replicas, found.duplicate_window);
                    tracing::warn!(stream = name, replicas, ?window, ?found, %error, "stream stays as it was made");
                }
            }
        }
        Ok(stream)
    }

    /// The stream of a line of a lease's shard and its durable consumer, made where they are missing. A former consumer is
    /// removed first: two on one subject are refused, and what it held comes again, in order. Where there is one of a
    /// later lease nothing is made: this one is over.
    pub(super) async fn consumer(
        &self,
        lease: Lease,
        line: Line,
        generation: u32,
    ) -> Result<(stream::Info, consumer::Info), Error> {
        let shard = lease.shard;
        let stream = self.stream(line, shard).await?;
        let name = consumer_name(lease, stream.cached_info(), generation);
        let refused = |error: &dyn std::fmt::Display| Error::Refused {
            what: format!("consumer {name}"),
            why: error.to_string(),
        };
        let mut names: Vec<String> =
            stream.consumer_names().try_collect().await.map_err(|error| refused(&error))?;
        // Of what is in one stream with other shards, theirs are none of its business.
        names.retain(|name| lease_of(name).is_none_or(|other| other.shard == shard));
        if names.iter().filter_map(|name| lease_of(name)).any(|other| other.epoch > lease.epoch) {
            return Err(refused(&"a later owner of the shard has one"));
        }
        for former in names.iter().filter(|former| **former != name) {
            stream.delete_consumer(former).await.map_err(|error| refused(&error))?;
        }
        let config = pull::Config {
            durable_name: Some(name.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.options.ack_wait,
            max_ack_pending: i64::from(self.options.max_ack_pending),
            max_deliver: -1,
            deliver_policy: DeliverPolicy::All,
            filter_subject: reference::subjects(line, shard),
            // A server that restarts has lost it: it is made anew, and what was handed out comes again.
            memory_storage: true,
            ..pull::Config::default()
        };
        let consumer = stream.get_or_create_consumer(&name, config).await.map_err(|error| refused(&error))?;
        Ok((stream.cached_info().clone(), consumer.cached_info().clone()))
    }

    /// The one durable consumer that brings EVENTS to intake, in order; or the one on a source's stream, which is not made here.
    pub(super) async fn intake_consumer(&self, source: Option<&Mapping>) -> Result<Consumer, Error> {
        let (stream, name, filter_subject) = match source {
            Some(Mapping { name, subject, stream: Some(stream), .. }) => {
                let found = self.jetstream.get_stream(stream).await.map_err(|error| Error::Refused {
                    what: format!("the stream {stream} of the source {}", name.as_str()),
                    why: error.to_string(),
                })?;
                (found, format!("hookyard_{}", name.as_str()), subject.as_str().to_owned())
            }
            _ => (self.events_stream().await?, INTAKE.to_owned(), String::new()),
        };
        let config = pull::Config {
            durable_name: Some(name.clone()),
            filter_subject,
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.options.ack_wait,
            max_ack_pending: i64::from(self.options.max_ack_pending),
            max_deliver: -1,
            ..pull::Config::default()
        };
        let consumer = stream
            .get_or_create_consumer(&name, config.clone())
            .await
            .map_err(|error| Error::Refused { what: format!("consumer {name}"), why: error.to_string() })?;
        let found = &consumer.cached_info().config;
        let is_wanted = (found.ack_wait, found.max_ack_pending, &found.filter_subject)
            == (config.ack_wait, config.max_ack_pending, &config.filter_subject);
        if !is_wanted && let Err(error) = stream.update_consumer(config).await {
            tracing::warn!(consumer = name, %error, "consumer stays as it was made");
        }
        Ok(Consumer::new(stream.cached_info(), consumer.cached_info()))
    }
}
