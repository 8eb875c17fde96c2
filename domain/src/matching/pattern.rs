//! What an endpoint subscribes to: `github.pull_request.*`, `order.>`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{EventType, is_token};

pub const PATTERN_CHARS_MAX: usize = 200;

/// One token, whichever.
pub(super) const ANY: &str = "*";
/// One token or more, to the end.
pub(super) const REST: &str = ">";

/// GitHub's own events say `pull_request`; people write `pr`.
const SHORT: [&str; 2] = ["github", "pr"];
const SHORT_MEANS: [&str; 2] = ["github", "pull_request"];

/// A pattern of event types: tokens of an event type, `*` for any one token, `>` at the end for one or more.
///
/// `github.pr.…` means `github.pull_request.…`, and is still shown as it was written.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Box<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPattern {
    #[error("a pattern has 1 to {PATTERN_CHARS_MAX} characters, this one has {0}")]
    Length(usize),
    #[error(
        "{0:?} is no token of a pattern: use letters, digits, _ and -, or * for one token, or > for the rest"
    )]
    Token(String),
    #[error("> stands for the rest of an event type: it can only be the last token")]
    RestNotLast,
}

impl Pattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tokens it means.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        let mut heads = self.0.split('.');
        let short = SHORT.iter().all(|token| heads.next() == Some(token));
        let (means, skip) = if short { (&SHORT_MEANS[..], SHORT.len()) } else { (&[][..], 0) };
        means.iter().copied().chain(self.0.split('.').skip(skip))
    }

    /// Whether it says which token comes first.
    pub fn names_the_first(&self) -> bool {
        !matches!(self.tokens().next(), Some(ANY | REST) | None)
    }

    /// Whether one event type is of this pattern; of many patterns an [`Index`](super::Index) knows.
    pub fn matches(&self, event_type: &EventType) -> bool {
        let mut of_event = event_type.tokens();
        for token in self.tokens() {
            match (token, of_event.next()) {
                (REST, Some(_)) => return true,
                (ANY, Some(_)) => {}
                (token, Some(found)) if token == found => {}
                _ => return false,
            }
        }
        of_event.next().is_none()
    }
}

impl TryFrom<&str> for Pattern {
    type Error = NotAPattern;

    fn try_from(written: &str) -> Result<Self, Self::Error> {
        let length = written.chars().count();
        if !(1..=PATTERN_CHARS_MAX).contains(&length) {
            return Err(NotAPattern::Length(length));
        }
        let mut tokens = written.split('.').peekable();
        while let Some(token) = tokens.next() {
            if token == REST && tokens.peek().is_some() {
                return Err(NotAPattern::RestNotLast);
            }
            if token != REST && token != ANY && !is_token(token) {
                return Err(NotAPattern::Token(token.to_owned()));
            }
        }
        Ok(Self(written.into()))
    }
}

impl TryFrom<String> for Pattern {
    type Error = NotAPattern;

    fn try_from(written: String) -> Result<Self, Self::Error> {
        Self::try_from(written.as_str())
    }
}

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        Self::try_from(written)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.into()
    }
}

impl AsRef<str> for Pattern {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, event_type: &str) -> bool {
        Pattern::try_from(pattern).unwrap().matches(&EventType::try_from(event_type).unwrap())
    }

    #[test]
    fn matches_token_by_token() {
        for (pattern, event_type) in [
            ("a", "a"),
            ("a.b", "a.b"),
            ("*", "a"),
            (">", "a"),
            (">", "a.b.c"),
            ("a.*", "a.b"),
            ("*.b", "a.b"),
            ("a.>", "a.b"),
            ("a.>", "a.b.c"),
            ("a.*.c", "a.b.c"),
            ("*.>", "a.b"),
            ("*.*", "a.b"),
            ("a.*.>", "a.b.c.d"),
        ] {
            assert!(matches(pattern, event_type), "{pattern} {event_type}");
        }
        for (pattern, event_type) in [
            ("a", "b"),
            ("a", "A"),
            ("a", "a.b"),
            ("a.b", "a"),
            ("*", "a.b"),
            ("a.*", "a"),
            ("a.*", "a.b.c"),
            ("a.>", "a"),
            ("a.>", "b.a"),
            ("*.>", "a"),
            ("a.*.>", "a.b"),
            ("a.*.c", "a.b.d"),
            ("ab", "a"),
        ] {
            assert!(!matches(pattern, event_type), "{pattern} {event_type}");
        }
    }

    #[test]
    fn pr_means_pull_request_and_is_shown_as_written() {
        for pattern in ["github.pr.*", "github.pr.opened", "github.pr.>"] {
            assert!(matches(pattern, "github.pull_request.opened"), "{pattern}");
            assert_eq!(Pattern::try_from(pattern).unwrap().to_string(), pattern);
        }
        assert!(matches("github.pr", "github.pull_request"));
        assert!(!matches("github.pr.*", "github.pr.opened"));
        assert!(!matches("gitlab.pr.*", "gitlab.pull_request.opened"));
        assert!(!matches("github.prs.*", "github.pull_request.opened"));
        assert!(!matches("a.github.pr", "a.github.pull_request"));
    }

    #[test]
    fn refuses_what_is_no_pattern() {
        let too_long = "a".repeat(PATTERN_CHARS_MAX + 1);
        let rest = [
            "", ".", "a.", ".*", "a..b", "a*", "*a", "**", "a.**", ">>", "a>", ">.a", "a.>.b", ">.>", ">.*",
            "a b", "ä.*", "a.#", "a.?", "a.[b]", "* ", "\n",
        ];
        for written in rest.into_iter().chain([too_long.as_str()]) {
            assert!(Pattern::try_from(written).is_err(), "{written:?}");
        }
    }

    #[test]
    fn is_a_string_in_json() {
        let patterns: Vec<Pattern> = serde_json::from_str(r#"["github.pr.*","order.>"]"#).unwrap();
        assert_eq!(serde_json::to_string(&patterns).unwrap(), r#"["github.pr.*","order.>"]"#);
        assert!(serde_json::from_str::<Pattern>(r#""a.>.b""#).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_kept_as_written_or_refused_with_words(
            far in any::<String>(),
            near in "([a-z*>_-]{0,3}[.]?){0,5}",
            long in "[a-z.]{190,210}",
        ) {
            for written in [&far, &near, &long] {
                match Pattern::try_from(written.as_str()) {
                    Ok(pattern) => {
                        prop_assert_eq!(pattern.as_str(), written);
                        prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
                    }
                    Err(refused) => prop_assert!(refused.to_string().contains(' ')),
                }
                let Ok(event_type) = EventType::try_from(written.as_str()) else { continue };
                prop_assert_eq!(event_type.as_str(), written);
                let (of_it, of_all) = (Pattern::try_from(written.as_str()), Pattern::try_from(">"));
                let short = written == "github.pr" || written.starts_with("github.pr.");
                prop_assert_eq!(of_it.unwrap().matches(&event_type), !short, "an event type is its own pattern");
                prop_assert!(of_all.unwrap().matches(&event_type));
            }
        }
    }
}
