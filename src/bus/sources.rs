//! `[[sources]]` as they are in force at this node, and how others take their place while it runs.
//!
//! Who acts: whoever has the configuration read again. Promises: a message that EVENTS took in is mapped by the rules of its
//! subject, though they were taken out meanwhile; where NATS refuses the subjects, all stays as it was; what is removed keeps its
//! place in a stream for `PLACE_KEPT`. Leaves out: other nodes, which read their own configuration. EVENTS takes in what the node
//! says that reads it, and of those that did, the one that read its configuration last.

use std::sync::Arc;
use std::time::Duration;

use domain::mapping::Mapping;
use time::OffsetDateTime;
use tokio::sync::watch;

use super::streams::EVENTS_KEPT;
use super::{Bus, Error};

/// The place in a stream of others, where nobody reads it: another node may have the source still, or this one again.
pub(super) const PLACE_KEPT: Duration = EVENTS_KEPT;
/// Rules of former sources that are remembered, the last ones.
const FORMER_MAX: usize = 100;

/// What is in force, and what is known besides.
#[derive(Debug, Clone)]
pub struct Sources {
    in_force: Vec<Arc<Mapping>>,
    /// Published plainly, and in force no more, or not yet: of what EVENTS has all the same.
    besides: Vec<Arc<Mapping>>,
    /// When the configuration was read that has them.
    pub read_at: OffsetDateTime,
}

/// What became of sources, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
    pub unchanged: usize,
}

impl Sources {
    pub fn new(in_force: Vec<Mapping>, read_at: OffsetDateTime) -> Self {
        Self { in_force: in_force.into_iter().map(Arc::new).collect(), besides: Vec::new(), read_at }
    }

    /// All that EVENTS takes in.
    pub(super) fn subjects(&self) -> Vec<String> {
        let plain = self.in_force.iter().filter(|source| source.stream.is_none());
        std::iter::once("events.>".to_owned())
            .chain(plain.map(|source| source.subject.as_str().to_owned()))
            .collect()
    }

    /// The names of those that have a stream of others.
    pub(super) fn of_streams(&self) -> Vec<String> {
        let of_streams = self.in_force.iter().filter(|source| source.stream.is_some());
        of_streams.map(|source| source.name.as_str().to_owned()).collect()
    }

    /// The one of this name that has a stream of others.
    pub(super) fn of_stream(&self, name: &str) -> Option<Arc<Mapping>> {
        let is_it = |source: &&Arc<Mapping>| source.stream.is_some() && source.name.as_str() == name;
        self.in_force.iter().find(is_it).cloned()
    }

    /// Whose rules hold for a subject that is published plainly.
    pub(super) fn of_subject(&self, subject: &str) -> Option<Arc<Mapping>> {
        let plain = self.in_force.iter().filter(|source| source.stream.is_none());
        plain.chain(&self.besides).find(|source| source.subject.covers(subject)).cloned()
    }

    /// The same, and these too for what is of none of them.
    fn knowing(&self, besides: &[Arc<Mapping>]) -> Self {
        let new = besides.iter().filter(|source| source.stream.is_none() && !self.in_force.contains(source));
        let mut known: Vec<_> = new.cloned().collect();
        let others = self.besides.iter().filter(|source| !besides.contains(source));
        known.extend(others.cloned());
        known.truncate(FORMER_MAX);
        Self { besides: known, ..self.clone() }
    }

    /// What is different where these come in its place.
    fn changes(&self, next: &Self) -> Changes {
        let of = |sources: &Self, source: &Mapping| {
            sources.in_force.iter().find(|other| other.name == source.name).cloned()
        };
        let name = |source: &Arc<Mapping>| source.name.as_str().to_owned();
        let (mut added, mut changed, mut unchanged) = (Vec::new(), Vec::new(), 0);
        for source in &next.in_force {
            match of(self, source) {
                None => added.push(name(source)),
                Some(before) if before != *source => changed.push(name(source)),
                Some(_) => unchanged += 1,
            }
        }
        let removed = self.in_force.iter().filter(|source| of(next, source).is_none()).map(name).collect();
        Changes { added, removed, changed, unchanged }
    }

    /// Those whose place in a stream nobody of `next` goes on from.
    fn left_by<'a>(&'a self, next: &'a Self) -> impl Iterator<Item = &'a Arc<Mapping>> {
        let is_left = |source: &&Arc<Mapping>| {
            let goes_on = next.of_stream(source.name.as_str());
            source.stream.is_some() && goes_on.is_none_or(|other| other.stream != source.stream)
        };
        self.in_force.iter().filter(is_left)
    }
}

impl Bus {
    /// Those in force, and word of it when others are.
    pub fn sources(&self) -> watch::Receiver<Arc<Sources>> {
        self.sources.subscribe()
    }

    /// Puts these in force. A node that `takes_in` events has EVENTS take in their subjects first: where that is refused, or
    /// NATS is away, nothing changes. Another one leaves that to the one that does, and says so when it does itself.
    pub async fn put_in_force(
        &self,
        wanted: Vec<Mapping>,
        read_at: OffsetDateTime,
        takes_in: bool,
    ) -> Result<Changes, Error> {
        let before = Arc::clone(&self.sources.borrow());
        let next = Sources::new(wanted, read_at);
        let changes = before.changes(&next);
        if takes_in && before.subjects() != next.subjects() {
            // What comes from a new subject is known before it can come, and so it stays where nobody can say whether it will.
            self.sources.send_replace(Arc::new(before.knowing(&next.in_force)));
            self.take_in(&next).await?;
        }
        let next = Sources { besides: before.besides.clone(), ..next }.knowing(&before.in_force);
        self.sources.send_replace(Arc::new(next.clone()));
        for left in before.left_by(&next) {
            if let Err(error) = self.let_go(left).await {
                let source = left.name.as_str();
                tracing::warn!(source, %error, "the consumer of a source that is gone stays until somebody deletes it");
            }
        }
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-02 03:04:05 UTC);

    fn mapping(name: &str, subject: &str, stream: Option<&str>) -> Mapping {
        Mapping {
            name: name.parse().unwrap(),
            subject: subject.parse().unwrap(),
            stream: stream.map(str::to_owned),
            tenant: "fixed:acme".parse().unwrap(),
            event_type: "token:2".parse().unwrap(),
            type_prefix: String::new(),
            event_id: None,
            timestamp: None,
        }
    }

    fn sources(all: &[(&str, &str, Option<&str>)]) -> Sources {
        Sources::new(all.iter().map(|(name, subject, stream)| mapping(name, subject, *stream)).collect(), NOW)
    }

    #[test]
    fn what_is_different_is_named() {
        let before = sources(&[("a", "a.>", None), ("b", "b.>", None), ("c", "c.>", Some("C"))]);
        let next = sources(&[("c", "c.>", Some("OTHER")), ("d", "d.>", None), ("a", "a.>", None)]);
        let [added, removed, changed] = ["d", "b", "c"].map(|name| vec![name.to_owned()]);
        assert_eq!(before.changes(&next), Changes { added, removed, changed, unchanged: 1 });
        let left: Vec<_> = before.left_by(&next).map(|source| source.name.as_str()).collect();
        assert_eq!(left, ["c"]);
        assert_eq!(next.subjects(), ["events.>", "d.>", "a.>"]);
        assert_eq!(next.of_streams(), ["c"]);
    }

    #[test]
    fn what_was_in_force_still_has_rules_and_those_in_force_come_first() {
        let (before, next) = (sources(&[("a", "a.>", None)]), sources(&[("b", "a.b", None)]));
        let next = next.knowing(&before.in_force);
        let name = |subject| next.of_subject(subject).map(|source| source.name.as_str().to_owned());
        assert_eq!(name("a.b").as_deref(), Some("b"));
        assert_eq!(name("a.c").as_deref(), Some("a"));
        assert_eq!(name("b"), None);
        assert_eq!(next.subjects(), ["events.>", "a.b"]);
    }

    #[test]
    fn former_rules_are_forgotten_at_last() {
        let mut all = sources(&[]);
        for n in 0..=FORMER_MAX {
            all = all.knowing(&sources(&[("a", &format!("a.{n}"), None)]).in_force);
        }
        assert_eq!(all.besides.len(), FORMER_MAX);
        assert!(all.of_subject("a.0").is_none() && all.of_subject("a.1").is_some());
    }
}
