//! How a sink answers, as the query of an endpoint's URL asks for it: there are receivers of every kind.

use std::fmt;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// 200 at once.
    Prompt,
    /// 200, so long after a request came.
    After(Duration),
    /// Not at all: the connection stays open until the sender gives up.
    Never,
    /// 503 to the first attempt of each delivery, 200 to the next.
    FailingFirst,
}

impl Manner {
    pub(super) fn parse(query: Option<&str>) -> Option<Self> {
        let Some(query) = query.filter(|query| !query.is_empty()) else { return Some(Self::Prompt) };
        match query {
            "never" => Some(Self::Never),
            "failing-first" => Some(Self::FailingFirst),
            _ => {
                let millis = query.strip_prefix("after=")?.parse().ok()?;
                Some(Self::After(Duration::from_millis(millis)))
            }
        }
    }
}

/// As it stands in a URL, behind the path.
impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prompt => Ok(()),
            Self::After(delay) => write!(f, "?after={}", delay.as_millis()),
            Self::Never => f.write_str("?never"),
            Self::FailingFirst => f.write_str("?failing-first"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_a_url_is_read_from_it() {
        for manner in
            [Manner::Prompt, Manner::After(Duration::from_secs(5)), Manner::Never, Manner::FailingFirst]
        {
            let url = format!("/book{manner}");
            assert_eq!(Manner::parse(url.split_once('?').map(|(_, query)| query)), Some(manner), "{url}");
        }
        for wrong in ["after", "after=soon", "never=1", "after=-1", "else"] {
            assert_eq!(Manner::parse(Some(wrong)), None, "{wrong}");
        }
    }
}
