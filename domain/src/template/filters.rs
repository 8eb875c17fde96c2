//! The filters that are ours: `date`, `truncate`, `json`, `escape`, `url`.

use std::borrow::Cow;

use minijinja::{Environment, Error, ErrorKind, State, Value};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::format_description::{OwnedFormatItem, parse_strftime_owned};

use super::escape::{self, Form, Target};
use crate::message::markup::{Markup, link};

const ELLIPSIS: &str = "…";
/// As the engine counts.
const BYTES_A_FUEL: usize = 64;
/// Of a format of `date`.
const FORMAT_CHARS_MAX: usize = 100;

pub(super) fn add(engine: &mut Environment<'_>, target: Target, form: Form) {
    engine.add_filter("date", date);
    engine.add_filter("truncate", truncate);
    let json = move |value: &Value| {
        let json = escape::json(value, target, form)?;
        // In text it is text, and escaped as such when it is printed.
        Ok::<_, Error>(if form == Form::Json { Value::from_safe_string(json) } else { Value::from(json) })
    };
    engine.add_filter("json", json);
    engine.add_filter("tojson", json);
    let escape = move |value: &Value| {
        if value.is_safe() {
            return Ok(value.clone());
        }
        escape::escaped(value, target, form).map(Value::from_safe_string)
    };
    engine.add_filter("escape", escape);
    engine.add_filter("e", escape);
    engine.add_filter("url", move |value: &Value| {
        let link = value.as_str().and_then(link).unwrap_or_default();
        let in_text = target.markup() == Some(Markup::Slack) && form == Form::Text;
        Value::from_safe_string(if in_text { link.replace('&', "&amp;") } else { link })
    });
}

/// The first `length` characters, the last of them an ellipsis where any is left out.
fn truncate(state: &State<'_, '_>, value: &Value, length: usize) -> Result<Value, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(value.clone());
    }
    let text = match value.as_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(value.to_string()),
    };
    // The engine charges for what comes out. What is looked through or written on the way may be much more.
    let read = if value.as_str().is_some() { length.min(text.len()) } else { text.len() };
    state.consume_fuel((read / BYTES_A_FUEL) as u64)?;
    if text.chars().nth(length).is_none() {
        return Ok(Value::from(text.as_ref()));
    }
    let kept: String = text.chars().take(length.saturating_sub(1)).collect();
    Ok(Value::from(if length == 0 { kept } else { kept.trim_end().to_owned() + ELLIPSIS }))
}

/// A time of RFC 3339 (or seconds since 1970) written by a named format or by one of `strftime`. What is no time is
/// left as it is.
fn date(value: &Value, format: Option<&str>) -> Result<Value, Error> {
    let at = match (value.as_str(), i64::try_from(value.clone())) {
        (Some(text), _) => OffsetDateTime::parse(text, &Rfc3339).ok(),
        (None, Ok(seconds)) => OffsetDateTime::from_unix_timestamp(seconds).ok(),
        (None, Err(_)) => None,
    };
    let Some(at) = at else { return Ok(value.clone()) };
    let written = match format.unwrap_or("datetime") {
        "date" => at.format(&strftime("%Y-%m-%d")?),
        "time" => at.format(&strftime("%H:%M")?),
        "datetime" => at.format(&strftime("%Y-%m-%d %H:%M")?),
        "long" => at.format(&strftime("%-d %B %Y, %H:%M")?),
        "rfc3339" => at.format(&Rfc3339),
        "rfc2822" => at.format(&Rfc2822),
        "unix" => Ok(at.unix_timestamp().to_string()),
        custom => at.format(&strftime(custom)?),
    };
    written.map(Value::from).map_err(|error| wrong_format(&error))
}

fn strftime(format: &str) -> Result<OwnedFormatItem, Error> {
    if format.chars().nth(FORMAT_CHARS_MAX).is_some() {
        return Err(wrong_format(&"it is too long"));
    }
    parse_strftime_owned(format).map_err(|error| wrong_format(&error))
}

fn wrong_format(why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("date cannot write by this format: {why}"))
}
