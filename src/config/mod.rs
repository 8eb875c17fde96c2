//! The configuration: whoever runs Hookyard states it in files and variables, `Config::load` turns it into types
//! that cannot be wrong, or says everything that is wrong with it at once.
//!
//! Promised: no key is ignored, none has a hidden default, no secret is printed.
//! Left out: whatever is set per tenant or endpoint: that is the ledger's.

mod again;
mod flow;
mod layers;
mod problem;
mod reader;
mod schema;
mod secret;
mod service;
mod shape;
mod sources;
mod stores;
#[cfg(test)]
mod tests;

use std::{fmt::Write as _, path::PathBuf, time::Duration};

use domain::mapping::Mapping;

use self::{
    again::Given,
    layers::Layers,
    reader::{Reader, Shown, span_of},
};
pub use self::{
    flow::{
        Audit, Breaker, Delivery, Egress, Github, Intake, Limits, Queue, Recorder, Retention, Supervision,
    },
    problem::{ConfigErrors, Origin, Problem},
    secret::{Secret, VaultKey},
    service::{Bus, Chaos, Log, LogFormat, Server},
    stores::{Nats, NatsLogin, Postgres, Vault},
};

/// Where a configuration comes from, besides the files compiled in.
#[derive(Clone, Debug, Default)]
pub struct Sources<E> {
    /// The file of `--config`.
    pub file: Option<PathBuf>,
    /// Environment variables; those that are not ours are passed over.
    pub env: E,
}

impl Sources<Vec<(String, String)>> {
    /// The variables of this process. One that is not UTF-8 cannot be ours and is passed over.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { file, env: std::env::vars_os().filter_map(text).collect() }
    }
}

/// What `HOOKYARD_ENV` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Development,
    Staging,
    Production,
}

impl Environment {
    pub const ALL: [Self; 3] = [Self::Development, Self::Staging, Self::Production];

    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

/// Every setting, read and in range.
#[derive(Clone, Debug)]
pub struct Config {
    /// `None` is as strict as production, and adds no file.
    pub environment: Option<Environment>,
    pub server: Server,
    pub postgres: Postgres,
    pub nats: Nats,
    pub vault: Vault,
    pub queue: Queue,
    pub intake: Intake,
    pub delivery: Delivery,
    pub breaker: Breaker,
    pub egress: Egress,
    pub limits: Limits,
    pub github: Option<Github>,
    pub retention: Retention,
    pub recorder: Recorder,
    pub audit: Audit,
    pub supervision: Supervision,
    pub bus: Bus,
    pub chaos: Chaos,
    pub log: Log,
    /// Other people's subjects of NATS.
    pub sources: Vec<Mapping>,
    shown: Vec<Shown>,
    given: Given,
}

/// What comes after an attempt and belongs to it.
const RECORDING: Duration = Duration::from_secs(5);

impl Config {
    pub fn load<E: IntoIterator<Item = (String, String)>>(sources: Sources<E>) -> Result<Self, ConfigErrors> {
        let sources = Sources { file: sources.file, env: sources.env.into_iter().collect::<Vec<_>>() };
        let given = Given::new(&sources);
        let mut from = Reader::new(Layers::collect(sources));
        let mut config = Self::read(&mut from);
        config.given = given;
        config.check(&mut from);
        config.shown = from.finish().map_err(ConfigErrors)?;
        Ok(config)
    }

    fn read(from: &mut Reader) -> Self {
        Self {
            environment: from.environment(),
            server: Server::read(from),
            postgres: Postgres::read(from),
            nats: Nats::read(from),
            vault: Vault::read(from),
            queue: Queue::read(from),
            intake: Intake::read(from),
            delivery: Delivery::read(from),
            breaker: Breaker::read(from),
            egress: Egress::read(from),
            limits: Limits::read(from),
            github: Github::read(from),
            retention: Retention::read(from),
            recorder: Recorder::read(from),
            audit: Audit::read(from),
            supervision: Supervision::read(from),
            bus: Bus::read(from),
            chaos: Chaos::read(from),
            log: Log::read(from),
            sources: sources::read(from),
            shown: Vec::new(),
            given: Given::default(),
        }
    }

    /// What a command needs that speaks to the ledger alone. What is wrong with all else is not looked at.
    pub fn load_for_ledger<E: IntoIterator<Item = (String, String)>>(
        sources: Sources<E>,
    ) -> Result<(Postgres, Log), ConfigErrors> {
        load_part(sources, |from| (Postgres::read(from), Log::read(from)))
    }

    /// What a command needs that speaks to the ledger, and has to know what is late.
    pub fn load_for_audit<E: IntoIterator<Item = (String, String)>>(
        sources: Sources<E>,
    ) -> Result<(Postgres, Audit, Log), ConfigErrors> {
        load_part(sources, |from| (Postgres::read(from), Audit::read(from), Log::read(from)))
    }

    /// What a command needs that speaks to the ledger, and has to know how long things are kept.
    pub fn load_for_retention<E: IntoIterator<Item = (String, String)>>(
        sources: Sources<E>,
    ) -> Result<(Postgres, Retention, Log), ConfigErrors> {
        load_part(sources, |from| (Postgres::read(from), Retention::read(from), Log::read(from)))
    }

    /// What a command needs that speaks to the ledger, and opens what is sealed there.
    pub fn load_for_vault<E: IntoIterator<Item = (String, String)>>(
        sources: Sources<E>,
    ) -> Result<(Postgres, Vault, Log), ConfigErrors> {
        load_part(sources, |from| (Postgres::read(from), Vault::read(from), Log::read(from)))
    }

    /// Every key with its value and where that came from, one a line, secrets masked.
    pub fn explain(&self) -> String {
        let mut text = format!("environment: {}\n", self.environment.map_or("none", Environment::name));
        for Shown { key, value, origin, .. } in &self.shown {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key} = {value}  # {origin}");
        }
        text
    }

    /// Whether the checks that protect others' data are relaxed.
    pub fn is_development(&self) -> bool {
        self.environment == Some(Environment::Development)
    }

    /// No environment is as strict as production.
    fn allows_chaos(&self) -> bool {
        matches!(self.environment, Some(Environment::Development | Environment::Staging))
    }

    /// What each value allows but the whole does not.
    fn check(&self, from: &mut Reader) {
        if self.delivery.timeout_ms > self.egress.timeout_ms_max {
            let wrong = format!("{} is more than an endpoint may ask for", self.delivery.timeout_ms);
            let right = format!("give at most egress.timeout_ms_max, {}", self.egress.timeout_ms_max);
            from.refuse("delivery.timeout_ms", wrong, right);
        }
        if self.breaker.pause_longest < self.breaker.pause_first {
            let wrong = format!("{} is less than breaker.pause_first", self.breaker.pause_longest);
            from.refuse(
                "breaker.pause_longest",
                wrong,
                format!("give at least {}", self.breaker.pause_first),
            );
        }
        // An attempt that outlives ack_wait is handed out again while it runs.
        let attempt = Duration::from_millis(u64::from(self.egress.timeout_ms_max));
        let (attempt_max, recorded) = (span_of(attempt), span_of(attempt + RECORDING));
        if self.queue.ack_wait < recorded {
            let wrong = format!(
                "{} does not outlast an attempt of {attempt_max} (egress.timeout_ms_max) and its recording",
                self.queue.ack_wait
            );
            from.refuse("queue.ack_wait", wrong, format!("give at least {recorded}"));
        }
        // A test of an endpoint is answered with what came of its attempt.
        if self.server.request_timeout < recorded {
            let wrong = format!(
                "{} does not outlast an attempt of {attempt_max} (egress.timeout_ms_max)",
                self.server.request_timeout
            );
            from.refuse("server.request_timeout", wrong, format!("give at least {recorded}"));
        }
        let body = self.server.publish_body_max_bytes.max(self.server.batch_body_max_bytes);
        if self.intake.pending_bytes_max < body {
            let wrong = format!("{} is less than one request may have", self.intake.pending_bytes_max);
            from.refuse("intake.pending_bytes_max", wrong, format!("give at least {body}"));
        }
        if self.queue.pull_batch > self.queue.max_ack_pending {
            let wrong = format!("{} can never be had at once", self.queue.pull_batch);
            let right = format!("give at most queue.max_ack_pending, {}", self.queue.max_ack_pending);
            from.refuse("queue.pull_batch", wrong, right);
        }
        if self.retention.unfinished_days < self.retention.days {
            let wrong = format!("{} is less than retention.days", self.retention.unfinished_days);
            from.refuse("retention.unfinished_days", wrong, format!("give at least {}", self.retention.days));
        }
        if self.egress.connect_timeout > attempt_max {
            let wrong = format!("{} is more than a whole attempt may take", self.egress.connect_timeout);
            from.refuse(
                "egress.connect_timeout",
                wrong,
                format!("give at most egress.timeout_ms_max, {attempt_max}"),
            );
        }
        if self.supervision.backoff_longest < self.supervision.backoff_first {
            let wrong = format!("{} is less than the first wait", self.supervision.backoff_longest);
            let right =
                format!("give at least supervision.backoff_first, {}", self.supervision.backoff_first);
            from.refuse("supervision.backoff_longest", wrong, right);
        }
        if self.chaos.enabled && !self.allows_chaos() {
            let wrong = "faults on request are for development and staging";
            from.refuse("chaos.enabled", wrong, "give false, or name one of these in HOOKYARD_ENV");
        }
    }
}

/// Reads what a command needs, and no more.
fn load_part<T, E: IntoIterator<Item = (String, String)>>(
    sources: Sources<E>,
    read: impl FnOnce(&mut Reader) -> T,
) -> Result<T, ConfigErrors> {
    let mut from = Reader::new(Layers::collect(sources));
    let part = read(&mut from);
    from.finish_part().map_err(ConfigErrors)?;
    Ok(part)
}
