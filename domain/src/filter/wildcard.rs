//! A text with stars: `*/lib/*.png`. A star stands for any characters, none included.
//!
//! Whether a text fits is found in one pass over it, however many stars there are: what stands between two stars is
//! taken where it is found first, and never looked for again.

use memchr::memmem::Finder;

/// Fits from end to end. `\*` is a star itself, `\\` a backslash.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    first: Box<[u8]>,
    /// Each between two stars.
    between: Vec<Finder<'static>>,
    /// None where there is no star, and `first` is all there may be.
    last: Option<Box<[u8]>>,
    /// What all of them take together.
    bytes_min: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAWildcard {
    #[error("two stars in a row mean no more than one: write one *")]
    Stars,
    #[error(
        r"a backslash stands before a star or a backslash: write \* for a star itself, \\ for a backslash"
    )]
    Escape,
}

impl Wildcard {
    pub fn read(written: &str) -> Result<Self, NotAWildcard> {
        let mut parts = vec![String::new()];
        let mut after_star = false;
        let mut chars = written.chars();
        while let Some(char) = chars.next() {
            let is_star = char == '*';
            if is_star && after_star {
                return Err(NotAWildcard::Stars);
            }
            if is_star {
                parts.push(String::new());
            } else if let Some(part) = parts.last_mut() {
                let escaped = |next: &char| matches!(next, '*' | '\\');
                let literal = if char == '\\' { chars.next().filter(escaped) } else { Some(char) };
                part.push(literal.ok_or(NotAWildcard::Escape)?);
            }
            after_star = is_star;
        }
        let bytes_min = parts.iter().map(String::len).sum();
        let last = if parts.len() > 1 { parts.pop() } else { None };
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_default();
        let between = parts.map(|part| Finder::new(part.as_bytes()).into_owned()).collect();
        let bytes = |text: String| text.into_bytes().into_boxed_slice();
        Ok(Self { first: bytes(first), between, last: last.map(bytes), bytes_min })
    }

    pub fn fits(&self, text: &str) -> bool {
        if text.len() < self.bytes_min {
            return false;
        }
        let Some(mut rest) = text.as_bytes().strip_prefix(self.first.as_ref()) else { return false };
        let Some(last) = &self.last else { return rest.is_empty() };
        for part in &self.between {
            let Some(at) = part.find(rest) else { return false };
            rest = rest.get(at + part.needle().len()..).unwrap_or_default();
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_are_read_as_written() {
        assert_eq!(Wildcard::read("a**b").err(), Some(NotAWildcard::Stars));
        assert_eq!(Wildcard::read(r"a\").err(), Some(NotAWildcard::Escape));
        assert_eq!(Wildcard::read(r"\a").err(), Some(NotAWildcard::Escape));
        assert!(Wildcard::read(r"\**").unwrap().fits("*x"));
        assert!(!Wildcard::read(r"\**").unwrap().fits("x"));
        assert!(Wildcard::read(r"\\*").unwrap().fits(r"\x"));
        assert!(Wildcard::read("ab*ba").unwrap().fits("abba"));
        assert!(!Wildcard::read("ab*ba").unwrap().fits("aba"), "no character counts twice");
        assert!(Wildcard::read("").unwrap().fits("") && !Wildcard::read("").unwrap().fits("a"));
        assert!(Wildcard::read("*").unwrap().fits(""));
    }

    #[test]
    fn many_stars_are_no_more_work() {
        let wildcard = Wildcard::read(&format!("{}b", "a*".repeat(500))).unwrap();
        assert!(!wildcard.fits(&"a".repeat(1_000_000)));
    }

    /// The definition: a star is nothing, or one character and a star.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                naive(rest, text) || text.split_first().is_some_and(|(_, text)| naive(pattern, text))
            }
            ([first, pattern @ ..], [char, text @ ..]) => first == char && naive(pattern, text),
            ([], _) | (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn fits_what_its_definition_says(pattern in "[ab*é]{0,8}", text in "[abé]{0,10}") {
            let pattern = pattern.replace("**", "*").replace("**", "*").replace("**", "*");
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let fits = Wildcard::read(&pattern).unwrap().fits(&text);
            prop_assert_eq!(fits, naive(&chars(&pattern), &chars(&text)));
        }
    }
}
