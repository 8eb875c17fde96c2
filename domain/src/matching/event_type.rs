//! The type of an event: `github.pull_request.opened`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::is_token;

pub const EVENT_TYPE_CHARS_MAX: usize = 200;

/// Tokens of letters, digits, `_` and `-`, separated by dots; 1 to 200 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventType(Box<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEventType {
    #[error("an event type has 1 to {EVENT_TYPE_CHARS_MAX} characters, this one has {0}")]
    Length(usize),
    #[error("{0:?} is no token of an event type: use letters, digits, _ and -, separated by single dots")]
    Token(String),
}

impl EventType {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl TryFrom<&str> for EventType {
    type Error = NotAnEventType;

    fn try_from(written: &str) -> Result<Self, Self::Error> {
        let length = written.chars().count();
        if !(1..=EVENT_TYPE_CHARS_MAX).contains(&length) {
            return Err(NotAnEventType::Length(length));
        }
        match written.split('.').find(|token| !is_token(token)) {
            Some(token) => Err(NotAnEventType::Token(token.to_owned())),
            None => Ok(Self(written.into())),
        }
    }
}

impl TryFrom<String> for EventType {
    type Error = NotAnEventType;

    fn try_from(written: String) -> Result<Self, Self::Error> {
        Self::try_from(written.as_str())
    }
}

impl FromStr for EventType {
    type Err = NotAnEventType;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        Self::try_from(written)
    }
}

impl From<EventType> for String {
    fn from(event_type: EventType) -> Self {
        event_type.0.into()
    }
}

impl AsRef<str> for EventType {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventType({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn reads_what_producers_write() {
        let longest = "a".repeat(EVENT_TYPE_CHARS_MAX);
        for written in ["a", "member.created", "github.pull_request.opened", "A-b_9.0", "-", longest.as_str()]
        {
            assert_eq!(EventType::try_from(written).unwrap().as_str(), written);
        }
    }

    #[test]
    fn refuses_everything_else() {
        let too_long = "a".repeat(EVENT_TYPE_CHARS_MAX + 1);
        let rest = [
            "", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>", "*", ">", "a/b", "ä", "a.b\n", "a:b", "a\0",
            " a", "a,b", "$SYS", "a.{b}", "ａ",
        ];
        for written in rest.into_iter().chain([too_long.as_str()]) {
            assert!(EventType::try_from(written).is_err(), "{written:?}");
        }
    }

    #[test]
    fn is_a_string_in_json() {
        let event_type: EventType = serde_json::from_str(r#""order.paid""#).unwrap();
        assert_eq!(serde_json::to_string(&event_type).unwrap(), r#""order.paid""#);
        let refused = serde_json::from_str::<EventType>(r#""order..paid""#).unwrap_err().to_string();
        assert!(refused.starts_with(r#""" is no token of an event type"#), "{refused}");
    }
}
