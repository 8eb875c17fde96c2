//! What is wrong with a configuration, in the words of whoever has to put it right.

use std::fmt;

/// Where a value came from. Ordered: the later wins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `config/default.toml`.
    Default,
    /// `config/<environment>.toml`.
    Environment(&'static str),
    /// The file of `--config`.
    File(String),
    /// One of the short variables, like `DATABASE_URL`.
    Short(&'static str),
    /// `HOOKYARD__SECTION__KEY`.
    Variable(String),
}

impl Origin {
    /// Values of one rank have no precedence over each other.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::Environment(_) => 1,
            Self::File(_) => 2,
            Self::Short(_) => 3,
            Self::Variable(_) => 4,
        }
    }

    /// How `key` would be written there.
    pub(super) fn spell(&self, key: &str) -> String {
        match self {
            Self::Default | Self::Environment(_) | Self::File(_) => key.to_owned(),
            Self::Short(_) | Self::Variable(_) => {
                format!("HOOKYARD__{}", key.replace('.', "__").to_ascii_uppercase())
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Environment(name) => write!(f, "config/{name}.toml"),
            Self::File(path) => f.write_str(path),
            Self::Short(name) => f.write_str(name),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One thing wrong: the key, where its value came from, what is wrong, what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} (from {origin}): {wrong}; {right}")]
pub struct Problem {
    pub key: String,
    pub origin: Origin,
    pub wrong: String,
    pub right: String,
}

/// Everything wrong with a configuration, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<Problem>);

impl std::error::Error for ConfigErrors {}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has 1 error:")?,
            n => write!(f, "the configuration has {n} errors:")?,
        }
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// The known name closest to `written`, if any is close enough to be what was meant.
pub(super) fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const TYPOS_MAX: usize = 3;
    // The right key in the wrong section is the other common slip.
    let tail = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    known
        .map(|key| {
            let slips = if tail(key) == tail(written) { 1 } else { distance(written, key) };
            (slips, key)
        })
        .filter(|(slips, _)| *slips <= TYPOS_MAX)
        .min()
        .map(|(_, key)| key)
}

/// Levenshtein's distance: insertions, deletions and substitutions between two short names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_slips() {
        for (a, b, slips) in
            [("", "abc", 3), ("kitten", "sitting", 3), ("listen", "listen", 0), ("listn", "listen", 1)]
        {
            assert_eq!(distance(a, b), slips, "{a} {b}");
        }
    }

    #[test]
    fn nearest_is_what_was_meant_or_nothing() {
        let known = ["server.listen", "server.base_url", "queue.shards"];
        assert_eq!(nearest("server.listn", known.into_iter()), Some("server.listen"));
        assert_eq!(nearest("intake.shards", known.into_iter()), Some("queue.shards"));
        assert_eq!(nearest("quite.different", known.into_iter()), None);
    }
}
