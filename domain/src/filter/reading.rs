//! JSON read once and asked many times: where every value of a text begins and ends.
//!
//! No value is turned into anything before it is asked for. So a number is what was written, however long it is, a
//! text that is no Unicode breaks nothing, and what is nested a million deep costs no stack. Left out: whether the
//! text is JSON, which whoever has a [`RawValue`] knows already.

use std::borrow::Cow;

use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::decimal::Decimal;
use crate::channels::Channels;
use crate::event;
use crate::matching::EventType;

/// An event as filters see it: `{"event","timestamp","eventId","data"}`, and `channels` where it has some.
#[derive(Debug, Clone)]
pub struct Reading(Text);

impl Reading {
    pub fn new(
        event_type: &EventType,
        occurred_at: OffsetDateTime,
        public_id: &str,
        channels: &Channels,
        data: &RawValue,
    ) -> Self {
        let mut envelope = event::body(event_type, occurred_at, public_id, data.get().as_bytes());
        if !channels.is_empty() {
            envelope.pop();
            envelope.extend_from_slice(b",\"channels\":");
            envelope
                .extend_from_slice(channels.names().collect::<serde_json::Value>().to_string().as_bytes());
            envelope.push(b'}');
        }
        // Every part of it is UTF-8, so nothing is replaced.
        let envelope = String::from_utf8(envelope)
            .unwrap_or_else(|not_utf8| String::from_utf8_lossy(not_utf8.as_bytes()).into_owned());
        Self(Text::read(envelope))
    }

    pub(super) fn root(&self) -> Option<Value<'_>> {
        self.0.root()
    }
}

/// A JSON text and its values, in the order they are written; an object's are name, value, name, value.
#[derive(Debug, Clone)]
pub(super) struct Text {
    json: String,
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    /// The value after this one and all that is in it.
    next: usize,
}

impl Text {
    /// `json` is JSON; what is read of anything else is anything, without a panic.
    pub fn read(json: String) -> Self {
        let bytes = json.as_bytes();
        let mut spans: Vec<Span> = Vec::with_capacity(bytes.len() / 8);
        let mut open = Vec::new();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let start = at;
            match byte {
                b'{' | b'[' => {
                    open.push(spans.len());
                    spans.push(Span { start, end: bytes.len(), next: usize::MAX });
                    at += 1;
                }
                b'}' | b']' => {
                    at += 1;
                    let next = spans.len();
                    if let Some(span) = open.pop().and_then(|opened: usize| spans.get_mut(opened)) {
                        (span.end, span.next) = (at, next);
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                _ => {
                    at = if *byte == b'"' { end_of_string(bytes, at) } else { end_of_word(bytes, at) };
                    spans.push(Span { start, end: at, next: spans.len() + 1 });
                }
            }
        }
        Self { json, spans }
    }

    pub fn root(&self) -> Option<Value<'_>> {
        (!self.spans.is_empty()).then_some(Value { text: self, at: 0 })
    }
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    bytes.len()
}

fn end_of_word(bytes: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
    bytes.iter().skip(start).position(ends).map_or(bytes.len(), |length| start + length)
}

/// One value of a text.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    text: &'a Text,
    at: usize,
}

/// What operators are asked about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(Decimal<'a>),
    Text(Cow<'a, str>),
    /// A text with half of a surrogate pair, which JSON can write and nothing else can be equal to.
    Unreadable,
}

impl Scalar<'_> {
    /// What there is to be read of it.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(number) => number.digits(),
            Self::Null | Self::Bool(_) | Self::Unreadable => 0,
        }
    }
}

impl<'a> Value<'a> {
    /// As it is written.
    pub fn written(self) -> &'a str {
        let span = self.text.spans.get(self.at);
        span.and_then(|span| self.text.json.get(span.start..span.end)).unwrap_or_default()
    }

    pub fn is_object(self) -> bool {
        self.begins_with(b'{')
    }

    pub fn is_array(self) -> bool {
        self.begins_with(b'[')
    }

    fn begins_with(self, byte: u8) -> bool {
        self.written().as_bytes().first() == Some(&byte)
    }

    /// The value after this one and all that is in it.
    fn after(self) -> usize {
        self.text.spans.get(self.at).map_or(usize::MAX, |span| span.next.min(self.text.spans.len()))
    }

    /// Where its parts are, none where it is a scalar.
    fn inside(self) -> std::ops::Range<usize> {
        self.at + 1..self.after()
    }

    /// The values of an object by name, in the order they are written, also those that a later one replaces.
    pub fn members(self) -> impl Iterator<Item = (Name<'a>, Value<'a>)> {
        let inside = if self.is_object() { self.inside() } else { 0..0 };
        let mut at = inside.start;
        std::iter::from_fn(move || {
            let value = Self { text: self.text, at: at + 1 };
            let name = Name(Self { text: self.text, at });
            (value.at < inside.end).then(|| {
                at = value.after();
                (name, value)
            })
        })
    }

    /// The values of an array.
    pub fn elements(self) -> impl Iterator<Item = Value<'a>> {
        let inside = if self.is_array() { self.inside() } else { 0..0 };
        let mut at = inside.start;
        std::iter::from_fn(move || {
            let element = Self { text: self.text, at };
            (at < inside.end).then(|| {
                at = element.after();
                element
            })
        })
    }

    /// How many there are in it, of which each has a place of its own.
    pub fn values(self) -> usize {
        self.inside().len()
    }

    /// Itself, or of an array all that it and the arrays in it hold: whatever is no array.
    pub fn each(self) -> impl Iterator<Item = Value<'a>> {
        let (mut at, end) = (self.at, self.after());
        std::iter::from_fn(move || {
            while at < end {
                let value = Self { text: self.text, at };
                if !value.is_array() {
                    at = value.after();
                    return Some(value);
                }
                at += 1;
            }
            None
        })
    }

    /// None of an object or an array.
    pub fn scalar(self) -> Option<Scalar<'a>> {
        let written = self.written();
        Some(match written.as_bytes().first()? {
            b'{' | b'[' => return None,
            b'"' => unescape(written).map_or(Scalar::Unreadable, Scalar::Text),
            b'n' => Scalar::Null,
            b't' => Scalar::Bool(true),
            b'f' => Scalar::Bool(false),
            _ => Scalar::Number(Decimal::read(written)?),
        })
    }
}

/// The name of a member.
#[derive(Clone, Copy)]
pub(super) struct Name<'a>(Value<'a>);

impl<'a> Name<'a> {
    pub fn written(self) -> &'a str {
        self.0.written()
    }

    /// None where it is no Unicode.
    pub fn text(self) -> Option<Cow<'a, str>> {
        unescape(self.0.written())
    }
}

/// What a JSON string says.
fn unescape(written: &str) -> Option<Cow<'_, str>> {
    let inner = written.get(1..written.len().checked_sub(1)?)?;
    if !inner.as_bytes().contains(&b'\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(written).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn text(json: &str) -> Text {
        Text::read(json.to_owned())
    }

    #[test]
    fn walks_what_is_written() {
        let text = text(" { \"a\" : [ 1 , [ 2.50, \"x]\\\"}\" ] , {\"b\":null} ] ,\r\n\"\\u0063\" : true } ");
        let root = text.root().unwrap();
        let members: Vec<_> = root.members().map(|(name, value)| (name.text().unwrap(), value)).collect();
        assert_eq!((members[0].0.as_ref(), members[1].0.as_ref()), ("a", "c"));
        assert_eq!(members[1].1.scalar(), Some(Scalar::Bool(true)));
        let elements: Vec<&str> = members[0].1.elements().map(Value::written).collect();
        assert_eq!(elements, ["1", "[ 2.50, \"x]\\\"}\" ]", "{\"b\":null}"]);
        let each: Vec<&str> = members[0].1.each().map(Value::written).collect();
        assert_eq!(each, ["1", "2.50", "\"x]\\\"}\"", "{\"b\":null}"]);
        assert_eq!(root.each().count(), 1);
    }

    #[test]
    fn what_others_choke_on_is_a_value_like_any() {
        let text = text(r#"[1e400, "\ud800", {"\ud800": 1}]"#);
        let elements: Vec<_> = text.root().unwrap().elements().collect();
        assert!(matches!(elements[0].scalar(), Some(Scalar::Number(_))));
        assert_eq!(elements[1].scalar(), Some(Scalar::Unreadable));
        let (name, value) = elements[2].members().next().unwrap();
        assert_eq!((name.text(), value.written()), (None, "1"));
        let deep = format!("{}7{}", "[".repeat(500_000), "]".repeat(500_000));
        let deep = Text::read(deep);
        assert_eq!(deep.root().unwrap().each().map(Value::written).collect::<Vec<_>>(), ["7"]);
    }

    proptest! {
        /// What is no JSON cannot come here, and if it did, nothing would break.
        #[test]
        fn nothing_breaks_it(json in r#"[\[\]{}",:\\0-9a-z é-]{0,40}"#) {
            let text = Text::read(json);
            for value in text.root().into_iter().flat_map(Value::each) {
                let _ = value.scalar();
                prop_assert!(value.members().count() <= text.spans.len());
                prop_assert!(value.elements().count() <= text.spans.len());
            }
        }
    }
}
