//! What a setting may be, as the reader asked for it: so it is what the service takes, and not what somebody wrote of it.

use std::fmt;

use domain::span::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    /// One of a few words.
    Choice(Vec<&'static str>),
    Flag,
    Count {
        least: u64,
        most: u64,
    },
    Span {
        least: Span,
        most: Span,
    },
    Texts,
    Counts {
        least: u64,
        most: u64,
    },
    /// Tables of the same keys.
    Tables,
    /// A text that is never shown, or under `<key>_file` the path of a file with it.
    Secret,
    /// The same, of several.
    Secrets,
}

impl Shape {
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Secret | Self::Secrets)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text"),
            Self::Choice(words) => f.write_str(&words.join(", ")),
            Self::Flag => f.write_str("true or false"),
            Self::Count { least, most } => write!(f, "{least} to {most}"),
            Self::Span { least, most } => write!(f, "{least} to {most}"),
            Self::Texts => f.write_str("a list of texts"),
            Self::Counts { least, most } => write!(f, "a list of numbers, {least} to {most}"),
            Self::Tables => f.write_str("tables"),
            Self::Secret => f.write_str("a secret"),
            Self::Secrets => f.write_str("a list of secrets"),
        }
    }
}
