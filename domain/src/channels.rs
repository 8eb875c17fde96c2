//! Channels: names that an event may bear, and by which an endpoint may choose.
//!
//! Producers name them with their events; an endpoint's owner lists those it is told of. One that exists is valid, and
//! bears each name once, in the order it was given. Left out: event types, which are matched first.

use std::sync::Arc;

/// Of an event, or of an endpoint.
pub const CHANNELS_MAX: usize = 10;
pub const CHANNEL_CHARS_MAX: usize = 64;

/// Names, none of them twice. Nearly always there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channels(Option<Arc<[Box<str>]>>);

/// Why a list of names is refused: of one of them, or of all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("must have at most {CHANNELS_MAX} entries")]
    TooMany,
    #[error("a channel has 1 to {CHANNEL_CHARS_MAX} letters, digits, `_`, `-` and `.`")]
    Name(usize),
    #[error("is there twice")]
    Twice(usize),
}

impl Wrong {
    /// Which of the names it is about.
    pub fn at(&self) -> Option<usize> {
        match self {
            Self::TooMany => None,
            Self::Name(at) | Self::Twice(at) => Some(*at),
        }
    }
}

impl Channels {
    /// Answers with every mistake at once.
    pub fn parse<S: AsRef<str>>(names: &[S]) -> Result<Self, Vec<Wrong>> {
        if names.len() > CHANNELS_MAX {
            return Err(vec![Wrong::TooMany]);
        }
        let mut wrongs = Vec::new();
        for (at, name) in names.iter().enumerate() {
            if !is_channel(name.as_ref()) {
                wrongs.push(Wrong::Name(at));
            } else if names.iter().take(at).any(|other| other.as_ref() == name.as_ref()) {
                wrongs.push(Wrong::Twice(at));
            }
        }
        if !wrongs.is_empty() {
            return Err(wrongs);
        }
        let all: Arc<[Box<str>]> = names.iter().map(|name| name.as_ref().into()).collect();
        Ok(Self((!all.is_empty()).then_some(all)))
    }

    /// As a header has them: separated by commas.
    pub fn from_header(value: &str) -> Result<Self, Vec<Wrong>> {
        let names: Vec<&str> = value.split(',').map(str::trim).collect();
        if names == [""] { Ok(Self::default()) } else { Self::parse(&names) }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|names| names.iter().map(Box::as_ref))
    }

    /// Whether whoever lists these is told of an event that bears `those`: without a list, of every event.
    pub fn take(&self, those: &Self) -> bool {
        self.is_empty() || self.names().any(|name| those.names().any(|that| that == name))
    }
}

fn is_channel(name: &str) -> bool {
    let is_of = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=CHANNEL_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_of)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channels(names: &[&str]) -> Channels {
        Channels::parse(names).unwrap()
    }

    #[test]
    fn an_endpoint_without_a_list_takes_all_and_one_with_a_list_what_bears_one_of_it() {
        let (none, emea, both) = (channels(&[]), channels(&["emea"]), channels(&["vip", "emea"]));
        assert!(none.take(&none) && none.take(&both));
        assert!(emea.take(&both) && both.take(&emea));
        assert!(!emea.take(&none) && !emea.take(&channels(&["EMEA", "emea.eu"])));
    }

    #[test]
    fn every_wrong_name_is_told_by_its_place() {
        let long = "x".repeat(CHANNEL_CHARS_MAX + 1);
        let wrongs = Channels::parse(&["a", "", "a", "b c", &long, "é", "a.b-c_D9"]).unwrap_err();
        let places: Vec<_> = wrongs.iter().map(Wrong::at).collect();
        assert_eq!(places, [Some(1), Some(2), Some(3), Some(4), Some(5)]);
        assert_eq!(wrongs[1], Wrong::Twice(2));
        let eleven: Vec<String> = (0..=CHANNELS_MAX).map(|n| n.to_string()).collect();
        assert_eq!(Channels::parse(&eleven), Err(vec![Wrong::TooMany]));
        assert!(Channels::parse(&eleven[1..]).is_ok());
    }

    proptest! {
        #[test]
        fn a_header_is_read_as_it_is_written_or_refused(value in "[a-c,. é]{0,12}") {
            if let Ok(read) = Channels::from_header(&value) {
                let written: Vec<&str> = read.names().collect();
                prop_assert_eq!(Channels::from_header(&written.join(", ")), Ok(read.clone()));
                prop_assert_eq!(written.join(","), value.replace(' ', ""));
            }
        }
    }
}
