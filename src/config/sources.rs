//! `[[sources]]`: subjects of NATS, other people's, whose messages become events.

use domain::mapping::{Mapping, Rule, SubjectPattern};
use serde::Deserialize;
use serde_json::{Value, json};

use super::reader::Reader;

pub(super) const KEY: &str = "sources";
const SOURCES_MAX: usize = 100;
/// Subjects that Hookyard's own streams have, and who else's would have them too.
const OWN: [&str; 4] = ["events.>", "deliver.>", "retry.>", "again.>"];

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    subject: String,
    kind: Kind,
    #[serde(default)]
    stream: String,
    tenant: String,
    r#type: String,
    #[serde(default)]
    type_prefix: String,
    #[serde(default)]
    event_id: String,
    #[serde(default)]
    timestamp: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Published plainly: EVENTS takes the subject in.
    Core,
    /// In a stream that there is already.
    Stream,
}

/// Of one of them.
pub(super) fn schema() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    let of_message = "token:N, token:N.., header:NAME or pointer:/PATH";
    json!({
        "type": "object",
        "properties": {
            "name": text("in logs, and in the name of the consumer hookyard_<name>"),
            "subject": text("whose messages become events, with * and > as NATS has them"),
            "kind": {"enum": ["core", "stream"], "description": "published plainly, or in a stream that there is"},
            "stream": text("of the kind \"stream\", which"),
            "tenant": text(&format!("where the tenant is found: fixed:TEXT, {of_message}")),
            "type": text(&format!("where the event type is found: fixed:TEXT, {of_message}")),
            "type_prefix": text("put before the type"),
            "event_id": text(&format!("where the producer's own id is found: {of_message}")),
            "timestamp": text(&format!("where the time is found that it happened at: {of_message}")),
        },
        "required": ["name", "subject", "kind", "tenant", "type"],
        "additionalProperties": false,
    })
}

pub(super) fn read(from: &mut Reader) -> Vec<Mapping> {
    let sources = from.tables(KEY, read_one);
    if sources.len() > SOURCES_MAX {
        from.refuse(KEY, format!("there are {}", sources.len()), format!("give at most {SOURCES_MAX}"));
    }
    for (at, source) in sources.iter().enumerate() {
        let (name, before) = (source.name.as_str(), &sources[..at]);
        if before.iter().any(|other| other.name == source.name) {
            from.refuse(KEY, format!("two are called {name}"), "give each a name of its own");
        }
        let is_core = |other: &&Mapping| other.stream.is_none();
        let twin = before.iter().filter(is_core).find(|other| other.subject.overlaps(&source.subject));
        if let Some(twin) = twin.filter(|_| is_core(&source)) {
            let wrong = format!("a message could be of {} and of {name}", twin.name.as_str());
            from.refuse(KEY, wrong, "give them subjects that do not overlap");
        }
    }
    sources
}

fn read_one(written: Written) -> Result<Mapping, String> {
    let Written { name, subject, kind, stream, tenant, r#type, type_prefix, event_id, timestamp } = written;
    let of = |what: &'static str| move |why: String| format!("{what}: {why}");
    let optional = |text: String| (!text.is_empty()).then(|| text.parse::<Rule>()).transpose();
    let subject: SubjectPattern = subject.parse().map_err(of("subject"))?;
    let is_own = |own: &&str| own.parse().is_ok_and(|own: SubjectPattern| own.overlaps(&subject));
    let is_name = stream.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let is_ours = ["EVENTS", "RETRIES"].contains(&stream.as_str()) || stream.starts_with("DELIVERIES_");
    match kind {
        Kind::Core if !stream.is_empty() => return Err("stream: only of kind \"stream\"".to_owned()),
        Kind::Core if OWN.iter().any(is_own) => {
            return Err("subject: Hookyard's own begin so".to_owned());
        }
        Kind::Stream if stream.is_empty() || !is_name => {
            return Err("stream: name it, in letters, digits, - and _".to_owned());
        }
        Kind::Stream if is_ours => return Err("stream: it is Hookyard's own".to_owned()),
        Kind::Core | Kind::Stream => {}
    }
    Ok(Mapping {
        name: name.parse().map_err(of("name"))?,
        subject,
        stream: (kind == Kind::Stream).then_some(stream),
        tenant: tenant.parse().map_err(of("tenant"))?,
        event_type: r#type.parse().map_err(of("type"))?,
        type_prefix,
        event_id: optional(event_id).map_err(of("event_id"))?,
        timestamp: optional(timestamp).map_err(of("timestamp"))?,
    })
}
