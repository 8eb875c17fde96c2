//! The JSON Schema of the settings, for editors: from what reads them, with the defaults and the words of
//! `config/default.toml`.
//!
//! Left out: what each value allows but the whole does not. `check-config` says that.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::layers::{DEFAULTS, Layers, Raw};
use super::reader::Reader;
use super::shape::Shape;
use super::{Config, Sources, sources};

/// The longer unit first, each at most once.
const SPAN: &str = "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

/// A setting, as a person reads of it.
#[derive(Debug)]
pub(super) struct Setting {
    pub key: String,
    pub shape: Shape,
    pub default: Raw,
    /// What config/default.toml says of it.
    pub about: String,
}

/// Every setting there is, in the order of their keys.
pub(super) fn settings() -> Vec<Setting> {
    let none = Sources { file: None, env: Vec::new() };
    let mut from = Reader::new(Layers::collect(none));
    // What is read is wrong, since required keys are missing; what was asked for is the same.
    let _ = Config::read(&mut from);
    let mut about = comments(DEFAULTS);
    let setting = |(key, shape, default)| {
        let about = about.remove(&key).unwrap_or_default();
        Setting { key, shape, default, about }
    };
    from.asked().into_iter().map(setting).collect()
}

/// The comment of each key: behind its value, and on the lines below that have nothing else.
fn comments(text: &str) -> BTreeMap<String, String> {
    let (mut of, mut section, mut key) = (BTreeMap::<String, String>::new(), String::new(), None::<String>);
    for line in text.lines() {
        let (code, comment) = line.split_once("# ").unwrap_or((line, ""));
        if let Some(name) = code.trim().strip_prefix('[').and_then(|name| name.strip_suffix(']'))
            && !line.starts_with(' ')
        {
            (section, key) = (name.to_owned(), None);
            continue;
        }
        if let Some((name, _)) = code.split_once(" = ") {
            key = Some(if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") });
        } else if code.trim().is_empty() && !line.starts_with(' ') {
            key = None;
        }
        if let Some(key) = key.as_ref().filter(|_| !comment.is_empty()) {
            let about = of.entry(key.clone()).or_default();
            if !about.is_empty() {
                about.push(' ');
            }
            about.push_str(comment.trim());
        }
    }
    of.insert(
        sources::KEY.to_owned(),
        "subjects of NATS whose messages become events, besides events.<tenant>.<event type>".to_owned(),
    );
    of
}

impl Config {
    /// What a file of settings may hold.
    pub fn schema() -> Value {
        let mut root = Map::new();
        for setting in settings() {
            let mut path: Vec<&str> = setting.key.split('.').collect();
            let name = path.pop().unwrap_or_default();
            let properties = section(&mut root, &path);
            if setting.shape.is_secret() {
                let about = format!("path of a file with {}, instead of it", setting.key);
                properties.insert(format!("{name}_file"), json!({"type": "string", "description": about}));
            }
            properties.insert(name.to_owned(), of(&setting));
        }
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Hookyard's settings",
            "description": "As files of settings have them: config/default.toml, and that of --config.",
            "type": "object",
            "properties": root,
            "additionalProperties": false,
        })
    }
}

/// The properties of a section, made where it is new.
fn section<'a>(mut properties: &'a mut Map<String, Value>, path: &[&str]) -> &'a mut Map<String, Value> {
    for name in path {
        let found = properties
            .entry(*name)
            .or_insert_with(|| json!({"type": "object", "properties": {}, "additionalProperties": false}));
        match found.get_mut("properties") {
            Some(Value::Object(inner)) => properties = inner,
            // A setting is no section beside: the reader would know one key twice.
            _ => unreachable!("{name} is a section"),
        }
    }
    properties
}

fn of(setting: &Setting) -> Value {
    let mut schema = match &setting.shape {
        Shape::Text | Shape::Secret => json!({"type": "string"}),
        Shape::Choice(words) => json!({"enum": words}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Count { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::Span { .. } => json!({"type": "string", "pattern": SPAN}),
        Shape::Texts | Shape::Secrets => json!({"type": "array", "items": {"type": "string"}}),
        Shape::Counts { least, most } => {
            json!({"type": "array", "items": {"type": "integer", "minimum": least, "maximum": most}})
        }
        Shape::Tables => json!({"type": "array", "items": sources::schema()}),
    };
    let mut about = setting.about.clone();
    if let Shape::Span { least, most } = &setting.shape {
        // No pattern holds a span against a range.
        about = format!("{about} ({least} to {most})");
    }
    schema["description"] = json!(about);
    if let Raw::Toml(value) = &setting.default {
        schema["default"] = json!(value);
    }
    schema
}
