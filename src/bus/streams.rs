//! Streams and consumers: made when they are missing, named so that a wiped store is noticed.

use actors::ports::Line;
use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::stream::{
    self, Config, ConsumerUpdateErrorKind, DiscardPolicy, RetentionPolicy, StorageType, Stream,
};
use domain::id::Shard;
use domain::lease::Lease;
use domain::mapping::Mapping;
use futures_util::TryStreamExt;
use std::collections::HashMap;
use std::time::Duration;

use super::sources::{PLACE_KEPT, Sources};
use super::{Bus, Error, reference};

/// What producers published is kept for so long, so that others may read it too.
pub(super) const EVENTS_KEPT: Duration = Duration::from_hours(7 * 24);
pub const EVENTS: &str = "EVENTS";
const RETRIES: &str = "RETRIES";
const INTAKE: &str = "intake";
/// Of EVENTS: when the configuration was read that its subjects are of, in milliseconds since the Unix epoch.
const READ_AT: &str = "hookyard_sources_read_at";

fn read_at(config: &Config) -> Option<i128> {
    config.metadata.get(READ_AT)?.parse().ok()
}

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

pub(super) fn is_ours(name: &str) -> bool {
    [EVENTS, RETRIES].contains(&name) || name.starts_with("DELIVERIES_")
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
        self.events_stream(false).await?;
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

    /// Made where it is missing. What it takes in only the node changes that `takes_in` events itself, so that it knows whatever
    /// comes; and only where it has read its configuration later than the one whose subjects they are, so that two nodes with
    /// different ones do not take turns.
    async fn events_stream(&self, takes_in: bool) -> Result<Stream, Error> {
        let sources = self.sources.borrow().clone();
        let mut config = self.events_config(&sources);
        let found = self.find_named(EVENTS.to_owned()).await;
        let found =
            found.map_err(|error| Error::Refused { what: EVENTS.to_owned(), why: error.to_string() })?;
        if let Some(found) = found.map(|found| found.cached_info().config.clone())
            && (!takes_in || read_at(&found) > read_at(&config))
        {
            config = Config { subjects: found.subjects, metadata: found.metadata, ..config };
        }
        self.make(EVENTS.to_owned(), config).await
    }

    fn events_config(&self, sources: &Sources) -> Config {
        let read_at = (sources.read_at.unix_timestamp_nanos() / 1_000_000).to_string();
        Config {
            name: EVENTS.to_owned(),
            subjects: sources.subjects(),
            max_age: EVENTS_KEPT,
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            duplicate_window: self.options.dedupe_window,
            description: Some("events published by producers, read by Hookyard".to_owned()),
            metadata: HashMap::from([(READ_AT.to_owned(), read_at)]),
            ..Config::default()
        }
    }

    /// Has EVENTS take in what these sources want, and nothing else besides events.
    pub(super) async fn take_in(&self, sources: &Sources) -> Result<(), Error> {
        if !self.is_connected() {
            return Err(Error::Away);
        }
        let stream = self.events_stream(true).await?;
        let Config { subjects, metadata, .. } = self.events_config(sources);
        let found = stream.cached_info().config.clone();
        let metadata = found.metadata.clone().into_iter().chain(metadata).collect();
        let updated = self.jetstream.update_stream(Config { subjects, metadata, ..found }).await;
        updated.map(|_| ()).map_err(|error| {
            let CreateStreamErrorKind::JetStream(why) = error.kind() else { return Error::Away };
            Error::Refused { what: "the subjects of [[sources]]".to_owned(), why: why.to_string() }
        })
    }

    pub(super) async fn make(&self, name: String, config: Config) -> Result<Stream, Error> {
        let (replicas, window) = (config.num_replicas, config.duplicate_window);
        let (subjects, metadata) = (config.subjects.clone(), config.metadata.clone());
        let said_at = read_at(&config);
        let made = self.jetstream.get_or_create_stream(config).await;
        let mut stream =
            made.map_err(|error| Error::Refused { what: format!("stream {name}"), why: error.to_string() })?;
        let found = &stream.cached_info().config;
        let is_wanted = |found: &Config| {
            (found.num_replicas, found.duplicate_window, &found.subjects) == (replicas, window, &subjects)
                && read_at(found) == said_at
        };
        if !is_wanted(found) {
            let (num_replicas, duplicate_window, subjects) = (replicas, window, subjects.clone());
            let metadata = found.metadata.clone().into_iter().chain(metadata).collect();
            let wanted = Config { num_replicas, duplicate_window, subjects, metadata, ..found.clone() };
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
            Some(source @ Mapping { subject, stream: Some(stream), .. }) => {
                let found = self.jetstream.get_stream(stream).await.map_err(|error| Error::Refused {
                    what: format!("the stream {stream} of the source {}", source.name.as_str()),
                    why: error.to_string(),
                })?;
                (found, consumer_of(source), subject.as_str().to_owned())
            }
            _ => (self.events_stream(true).await?, INTAKE.to_owned(), String::new()),
        };
        let config = self.place(name.clone(), filter_subject);
        let consumer = stream
            .get_or_create_consumer(&name, config.clone())
            .await
            .map_err(|error| Error::Refused { what: format!("consumer {name}"), why: error.to_string() })?;
        let found = &consumer.cached_info().config;
        let of = |found: &consumer::Config| (found.ack_wait, found.max_ack_pending, found.inactive_threshold);
        let is_wanted = of(found) == (config.ack_wait, config.max_ack_pending, config.inactive_threshold)
            && found.filter_subject == config.filter_subject;
        if !is_wanted && let Err(error) = stream.update_consumer(config).await {
            tracing::warn!(consumer = name, %error, "consumer stays as it was made");
        }
        Ok(Consumer::new(stream.cached_info(), consumer.cached_info()))
    }

    /// A durable consumer that others may go on from.
    fn place(&self, name: String, filter_subject: String) -> pull::Config {
        pull::Config {
            durable_name: Some(name),
            filter_subject,
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.options.ack_wait,
            max_ack_pending: i64::from(self.options.max_ack_pending),
            max_deliver: -1,
            ..pull::Config::default()
        }
    }

    /// The consumer of a source that is not read any more ends by itself, where nobody else reads it.
    pub(super) async fn let_go(&self, source: &Mapping) -> Result<(), Error> {
        let (Some(stream), name) = (&source.stream, consumer_of(source)) else { return Ok(()) };
        if !self.is_connected() {
            return Err(Error::Away);
        }
        let refused =
            |why: String| Error::Refused { what: format!("an end of consumer {name} of {stream}"), why };
        let found = self.find_named(stream.clone()).await.map_err(|error| refused(error.to_string()))?;
        let Some(found) = found else { return Ok(()) };
        let place = self.place(name.clone(), source.subject.as_str().to_owned());
        let config = pull::Config { inactive_threshold: PLACE_KEPT, ..place };
        match found.update_consumer(config).await {
            Ok(_) => Ok(()),
            // It never was: the stream came and went, or nobody began to read.
            Err(error) if matches!(error.kind(), ConsumerUpdateErrorKind::DoesNotExist) => Ok(()),
            Err(error) => Err(refused(error.to_string())),
        }
    }
}

fn consumer_of(source: &Mapping) -> String {
    format!("hookyard_{}", source.name.as_str())
}
