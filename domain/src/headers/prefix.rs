//! How the headers we add are called at one endpoint: `X-Webhook-Event`, or `X-DevCard-Event`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{is_token, reserved};

pub const PREFIX_CHARS_MAX: usize = 40;
const PREFIX_CHARS_MIN: usize = 2;

const EVENT: &str = "Event";
const ID: &str = "Id";
const ATTEMPT: &str = "Attempt";
const SIGNATURE: &str = "Signature";

/// The beginning of a header name, with its last `-`; none of the names it makes is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderPrefix(Box<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPrefix {
    #[error("a header prefix has {PREFIX_CHARS_MIN} to {PREFIX_CHARS_MAX} characters, this one has {0}")]
    Length(usize),
    #[error("a header prefix is letters, digits or !#$%&'*+-.^_`|~ and ends in -, like X-Webhook-")]
    Characters,
    #[error(
        "{name} would be a header that is not ours to use this way: choose another prefix, like X-Webhook-"
    )]
    Reserved { name: String },
}

impl HeaderPrefix {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn event(&self) -> String {
        self.named(EVENT)
    }

    pub fn id(&self) -> String {
        self.named(ID)
    }

    pub fn attempt(&self) -> String {
        self.named(ATTEMPT)
    }

    pub fn signature(&self) -> String {
        self.named(SIGNATURE)
    }

    fn named(&self, what: &str) -> String {
        format!("{}{what}", self.0)
    }
}

impl Default for HeaderPrefix {
    fn default() -> Self {
        Self("X-Webhook-".into())
    }
}

impl FromStr for HeaderPrefix {
    type Err = NotAPrefix;

    fn from_str(written: &str) -> Result<Self, NotAPrefix> {
        let length = written.chars().count();
        if !(PREFIX_CHARS_MIN..=PREFIX_CHARS_MAX).contains(&length) {
            return Err(NotAPrefix::Length(length));
        }
        let begins_well = written.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !is_token(written) || !begins_well || !written.ends_with('-') {
            return Err(NotAPrefix::Characters);
        }
        let prefix = Self(written.into());
        let names = [prefix.event(), prefix.id(), prefix.attempt(), prefix.signature()];
        match names.into_iter().find(|name| reserved(name).is_some()) {
            Some(name) => Err(NotAPrefix::Reserved { name }),
            None => Ok(prefix),
        }
    }
}

impl TryFrom<String> for HeaderPrefix {
    type Error = NotAPrefix;

    fn try_from(written: String) -> Result<Self, NotAPrefix> {
        written.parse()
    }
}

impl From<HeaderPrefix> for String {
    fn from(prefix: HeaderPrefix) -> Self {
        prefix.0.into()
    }
}

impl fmt::Display for HeaderPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_our_headers() {
        let default = HeaderPrefix::default();
        assert_eq!(default.to_string().parse(), Ok(default.clone()));
        assert_eq!(
            [default.event(), default.id(), default.attempt(), default.signature()],
            ["X-Webhook-Event", "X-Webhook-Id", "X-Webhook-Attempt", "X-Webhook-Signature"]
        );
        for written in ["X-DevCard-", "x-reloop-", "X-", "A-", "X-Hub-", &format!("X-{}-", "a".repeat(37))] {
            let prefix: HeaderPrefix = written.parse().unwrap();
            assert_eq!(prefix.event(), format!("{written}Event"));
        }
        let read: HeaderPrefix = serde_json::from_str(r#""x-reloop-""#).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#""x-reloop-""#);
    }

    #[test]
    fn refuses_what_would_collide_or_is_no_prefix() {
        for written in ["webhook-", "Webhook-", "WEBHOOK-X-", "Proxy-", "proxy-x-"] {
            let refused = written.parse::<HeaderPrefix>();
            assert!(matches!(refused, Err(NotAPrefix::Reserved { .. })), "{written}: {refused:?}");
        }
        for written in ["X", "", "-"] {
            assert!(matches!(written.parse::<HeaderPrefix>(), Err(NotAPrefix::Length(_))), "{written}");
        }
        for written in ["X-Webhook", "--", "X Y-", "X:-", "X-\n-", "Ä-", "X-Y_", "\r\n-", "-X-", "X-é-"] {
            assert_eq!(written.parse::<HeaderPrefix>(), Err(NotAPrefix::Characters), "{written}");
        }
        assert_eq!(format!("X-{}-", "a".repeat(38)).parse::<HeaderPrefix>(), Err(NotAPrefix::Length(41)));
    }

    proptest! {
        #[test]
        fn what_is_accepted_makes_names_of_headers(far in any::<String>(), near in "([A-Za-z_-]{0,6}|webhook|proxy)-{0,2}") {
            for written in [&far, &near] {
                match written.parse::<HeaderPrefix>() {
                    Ok(prefix) => {
                        prop_assert_eq!(prefix.as_str(), written);
                        for name in [prefix.event(), prefix.id(), prefix.attempt(), prefix.signature()] {
                            prop_assert!(is_token(&name) && reserved(&name).is_none(), "{name}");
                        }
                    }
                    Err(refused) => prop_assert!(refused.to_string().contains(' ')),
                }
            }
        }
    }
}
