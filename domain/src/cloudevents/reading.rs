//! A CloudEvent while it is read: what was found of it, in either mode, and what is wrong with it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::attribute::{NOT_A_NAME, filled, is_name, uri, uri_reference, vetted};
use super::data::Unfit;
use super::{Attributes, CloudEvent, EXTENSIONS_MAX, Named, PREFIX, Refused, Value, WRONG_MAX, Wrong};
use crate::event::{EventKey, instant};
use crate::matching::EventType;

/// Where attributes stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    Members,
    Headers,
}

pub struct Reading {
    stand: Stand,
    given: BTreeMap<String, Value>,
    wrong: Vec<Wrong>,
}

impl Reading {
    pub fn new(stand: Stand) -> Self {
        Self { stand, given: BTreeMap::new(), wrong: Vec::new() }
    }

    /// How an attribute is called where it stands.
    fn place(&self, name: &str) -> String {
        match (self.stand, name) {
            (_, "") => String::new(),
            (Stand::Members, name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            (Stand::Headers, "datacontenttype") => "Content-Type".to_owned(),
            (Stand::Headers, name) => format!("{PREFIX}{name}"),
        }
    }

    pub fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        if self.wrong.len() < WRONG_MAX {
            let name: String = name.chars().take(200).collect();
            self.wrong.push(Wrong { place: self.place(&name), detail: detail.into() });
        }
    }

    pub fn give(&mut self, name: &str, value: Value) {
        if !is_name(name) || name == "data" {
            return self.refuse(name, NOT_A_NAME);
        }
        match vetted(value) {
            Ok(value) => {
                if self.given.insert(name.to_owned(), value).is_some() {
                    self.refuse(name, "is there twice");
                }
            }
            Err(detail) => self.refuse(name, detail),
        }
    }

    /// What the data are said to be.
    pub fn content_type(&self) -> Option<&str> {
        match self.given.get("datacontenttype") {
            Some(Value::Text(text)) => Some(text),
            Some(Value::Flag(_) | Value::Number(_)) | None => None,
        }
    }

    /// Whether nothing was found of it, be it right or wrong.
    fn lacks(&self, name: &str) -> bool {
        let place = self.place(name);
        !self.given.contains_key(name) && !self.wrong.iter().any(|wrong| wrong.place == place)
    }

    fn take<T>(&mut self, name: &str, parse: impl FnOnce(String) -> Result<T, String>) -> Option<T> {
        let read = match self.given.remove(name)? {
            Value::Text(text) => parse(text),
            Value::Flag(_) | Value::Number(_) => Err("must be a text".to_owned()),
        };
        read.map_err(|detail| self.refuse(name, detail)).ok()
    }

    fn required<T>(&mut self, name: &str, parse: impl FnOnce(String) -> Result<T, String>) -> Option<T> {
        if self.lacks(name) {
            self.refuse(name, "is required");
        }
        self.take(name, parse)
    }

    fn payload(
        &mut self,
        data: Result<Option<Box<RawValue>>, Unfit>,
    ) -> Result<Option<Box<RawValue>>, Refused> {
        match data {
            Ok(data) => return Ok(data),
            Err(Unfit::NotJson(error)) => return Err(Refused::NotJson(error)),
            Err(Unfit::Type(detail)) => self.refuse("datacontenttype", detail),
            // A body has no name.
            Err(Unfit::Data(detail)) => {
                self.refuse(if self.stand == Stand::Members { "data" } else { "" }, detail);
            }
        }
        Ok(None)
    }

    /// The CloudEvent, or all that is wrong with it.
    pub fn end(
        mut self,
        named: Named,
        data: Result<Option<Box<RawValue>>, Unfit>,
    ) -> Result<CloudEvent, Refused> {
        let version = |text: String| if text == "1.0" { Ok(()) } else { Err("must be 1.0".to_owned()) };
        self.required("specversion", version);
        let id = self.required("id", |text| EventKey::parse(&text).map_err(|error| error.to_string()));
        let source = self.required("source", uri_reference);
        let needs_type = named.event_type.is_none();
        let types = self.required("type", |text| typed(text, needs_type));
        let time = self.take("time", |text| instant(&text).map_err(str::to_owned));
        let subject = self.take("subject", filled);
        let dataschema = self.take("dataschema", uri);
        let content_type = self.take("datacontenttype", filled);
        let data = self.payload(data)?;
        if self.given.len() > EXTENSIONS_MAX {
            self.refuse("", format!("may have {EXTENSIONS_MAX} extensions, and has {}", self.given.len()));
        }
        let (true, Some(id), Some(source), Some((kind, own_type))) =
            (self.wrong.is_empty(), id, source, types)
        else {
            return Err(Refused::Wrong(self.wrong));
        };
        let Some(event_type) = named.event_type.or(own_type) else {
            return Err(Refused::Wrong(self.wrong));
        };
        let is_own_key = named.key.is_none();
        let key = named.key.unwrap_or_else(|| id.clone());
        let is_plain = |text: &String| text.eq_ignore_ascii_case("application/json");
        let attributes = Attributes {
            source,
            id: (key != id).then(|| id.as_str().to_owned()),
            kind: (event_type.as_str() != kind).then_some(kind),
            subject,
            dataschema,
            // Of what is not there, nothing is said.
            datacontenttype: content_type.filter(|text| data.is_some() && !is_plain(text)),
            extensions: self.given,
        };
        Ok(CloudEvent {
            event_type,
            key,
            occurred_at: named.occurred_at.or(time),
            data: data.unwrap_or_else(|| RawValue::NULL.to_owned()),
            attributes,
            is_own_key,
        })
    }
}

/// A `type` as it is, and as the event's type where it is to be one.
fn typed(text: String, is_needed: bool) -> Result<(String, Option<EventType>), String> {
    let own = is_needed.then(|| text.parse::<EventType>()).transpose().map_err(|error| error.to_string())?;
    Ok((filled(text)?, own))
}
