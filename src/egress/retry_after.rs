//! `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3), believed up to a day.

use std::time::Duration;

use domain::pace::HOLD_LONGEST;
use time::OffsetDateTime;

/// What a receiver asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    Seconds(u64),
    At(OffsetDateTime),
}

impl RetryAfter {
    /// `None` for whatever is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            // Digits that overflow mean "very long", which the cap answers.
            return Some(Self::Seconds(text.parse().unwrap_or(u64::MAX)));
        }
        httpdate::parse_http_date(text).ok().map(|at| Self::At(at.into()))
    }

    /// How long to wait as of `now`: nothing for a past date, a day at most.
    pub fn wait(self, now: OffsetDateTime) -> Duration {
        let asked = match self {
            Self::Seconds(seconds) => Duration::from_secs(seconds),
            Self::At(at) => Duration::try_from(at - now).unwrap_or_default(),
        };
        asked.min(HOLD_LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_capped() {
        let now = datetime!(2026-10-21 07:28:00 UTC);
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("86401", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("Wed, 21 Oct 2026 07:30:00 GMT", Some(120)),
            ("Wed, 21 Oct 2026 07:00:00 GMT", Some(0)),
            ("Thu, 21 Oct 2027 07:00:00 GMT", Some(86_400)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let wait = RetryAfter::parse(text).map(|asked| asked.wait(now));
            assert_eq!(wait, seconds.map(Duration::from_secs), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_is_a_day_at_most(
            far in any::<String>(),
            near in "[0-9]{1,25}|(Mon|Sun|Friday), ?[0-3][0-9][ -](Jan|Feb|Dec)[ -][0-9]{2,4} [0-2][0-9]:[0-6][0-9]:[0-6][0-9] GMT",
            now in 0..253_402_300_799_i64,
            ahead in 0..200_000_i64,
        ) {
            let now = OffsetDateTime::from_unix_timestamp(now).unwrap();
            for text in [&far, &near] {
                prop_assert!(RetryAfter::parse(text).is_none_or(|asked| asked.wait(now) <= HOLD_LONGEST), "{text}");
            }
            let at = now + Duration::from_secs(ahead as u64);
            prop_assume!(at.year() <= 9999);
            let wait = Duration::from_secs(ahead as u64).min(HOLD_LONGEST);
            let written = [ahead.to_string(), httpdate::fmt_http_date(at.into())];
            for text in written {
                prop_assert_eq!(RetryAfter::parse(&text).map(|asked| asked.wait(now)), Some(wait), "{}", text);
            }
        }
    }
}
