//! A span of time as people write it: `500ms`, `15s`, `5m`, `24h`, `7d`. Whole numbers of one unit, nothing else,
//! so that a span has one reading and is printed as it was meant.

use std::{fmt, str::FromStr, time::Duration};

/// A length of time, in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    pub const fn get(self) -> Duration {
        self.0
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

/// What `Span::from_str` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a span of time like 500ms, 15s, 5m, 24h or 7d")]
pub struct NotASpan;

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(NotASpan)?;
        let (number, unit) = text.split_at(digits);
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(NotASpan)?;
        let number: u64 = number.parse().map_err(|_| NotASpan)?;
        number.checked_mul(*millis).map(Self::from_millis).ok_or(NotASpan)
    }
}

impl fmt::Display for Span {
    /// The longest unit that divides the span: `90s` stays `90s`, `3600s` becomes `1h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        if millis == 0 {
            return f.write_str("0s");
        }
        for (name, unit) in UNITS {
            if millis.is_multiple_of(u128::from(unit)) {
                return write!(f, "{}{name}", millis / u128::from(unit));
            }
        }
        write!(f, "{millis}ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_each_unit() {
        for (text, millis) in [
            ("0s", 0),
            ("500ms", 500),
            ("15s", 15_000),
            ("5m", 300_000),
            ("24h", 86_400_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(text.parse(), Ok(Span::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "5 s",
            "5S",
            "1.5s",
            "1h30m",
            "5w",
            "99999999999999999999s",
            "213503982335d",
        ] {
            assert_eq!(text.parse::<Span>(), Err(NotASpan), "{text}");
        }
    }

    proptest! {
        #[test]
        fn is_read_back_as_printed(millis in 0..u64::MAX / 2) {
            let span = Span::from_millis(millis);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
    }
}
