//! A number as it is written in JSON, compared by its value and exactly: 1, 1.0 and 1e0 are the same, and
//! 9007199254740993 is not 9007199254740992.

use std::borrow::Cow;
use std::cmp::Ordering;

/// ±0.d₁d₂d₃… × 10^exponent, without zeros at either end of the digits; zero has none, and no sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    negative: bool,
    exponent: i64,
    digits: Cow<'a, [u8]>,
}

/// Where exponents end, so that they can be added: whoever writes more means "as large as can be".
const EXPONENT_MAX: i64 = 1_000_000_000_000_000_000;

impl<'a> Decimal<'a> {
    /// None where it is no number of JSON, as far as that is looked at.
    pub fn read(written: &'a str) -> Option<Self> {
        let (negative, rest) = written.strip_prefix('-').map_or((false, written), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let shift = if whole.is_empty() {
            -(fraction.bytes().take_while(|byte| *byte == b'0').count() as i64)
        } else {
            whole.len() as i64
        };
        let digits: Cow<'a, [u8]> = if whole.is_empty() {
            Cow::Borrowed(fraction.trim_start_matches('0').as_bytes())
        } else if fraction.is_empty() {
            Cow::Borrowed(whole.trim_end_matches('0').as_bytes())
        } else {
            Cow::Owned([whole.as_bytes(), fraction.as_bytes()].concat())
        };
        if digits.is_empty() {
            return Some(Self { negative: false, exponent: 0, digits });
        }
        Some(Self { negative, exponent: read_exponent(exponent)? + shift, digits })
    }

    pub fn into_owned(self) -> Decimal<'static> {
        Decimal { digits: Cow::Owned(self.digits.into_owned()), ..self }
    }

    pub fn digits(&self) -> usize {
        self.digits.len()
    }

    fn size(&self) -> (bool, i64, &[u8]) {
        (!self.digits.is_empty(), self.exponent, &self.digits)
    }
}

fn read_exponent(written: &str) -> Option<i64> {
    let (negative, digits) = match written.as_bytes().first()? {
        b'-' => (true, written.get(1..)?),
        b'+' => (false, written.get(1..)?),
        _ => (false, written),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let size = digits.parse().unwrap_or(EXPONENT_MAX).min(EXPONENT_MAX);
    is_number.then_some(if negative { -size } else { size })
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.size().cmp(&other.size()),
            (true, true) => other.size().cmp(&self.size()),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn decimal(written: &str) -> Decimal<'_> {
        Decimal::read(written).unwrap()
    }

    #[test]
    fn one_value_has_many_spellings() {
        for same in [
            &["0", "-0", "0.000", "0e99", "-0.0E-5"][..],
            &["300", "300.0", "3.0e2", "3E+2", "30000e-2", "0.3e3"],
            &["-0.05", "-5e-2", "-0.00005E3"],
            &[
                "123456789012345678901234567890",
                "123456789012345678901234567890.000",
                "1.2345678901234567890123456789e29",
            ],
        ] {
            for other in same {
                assert_eq!(decimal(same[0]), decimal(other), "{other}");
            }
        }
    }

    #[test]
    fn they_are_in_order() {
        let rising = [
            "-1e400",
            "-9007199254740993",
            "-9007199254740992",
            "-2",
            "-1.5",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.10000000000000000000000001",
            "0.3",
            "1",
            "9",
            "10",
            "99.5",
            "100",
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "1e99999999999999999999",
        ];
        for (at, small) in rising.iter().enumerate() {
            for large in &rising[at + 1..] {
                assert!(decimal(small) < decimal(large), "{small} < {large}");
                assert!(decimal(large) > decimal(small), "{large} > {small}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for written in ["", "-", "x", "1x", "+1", "1e", "1e+", ".5", "1e1.5", "0x10", "--1", "é"] {
            assert_eq!(Decimal::read(written), None, "{written:?}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_are_ordered_as_they_are(a in any::<i64>(), b in any::<i64>(), zeros in 0_usize..4) {
            let (written_a, written_b) = (format!("{a}.{}", "0".repeat(zeros + 1)), b.to_string());
            prop_assert_eq!(decimal(&written_a).cmp(&decimal(&written_b)), a.cmp(&b));
        }

        #[test]
        fn fractions_are_ordered_as_they_are(a in -999_999_i64..999_999, b in -999_999_i64..999_999) {
            let written = |n: i64| format!("{n}e-3");
            let plain = |n: i64| format!("{}{}.{:03}", if n < 0 { "-" } else { "" }, n.abs() / 1000, n.abs() % 1000);
            prop_assert_eq!(decimal(&written(a)).cmp(&decimal(&plain(b))), a.cmp(&b));
        }
    }
}
