//! A length of time as people write it: `500ms`, `5s`, `1m`, `1h30m`, `2d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest span there is: about ten years.
pub const SPAN_MAX: Duration = Duration::from_hours(3660 * 24);

/// The longest text that is read at all.
const TEXT_BYTES_MAX: usize = 40;

/// Units from the longest to the shortest, with their milliseconds. The order is the order they are written in.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Whole milliseconds, at most [`SPAN_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASpan {
    #[error("{0:?} is no duration: write it like 500ms, 5s, 1m, 1h30m or 2d")]
    Unreadable(String),
    #[error("a duration is at most {} days", SPAN_MAX.as_secs() / 86_400)]
    TooLong,
}

impl Span {
    /// Below a millisecond is dropped.
    pub fn new(duration: Duration) -> Result<Self, NotASpan> {
        let millis = u64::try_from(duration.as_millis()).map_err(|_| NotASpan::TooLong)?;
        Self::from_millis(millis)
    }

    pub const fn from_secs(secs: u32) -> Self {
        Self(if secs as u64 > SPAN_MAX.as_secs() { SPAN_MAX.as_secs() } else { secs as u64 } * 1000)
    }

    fn from_millis(millis: u64) -> Result<Self, NotASpan> {
        if Duration::from_millis(millis) > SPAN_MAX { Err(NotASpan::TooLong) } else { Ok(Self(millis)) }
    }

    pub fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.duration()
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    /// Numbers with units, the longer unit first and each at most once, without spaces, signs or fractions.
    fn from_str(written: &str) -> Result<Self, NotASpan> {
        let unreadable = || NotASpan::Unreadable(written.chars().take(TEXT_BYTES_MAX).collect());
        if written.is_empty() || written.len() > TEXT_BYTES_MAX {
            return Err(unreadable());
        }
        let (mut rest, mut units, mut millis) = (written, UNITS.as_slice(), 0_u64);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (name, after) = after.split_at(letters);
            let unit = units.iter().position(|(unit, _)| *unit == name).ok_or_else(unreadable)?;
            if number.is_empty() {
                return Err(unreadable());
            }
            let number: u64 = number.parse().map_err(|_| NotASpan::TooLong)?;
            let part = number.checked_mul(units[unit].1).ok_or(NotASpan::TooLong)?;
            millis = millis.checked_add(part).ok_or(NotASpan::TooLong)?;
            units = &units[unit + 1..];
            rest = after;
        }
        Self::from_millis(millis)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, millis) in UNITS {
            if rest >= millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration like \"5s\" or \"1h30m\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Span, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_writes_what_people_write() {
        for (written, millis, shown) in [
            ("0s", 0, "0s"),
            ("0ms", 0, "0s"),
            ("0d", 0, "0s"),
            ("500ms", 500, "500ms"),
            ("5s", 5000, "5s"),
            ("1m", 60_000, "1m"),
            ("10h", 36_000_000, "10h"),
            ("2d", 172_800_000, "2d"),
            ("1h30m", 5_400_000, "1h30m"),
            ("90m", 5_400_000, "1h30m"),
            ("24h", 86_400_000, "1d"),
            ("1d2h3m4s5ms", 93_784_005, "1d2h3m4s5ms"),
            ("1m500ms", 60_500, "1m500ms"),
            ("007s", 7000, "7s"),
        ] {
            let span: Span = written.parse().unwrap();
            assert_eq!(span.duration(), Duration::from_millis(millis), "{written}");
            assert_eq!(span.to_string(), shown);
            assert_eq!(serde_json::from_str::<Span>(&format!("{written:?}")).unwrap(), span);
            assert_eq!(serde_json::to_string(&span).unwrap(), format!("{shown:?}"));
        }
    }

    #[test]
    fn refuses_everything_else() {
        for written in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "5 s",
            " 5s",
            "5s ",
            "5S",
            "1.5h",
            "5sec",
            "5min",
            "1m1h",
            "1s1s",
            "1ms1s",
            "1h30",
            "h",
            "5µs",
            "５s",
            "5us",
            "1w",
            "1y",
            "1e3s",
            "5s,1m",
            "PT5S",
            "99999d",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(written.parse::<Span>().is_err(), "{written:?}");
        }
        assert!(serde_json::from_str::<Span>("5").is_err());
        assert!(Span::new(SPAN_MAX).is_ok());
        assert!(Span::new(SPAN_MAX + Duration::from_millis(1)).is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(millis in 0..=SPAN_MAX.as_millis() as u64) {
            let span = Span::new(Duration::from_millis(millis)).unwrap();
            prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }

        #[test]
        fn reading_never_panics(text in any::<String>(), near in "[0-9]{0,21}[dhms]{0,3}[0-9]{0,4}[dhms]{0,3}") {
            let _ = text.parse::<Span>();
            let _ = near.parse::<Span>();
        }
    }
}
