//! Reads typed values out of the layers. A value that cannot be read becomes a problem and a stand-in, so that the
//! reading goes on and finds the next; the stand-ins are never seen, since one problem refuses the whole.

use std::{collections::BTreeMap, ops::RangeInclusive, path::PathBuf, time::Duration};

use domain::span::Span;
use serde::de::DeserializeOwned;

use super::{
    Environment,
    layers::{Entry, Layers, Raw},
    problem::{Origin, Problem, nearest},
    secret::Secret,
    shape::Shape,
};

/// One line of `Config::explain`.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub key: String,
    pub value: String,
    pub origin: Origin,
    /// What `value` masks.
    masked: Option<Secret>,
}

impl Shown {
    /// What it is, to be compared.
    pub(super) fn said(&self) -> &str {
        self.masked.as_ref().map_or(self.value.as_str(), Secret::expose)
    }
}

pub(super) struct Reader {
    layers: Layers,
    /// Every key that was asked for, and as what.
    known: BTreeMap<String, Shape>,
    shown: Vec<Shown>,
}

impl Reader {
    pub(super) fn new(layers: Layers) -> Self {
        Self { layers, known: BTreeMap::new(), shown: Vec::new() }
    }

    pub(super) fn environment(&self) -> Option<Environment> {
        self.layers.environment
    }

    /// Refuses a value that can be read but does not fit with the others.
    pub(super) fn refuse(&mut self, key: &str, wrong: impl Into<String>, right: impl Into<String>) {
        let origin = self.layers.entries.get(key).map_or(Origin::Default, |entry| entry.origin.clone());
        // Said once: what could not be read is not compared too.
        if self.layers.problems.iter().all(|problem| problem.key != key) {
            self.layers.problem(key, origin, wrong, right);
        }
    }

    /// What was read, or everything that was wrong, keys that nobody read included.
    pub(super) fn finish(mut self) -> Result<Vec<Shown>, Vec<Problem>> {
        let unknown: Vec<(String, Origin)> = (self.layers.entries.iter())
            .filter(|(key, _)| !self.knows(key))
            .map(|(key, entry)| (key.clone(), entry.origin.clone()))
            .collect();
        let files: Vec<String> = self.secrets_known().map(|key| format!("{key}_file")).collect();
        for (key, origin) in unknown {
            let known = self.known.keys().chain(&files).map(String::as_str);
            let right = match nearest(&key, known) {
                Some(known) => format!("did you mean {}?", origin.spell(known)),
                None => "remove it; config/default.toml lists every key".to_owned(),
            };
            self.layers.problem(&key, origin, "there is no such key", right);
        }
        if self.layers.problems.is_empty() { Ok(self.shown) } else { Err(self.layers.problems) }
    }

    /// What was wrong with what was read, and with the sources themselves.
    pub(super) fn finish_part(self) -> Result<(), Vec<Problem>> {
        if self.layers.problems.is_empty() { Ok(()) } else { Err(self.layers.problems) }
    }

    fn knows(&self, key: &str) -> bool {
        let of_file = || key.strip_suffix("_file").and_then(|key| self.known.get(key));
        self.known.contains_key(key) || of_file().is_some_and(Shape::is_secret)
    }

    fn secrets_known(&self) -> impl Iterator<Item = &String> {
        self.known.iter().filter(|(_, shape)| shape.is_secret()).map(|(key, _)| key)
    }

    /// Every key that was asked for, as what, and its value.
    pub(super) fn asked(self) -> Vec<(String, Shape, Raw)> {
        let Self { layers: Layers { mut entries, .. }, known, .. } = self;
        let with_value = |(key, shape)| entries.remove(&key).map(|entry| (key, shape, entry.raw));
        known.into_iter().filter_map(with_value).collect()
    }

    pub(super) fn text(&mut self, key: &str) -> String {
        self.value(key, Shape::Text, "give a text", |raw| raw.text().map(str::to_owned)).unwrap_or_default()
    }

    /// A path, or `None` where the text is empty.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        Some(self.text(key)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    /// A text that `parse` understands, or `None` where it is empty.
    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        right: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.value(key, Shape::Text, right, |raw| match raw.text()? {
            "" => Some(None),
            text => parse(text).map(Some),
        })
        .flatten()
    }

    /// One of a few words; the first stands in for what is none.
    pub(super) fn choice<T: Copy, const N: usize>(&mut self, key: &str, of: [(&'static str, T); N]) -> T {
        let words: Vec<&str> = of.iter().map(|(word, _)| *word).collect();
        let right = format!("give one of {}", words.join(", "));
        let parse = |raw: &Raw| {
            let text = raw.text()?;
            of.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        };
        self.value(key, Shape::Choice(words), &right, parse).unwrap_or(of[0].1)
    }

    pub(super) fn flag(&mut self, key: &str) -> bool {
        let parse = |raw: &Raw| match raw {
            Raw::Toml(value) => value.as_bool(),
            Raw::Text(text) => text.parse().ok(),
        };
        self.value(key, Shape::Flag, "give true or false", parse).unwrap_or_default()
    }

    /// A whole number within `range`.
    pub(super) fn count<T: TryFrom<u64> + Default>(&mut self, key: &str, range: RangeInclusive<u64>) -> T {
        let right = format!("give a whole number from {} to {}", range.start(), range.end());
        let parse = |raw: &Raw| {
            let number = match raw {
                Raw::Toml(value) => value.as_integer().and_then(|n| u64::try_from(n).ok()),
                Raw::Text(text) => text.replace('_', "").parse().ok(),
            };
            number.filter(|n| range.contains(n)).and_then(|n| T::try_from(n).ok())
        };
        let shape = Shape::Count { least: *range.start(), most: *range.end() };
        self.value(key, shape, &right, parse).unwrap_or_default()
    }

    pub(super) fn span(&mut self, key: &str, range: RangeInclusive<Duration>) -> Span {
        let (least, most) = (span_of(*range.start()), span_of(*range.end()));
        let right = format!("give a span from {least} to {most}, like 15s or 5m");
        let parse = |raw: &Raw| raw.text()?.parse().ok().filter(|span| (least..=most).contains(span));
        self.value(key, Shape::Span { least, most }, &right, parse).unwrap_or_default()
    }

    /// A list of texts, each of which `parse` understands.
    pub(super) fn list<T>(&mut self, key: &str, right: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let parse = |raw: &Raw| raw.texts()?.iter().map(|text| parse(text)).collect();
        self.value(key, Shape::Texts, right, parse).unwrap_or_default()
    }

    /// A list of whole numbers within `range`.
    pub(super) fn counts<T: TryFrom<u64>>(&mut self, key: &str, range: RangeInclusive<u64>) -> Vec<T> {
        let right = format!("give a list of whole numbers from {} to {}", range.start(), range.end());
        let parse = |raw: &Raw| {
            let numbers: Vec<u64> = match raw {
                Raw::Toml(value) => value.clone().try_into().ok()?,
                Raw::Text(text) => serde_json::from_str(text).ok()?,
            };
            let read = |n: u64| T::try_from(n).ok().filter(|_| range.contains(&n));
            numbers.into_iter().map(read).collect()
        };
        let shape = Shape::Counts { least: *range.start(), most: *range.end() };
        self.value(key, shape, &right, parse).unwrap_or_default()
    }

    /// Tables, as `[[key]]` has them, or a list of objects in JSON; `read` says what is wrong with one.
    pub(super) fn tables<T: DeserializeOwned, R>(
        &mut self,
        key: &str,
        read: impl Fn(T) -> Result<R, String>,
    ) -> Vec<R> {
        self.known.insert(key.to_owned(), Shape::Tables);
        let Some(Entry { raw, origin }) = self.layers.entries.get(key).cloned() else { return Vec::new() };
        let tables: Result<Vec<T>, String> = match &raw {
            Raw::Toml(value) => value.clone().try_into().map_err(|error| error.message().to_owned()),
            Raw::Text(text) => serde_json::from_str(text).map_err(|error| error.to_string()),
        };
        let one = |(at, table)| read(table).map_err(|why| format!("number {}: {why}", at + 1));
        let read = tables.and_then(|tables| tables.into_iter().enumerate().map(one).collect());
        let read: Vec<R> = read.unwrap_or_else(|wrong| {
            let right = format!("give a list of tables, [[{key}]]; config/default.toml shows one");
            self.layers.problem(key, origin.clone(), wrong, right);
            Vec::new()
        });
        self.shown.push(Shown { key: key.to_owned(), value: raw.show(), origin, masked: None });
        read
    }

    /// A secret, given itself or as the path of a file that holds it; `None` where both are empty.
    pub(super) fn secret(&mut self, key: &str) -> Option<Secret> {
        let Entry { raw, origin } = self.secret_entry(key, Shape::Secret)?;
        let text = raw.text().map(str::to_owned);
        let masked = match text.as_deref() {
            Some("") => "\"\"".to_owned(),
            Some(text) => mask(text),
            None => "***".to_owned(),
        };
        let shown = Some(Secret::new(raw.show()));
        self.shown.push(Shown { key: key.to_owned(), value: masked, origin: origin.clone(), masked: shown });
        if text.is_none() {
            self.layers.problem(key, origin, "the value is not a text", "give a text");
        }
        text.filter(|text| !text.is_empty()).map(Secret::new)
    }

    /// A list of secrets; in a file one a line.
    pub(super) fn secrets<T>(&mut self, key: &str, right: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let Some(Entry { raw, origin }) = self.secret_entry(key, Shape::Secrets) else { return Vec::new() };
        let read: Option<Vec<T>> =
            raw.texts().and_then(|texts| texts.iter().map(|text| parse(text)).collect());
        let value = format!("[{}]", vec!["***"; read.as_ref().map_or(0, Vec::len)].join(", "));
        let masked = Some(Secret::new(raw.show()));
        self.shown.push(Shown { key: key.to_owned(), value, origin: origin.clone(), masked });
        if read.is_none() {
            self.layers.problem(key, origin, "the value (not shown) cannot be read", right);
        }
        read.unwrap_or_default()
    }

    /// The entry of a secret key, be it the value or the content of the file that `<key>_file` names.
    fn secret_entry(&mut self, key: &str, shape: Shape) -> Option<Entry> {
        let file_key = format!("{key}_file");
        self.known.insert(key.to_owned(), shape);
        let own = self.layers.entries.get(key).cloned();
        let file = self.layers.entries.get(&file_key).cloned();
        // As everywhere, an empty text is none.
        let Some(file) = file.filter(|file| file.raw.text() != Some("")) else { return own };
        let own_rank = own.as_ref().map_or(0, |own| own.origin.rank());
        if own_rank > file.origin.rank() {
            return own;
        }
        if own_rank == file.origin.rank() {
            let wrong = format!("{key} is given beside it");
            self.layers.problem(&file_key, file.origin, wrong, "give one of the two");
            return None;
        }
        let Some(path) = file.raw.text() else {
            self.layers.problem(
                &file_key,
                file.origin,
                "the value is not a path",
                "name a file that holds the secret",
            );
            return None;
        };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let line = text.strip_suffix('\n').unwrap_or(&text);
                let line = line.strip_suffix('\r').unwrap_or(line);
                Some(Entry { raw: Raw::Text(line.to_owned()), origin: file.origin })
            }
            Err(error) => {
                let wrong = format!("{path}: {error}");
                self.layers.problem(&file_key, file.origin, wrong, "name a file that can be read");
                None
            }
        }
    }

    fn value<T>(
        &mut self,
        key: &str,
        shape: Shape,
        right: &str,
        parse: impl FnOnce(&Raw) -> Option<T>,
    ) -> Option<T> {
        self.known.insert(key.to_owned(), shape);
        let Some(Entry { raw, origin }) = self.layers.entries.get(key).cloned() else {
            self.layers.problem(key, Origin::Default, "the key has no value", right);
            return None;
        };
        let value = raw.show();
        let parsed = parse(&raw);
        if parsed.is_none() {
            self.layers.problem(key, origin.clone(), format!("{value} is not understood"), right);
        }
        self.shown.push(Shown { key: key.to_owned(), value, origin, masked: None });
        parsed
    }
}

/// A length that the configuration itself names.
pub(super) fn span_of(length: Duration) -> Span {
    Span::new(length).unwrap_or_default()
}

impl Raw {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Toml(value) => value.as_str(),
            Self::Text(text) => Some(text),
        }
    }

    /// A TOML list, a JSON list, or in a secret's file one a line.
    fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::Toml(value) => value.as_array()?.iter().map(|v| v.as_str().map(str::to_owned)).collect(),
            Self::Text(text) if text.trim_start().starts_with('[') => serde_json::from_str(text).ok(),
            Self::Text(text) => {
                Some(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
            }
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Toml(value) => value.to_string(),
            Self::Text(text) => format!("{text:?}"),
        }
    }
}

/// A secret for `explain`: of a URL, which often carries a password, scheme and host are kept.
fn mask(text: &str) -> String {
    let one = |part: &str| match url::Url::parse(part.trim()) {
        Ok(url) if url.has_host() => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            let user = if url.username().is_empty() && url.password().is_none() { "" } else { "***@" };
            format!("{}://{user}{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
        }
        _ => "***".to_owned(),
    };
    text.split(',').map(one).collect::<Vec<_>>().join(",")
}
