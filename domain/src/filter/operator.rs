//! What a condition asks of one value: one of these, or its opposite. Each is asked about a scalar; arrays are the
//! business of whoever asks.

use std::net::IpAddr;

use ipnet::IpNet;

use super::decimal::Decimal;
use super::reading::Scalar;
use super::wildcard::Wildcard;

#[derive(Debug, Clone)]
pub(super) enum Operator {
    /// Whatever it is.
    Exists,
    OneOf(Values),
    Prefix(Box<str>),
    Suffix(Box<str>),
    Same(Caseless),
    PrefixCaseless(Caseless),
    SuffixCaseless(Caseless),
    Wildcard(Wildcard),
    Numeric(Bounds),
    Cidr(IpNet),
    /// Holds where none of them does.
    AnythingBut(Vec<Operator>),
}

impl Operator {
    pub fn holds(&self, scalar: &Scalar<'_>) -> bool {
        if let Self::AnythingBut(operators) = self {
            return !operators.iter().any(|operator| operator.holds(scalar));
        }
        match (self, scalar) {
            (Self::Exists, _) => true,
            (Self::OneOf(values), _) => values.contains(scalar),
            (Self::Numeric(bounds), Scalar::Number(number)) => bounds.contain(number),
            (_, Scalar::Text(text)) => self.holds_for_text(text),
            _ => false,
        }
    }

    /// How often it may look through a value.
    pub fn looks(&self) -> usize {
        if let Self::AnythingBut(operators) = self { operators.len() } else { 1 }
    }

    fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Self::Prefix(prefix) => text.starts_with(prefix.as_ref()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_ref()),
            Self::Same(caseless) => caseless.is(text),
            Self::PrefixCaseless(caseless) => caseless.begins(text),
            Self::SuffixCaseless(caseless) => caseless.ends(text),
            Self::Wildcard(wildcard) => wildcard.fits(text),
            // An IPv4 address in the clothes of IPv6 is the IPv4 address.
            Self::Cidr(net) => {
                text.parse().is_ok_and(|address: IpAddr| net.contains(&address.to_canonical()))
            }
            Self::Exists | Self::OneOf(_) | Self::Numeric(_) | Self::AnythingBut(_) => false,
        }
    }
}

/// Single values, looked up instead of gone through.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Values {
    /// Sorted, as the numbers are.
    texts: Vec<Box<str>>,
    numbers: Vec<Decimal<'static>>,
    null: bool,
    yes: bool,
    no: bool,
}

impl Values {
    /// False where it cannot be told from others: half of a surrogate pair.
    pub fn add(&mut self, scalar: Scalar<'_>) -> bool {
        match scalar {
            Scalar::Null => self.null = true,
            Scalar::Bool(true) => self.yes = true,
            Scalar::Bool(false) => self.no = true,
            Scalar::Number(number) => {
                let at = self.numbers.partition_point(|known| *known < number);
                self.numbers.insert(at, number.into_owned());
            }
            Scalar::Text(text) => {
                let at = self.texts.partition_point(|known| known.as_ref() < text.as_ref());
                self.texts.insert(at, text.into());
            }
            Scalar::Unreadable => return false,
        }
        true
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.numbers.is_empty() && !self.null && !self.yes && !self.no
    }

    fn contains(&self, scalar: &Scalar<'_>) -> bool {
        match scalar {
            Scalar::Null => self.null,
            Scalar::Bool(true) => self.yes,
            Scalar::Bool(false) => self.no,
            Scalar::Number(number) => self.numbers.binary_search_by(|known| known.cmp(number)).is_ok(),
            Scalar::Text(text) => self.texts.binary_search_by(|known| known.as_ref().cmp(text)).is_ok(),
            Scalar::Unreadable => false,
        }
    }
}

/// A text compared in lower case, character by character as Unicode maps them: É is é, ß is not SS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caseless(Box<str>);

impl Caseless {
    pub fn new(text: &str) -> Self {
        Self(text.chars().flat_map(char::to_lowercase).collect::<String>().into())
    }

    fn is(&self, text: &str) -> bool {
        text.chars().flat_map(char::to_lowercase).eq(self.0.chars())
    }

    fn begins(&self, text: &str) -> bool {
        let mut lower = text.chars().flat_map(char::to_lowercase);
        self.0.chars().all(|char| lower.next() == Some(char))
    }

    fn ends(&self, text: &str) -> bool {
        let mut lower = text.chars().rev().flat_map(|char| char.to_lowercase().rev());
        self.0.chars().rev().all(|char| lower.next() == Some(char))
    }
}

/// What a number may be: between two, or on one side of one.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Bounds {
    pub low: Option<Bound>,
    pub high: Option<Bound>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bound {
    pub number: Decimal<'static>,
    /// The number itself is in.
    pub included: bool,
}

impl Bounds {
    /// Whether there is no number in them.
    pub fn are_empty(&self) -> bool {
        let (Some(low), Some(high)) = (&self.low, &self.high) else { return false };
        low.number > high.number || (low.number == high.number && !(low.included && high.included))
    }

    fn contain(&self, number: &Decimal<'_>) -> bool {
        let above = |low: &Bound| low.number < *number || (low.included && low.number == *number);
        let below = |high: &Bound| *number < high.number || (high.included && high.number == *number);
        self.low.as_ref().is_none_or(above) && self.high.as_ref().is_none_or(below)
    }
}
