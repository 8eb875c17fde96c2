//! The sources of a configuration laid over each other: key by key the later wins, and each value remembers where
//! it came from. Nothing is understood here; the reader does that.

use std::collections::BTreeMap;

use super::{
    Environment, Sources,
    problem::{Origin, Problem},
};

/// A value as it was written.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// From a file: it has a type already.
    Toml(toml::Value),
    /// From a variable: the key decides how it is read.
    Text(String),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub raw: Raw,
    pub origin: Origin,
}

/// Every key with its winning value.
#[derive(Default)]
pub(super) struct Layers {
    pub entries: BTreeMap<String, Entry>,
    pub environment: Option<Environment>,
    pub problems: Vec<Problem>,
}

pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");
const PREFIX: &str = "HOOKYARD__";
const ENVIRONMENT: &str = "HOOKYARD_ENV";
const PORT: &str = "PORT";

/// The short variables, weakest first, and the key each sets.
const SHORT: [(&str, &str); 5] = [
    ("PG_URL", "postgres.url"),
    ("DATABASE_URL", "postgres.url"),
    ("NATS_URL", "nats.url"),
    ("BASE_URL", "server.base_url"),
    ("HOOKYARD_OPERATOR_KEY", "server.operator_key"),
];

impl Layers {
    pub(super) fn collect<E: IntoIterator<Item = (String, String)>>(sources: Sources<E>) -> Self {
        let env: BTreeMap<String, String> =
            sources.env.into_iter().filter(|(name, _)| Self::knows(name)).collect();
        let mut layers = Self::default();
        layers.file(DEFAULTS, &Origin::Default);
        layers.environment(env.get(ENVIRONMENT).map(String::as_str));
        if let Some(path) = sources.file {
            let origin = Origin::File(path.display().to_string());
            match std::fs::read_to_string(&path) {
                Ok(text) => layers.file(&text, &origin),
                Err(error) => {
                    layers.problem(
                        "--config",
                        origin,
                        error.to_string(),
                        "name a TOML file that can be read",
                    );
                }
            }
        }
        layers.short(&env);
        layers.variables(&env);
        layers
    }

    /// Whether a variable of this name could be for us.
    pub(super) fn knows(name: &str) -> bool {
        name.starts_with("HOOKYARD_") || name == PORT || SHORT.iter().any(|(short, _)| *short == name)
    }

    pub(super) fn problem(
        &mut self,
        key: &str,
        origin: Origin,
        wrong: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.problems.push(Problem { key: key.to_owned(), origin, wrong: wrong.into(), right: right.into() });
    }

    fn set(&mut self, key: impl Into<String>, raw: Raw, origin: &Origin) {
        self.entries.insert(key.into(), Entry { raw, origin: origin.clone() });
    }

    fn environment(&mut self, name: Option<&str>) {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return };
        let Some(environment) = Environment::ALL.into_iter().find(|e| e.name() == name) else {
            let origin = Origin::Variable(ENVIRONMENT.to_owned());
            let wrong = format!("{name:?} is no environment");
            self.problem("environment", origin, wrong, "give development, staging or production");
            return;
        };
        let text = match environment {
            Environment::Development => include_str!("../../config/development.toml"),
            Environment::Staging => include_str!("../../config/staging.toml"),
            Environment::Production => include_str!("../../config/production.toml"),
        };
        self.file(text, &Origin::Environment(environment.name()));
        self.environment = Some(environment);
    }

    fn file(&mut self, text: &str, origin: &Origin) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The message alone: the crate's full print quotes the line, which may hold a secret.
                let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
                let wrong = format!("line {line} is not TOML: {}", error.message().replace('\n', ", "));
                return self.problem("file", origin.clone(), wrong, "correct the line");
            }
        };
        self.section("", table, origin);
    }

    /// Keys that are none of ours, outside any section too, the reader does not know and will say so.
    fn section(&mut self, of: &str, table: toml::Table, origin: &Origin) {
        for (name, value) in table {
            let key = if of.is_empty() { name } else { format!("{of}.{name}") };
            if let toml::Value::Table(inner) = value {
                self.section(&key, inner, origin);
            } else {
                self.set(key, Raw::Toml(value), origin);
            }
        }
    }

    /// An empty short variable counts as absent: compose files pass on what is not set as "".
    fn short(&mut self, env: &BTreeMap<String, String>) {
        for (name, key) in SHORT {
            if let Some(value) = env.get(name).filter(|value| !value.is_empty()) {
                self.set(key, Raw::Text(value.clone()), &Origin::Short(name));
            }
        }
        if let Some(port) = env.get(PORT).filter(|port| !port.is_empty()) {
            let listen =
                self.entries.get("server.listen").and_then(|entry| entry.raw.text()).unwrap_or_default();
            let host = listen.rsplit_once(':').map_or("0.0.0.0", |(host, _)| host).to_owned();
            self.set("server.listen", Raw::Text(format!("{host}:{port}")), &Origin::Short(PORT));
        }
    }

    fn variables(&mut self, env: &BTreeMap<String, String>) {
        for (name, value) in env {
            let origin = Origin::Variable(name.clone());
            if let Some(path) = name.strip_prefix(PREFIX) {
                let key = path.to_ascii_lowercase().replace("__", ".");
                self.set(key, Raw::Text(value.clone()), &origin);
            } else if let Some(key) = self.one_underscore(name) {
                let right = format!("write {} with two underscores", origin.spell(&key));
                self.problem(&key, origin, "the name of the variable is not understood", right);
            }
        }
    }

    /// The key that `HOOKYARD_SERVER_LISTEN` was meant to set, were its underscores doubled.
    fn one_underscore(&self, name: &str) -> Option<String> {
        if SHORT.iter().any(|(short, _)| *short == name) || name == ENVIRONMENT {
            return None;
        }
        let written = name.strip_prefix("HOOKYARD_")?.to_ascii_lowercase();
        self.entries.keys().find(|key| key.replace('.', "_") == written).cloned()
    }
}
