//! What is printed where: a value of an event, escaped for its target.

use std::borrow::Cow;

use minijinja::{Error, ErrorKind, Output, Value};

use crate::message::Provider;
use crate::message::markup::Markup;

/// Where a template's text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The body of an HTTP request: JSON.
    Http,
    Discord,
    Slack,
}

impl Target {
    /// Who reads messages made with it.
    pub fn provider(self) -> Option<Provider> {
        match self {
            Self::Http => None,
            Self::Discord => Some(Provider::Discord),
            Self::Slack => Some(Provider::Slack),
        }
    }

    pub(super) fn markup(self) -> Option<Markup> {
        match self {
            Self::Http => None,
            Self::Discord => Some(Markup::Discord),
            Self::Slack => Some(Markup::Slack),
        }
    }
}

/// What a template renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Json,
}

impl Form {
    /// JSON for a body, and where the template's own text begins as an object does: `{` that opens no tag.
    pub(super) fn of(source: &str, target: Target) -> Self {
        let mut rest = source.trim_start();
        loop {
            let close = match rest.as_bytes() {
                [b'{', b'%', ..] => "%}",
                [b'{', b'#', ..] => "#}",
                [b'{', b'{', ..] => break,
                [b'{', ..] => return Self::Json,
                _ => break,
            };
            let Some(end) = rest.find(close) else { break };
            rest = rest[end + close.len()..].trim_start();
        }
        if target == Target::Http { Self::Json } else { Self::Text }
    }
}

/// Prints a value as the template's author means it: nothing for null and for what is not there, text escaped, lists and
/// objects as JSON.
pub(super) fn print(out: &mut Output<'_>, value: &Value, target: Target, form: Form) -> Result<(), Error> {
    let text = if value.is_safe() {
        Cow::Borrowed(value.as_str().unwrap_or_default())
    } else {
        Cow::Owned(escaped(value, target, form)?)
    };
    out.write_str(&text).map_err(Error::from)
}

pub(super) fn escaped(value: &Value, target: Target, form: Form) -> Result<String, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(String::new());
    }
    let is_structure = value.as_str().is_none() && !value.is_number() && !is_bool(value);
    if is_structure && form == Form::Json {
        return json(value, target, form);
    }
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None if is_structure => json(value, Target::Http, form)?,
        None => value.to_string(),
    };
    let text = target.markup().map_or(text.clone(), |markup| markup.escape(&text));
    Ok(match form {
        Form::Text => text,
        Form::Json => {
            let quoted = serde_json::Value::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
    })
}

/// A value as JSON. In a message that is JSON, the texts in it are escaped as any text of an event is.
pub(super) fn json(value: &Value, target: Target, form: Form) -> Result<String, Error> {
    let mut json = serde_json::to_value(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    if let (Some(markup), Form::Json) = (target.markup(), form) {
        escape_within(&mut json, markup);
    }
    Ok(json.to_string())
}

fn escape_within(json: &mut serde_json::Value, markup: Markup) {
    match json {
        serde_json::Value::String(text) => *text = markup.escape(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| escape_within(item, markup)),
        serde_json::Value::Object(members) => {
            members.values_mut().for_each(|member| escape_within(member, markup));
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

fn is_bool(value: &Value) -> bool {
    value.kind() == minijinja::value::ValueKind::Bool
}
