//! A text with stars: `*/lib/*.png`. A star stands for any characters, none included.
//!
//! Whether a text fits is found in one pass over it, however many stars there are: what stands between two stars is
//! taken where it is found first, and never looked for again.

/// Fits from end to end. `\*` is a star itself, `\\` a backslash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard {
    first: String,
    /// What comes after each star.
    rest: Vec<String>,
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
        let mut wildcard = Self { first: String::new(), rest: Vec::new() };
        let mut after_star = false;
        let mut chars = written.chars();
        while let Some(char) = chars.next() {
            if char == '*' {
                if after_star {
                    return Err(NotAWildcard::Stars);
                }
                wildcard.rest.push(String::new());
            } else {
                let literal = match char {
                    '\\' => {
                        chars.next().filter(|next| matches!(next, '*' | '\\')).ok_or(NotAWildcard::Escape)?
                    }
                    _ => char,
                };
                wildcard.rest.last_mut().unwrap_or(&mut wildcard.first).push(literal);
            }
            after_star = char == '*';
        }
        Ok(wildcard)
    }

    pub fn fits(&self, text: &str) -> bool {
        let Some(mut text) = text.strip_prefix(&self.first) else { return false };
        let Some((last, between)) = self.rest.split_last() else { return text.is_empty() };
        for part in between {
            let Some(at) = text.find(part.as_str()) else { return false };
            text = &text[at + part.len()..];
        }
        text.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_are_read_as_written() {
        assert_eq!(Wildcard::read("a**b"), Err(NotAWildcard::Stars));
        assert_eq!(Wildcard::read(r"a\"), Err(NotAWildcard::Escape));
        assert_eq!(Wildcard::read(r"\a"), Err(NotAWildcard::Escape));
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
