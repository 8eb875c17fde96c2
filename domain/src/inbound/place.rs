//! Where in a request something is: a header, or a place in its body.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::Received;

const NAME_BYTES_MAX: usize = 100;
const POINTER_CHARS_MAX: usize = 200;
const TOKENS_MAX: usize = 10;

/// A header's name, as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderName(String);

/// A JSON pointer (RFC 6901) to a member of an object or an entry of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer {
    text: String,
    tokens: Vec<String>,
}

/// `{"header": "X-Topic"}` or `{"pointer": "/topic"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Header(HeaderName),
    Pointer(Pointer),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a header's name is 1 to {NAME_BYTES_MAX} of the characters that such names have")]
pub struct NotAName;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a pointer begins with /, has {TOKENS_MAX} parts and {POINTER_CHARS_MAX} characters at most, and ~ only as ~0 or ~1"
)]
pub struct NotAPointer;

impl TryFrom<String> for HeaderName {
    type Error = NotAName;

    fn try_from(name: String) -> Result<Self, NotAName> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let is_name = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_token);
        if is_name { Ok(Self(name)) } else { Err(NotAName) }
    }
}

impl From<HeaderName> for String {
    fn from(name: HeaderName) -> Self {
        name.0
    }
}

impl HeaderName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it has in this request.
    pub fn value<'a>(&self, received: &Received<'a>) -> Option<&'a str> {
        (received.header)(&self.0.to_ascii_lowercase())
    }
}

impl TryFrom<String> for Pointer {
    type Error = NotAPointer;

    fn try_from(text: String) -> Result<Self, NotAPointer> {
        let unescaped = |token: &str| {
            let is_sound =
                token.split('~').skip(1).all(|rest| rest.starts_with('0') || rest.starts_with('1'));
            is_sound.then(|| token.replace("~1", "/").replace("~0", "~"))
        };
        let rest = text.strip_prefix('/').filter(|_| text.chars().count() <= POINTER_CHARS_MAX);
        let tokens: Option<Vec<String>> = rest.and_then(|rest| rest.split('/').map(unescaped).collect());
        match tokens.filter(|tokens| tokens.len() <= TOKENS_MAX) {
            Some(tokens) => Ok(Self { text, tokens }),
            None => Err(NotAPointer),
        }
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.text
    }
}

impl Place {
    /// What is there, if it is a text or a number.
    pub fn value(&self, received: &Received<'_>, data: &RawValue) -> Option<String> {
        match self {
            Self::Header(name) => name.value(received).map(str::to_owned),
            Self::Pointer(pointer) => look_up(data, &pointer.tokens),
        }
    }

    /// As a problem names it.
    pub fn name(&self) -> &str {
        match self {
            Self::Header(name) => name.as_str(),
            Self::Pointer(pointer) => &pointer.text,
        }
    }
}

/// The text or number at a place of a payload. All else is read over, not into memory: a payload of a few megabytes may
/// have millions of parts.
pub(super) fn look_up(data: &RawValue, tokens: &[String]) -> Option<String> {
    At(tokens).deserialize(&mut serde_json::Deserializer::from_str(data.get())).ok().flatten()
}

struct At<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl At<'_> {
    /// What is here counts where it is what was looked for.
    fn found(&self, text: impl FnOnce() -> String) -> Option<String> {
        self.0.is_empty().then(text)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.found(|| text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.found(|| number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.found(|| number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            match self.0.split_first() {
                Some((first, rest)) if *first == name => found = map.next_value_seed(At(rest))?,
                Some(_) | None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let looked_for =
            self.0.split_first().and_then(|(first, rest)| Some((first.parse::<usize>().ok()?, rest)));
        let (mut found, mut at) = (None, 0);
        loop {
            match looked_for {
                Some((index, rest)) if index == at => match list.next_element_seed(At(rest))? {
                    Some(here) => found = here,
                    None => return Ok(found),
                },
                Some(_) | None => {
                    if list.next_element::<IgnoredAny>()?.is_none() {
                        return Ok(found);
                    }
                }
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::try_from(text.to_owned()).unwrap()
    }

    fn at(data: &str, text: &str) -> Option<String> {
        look_up(serde_json::from_str(data).unwrap(), &pointer(text).tokens)
    }

    #[test]
    fn texts_and_whole_numbers_are_found_wherever_they_are() {
        let data = r#"{"a":{"b":["x",{"~/":-7}],"b2":1},"a2":"y","n":18446744073709551615,"":"empty","f":1.5,"z":null}"#;
        for (text, found) in [
            ("/a/b/0", Some("x")),
            ("/a/b/1/~0~1", Some("-7")),
            ("/a2", Some("y")),
            ("/n", Some("18446744073709551615")),
            ("/", Some("empty")),
            ("/f", None),
            ("/z", None),
            ("/a", None),
            ("/a/b/2", None),
            ("/a2/b", None),
        ] {
            assert_eq!(at(data, text).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn what_is_deep_or_wide_beside_it_is_read_over() {
        let deep = format!(r#"{{"x":{}{},"a":"y"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(at(&deep, "/a").as_deref(), Some("y"));
    }

    #[test]
    fn names_and_pointers_are_refused_that_are_none() {
        for wrong in ["", "a", "/~", "/~2", &"/a".repeat(11), &format!("/{}", "x".repeat(200))] {
            assert_eq!(Pointer::try_from(wrong.to_owned()), Err(NotAPointer), "{wrong}");
        }
        for wrong in ["", "X Y", "X:", "ü", &"x".repeat(101)] {
            assert_eq!(HeaderName::try_from(wrong.to_owned()), Err(NotAName), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_payload_is_looked_up_as_serde_json_does(
            data in "\\{(\"[ab]\":(\\{\"a\":(\"[a-z]{0,3}\"|-?[1-9]{1,4}|null)\\}|\\[\"x\",1\\]|\"y\"),?){0,3}\\}?",
            text in "(/[ab01]){1,3}",
        ) {
            let Ok(raw) = serde_json::from_str::<&RawValue>(&data) else { return Ok(()) };
            let value: Value = serde_json::from_str(&data).unwrap();
            let expected = value.pointer(&text).and_then(|found| match found {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
            });
            prop_assert_eq!(look_up(raw, &pointer(&text).tokens), expected);
        }
    }
}
