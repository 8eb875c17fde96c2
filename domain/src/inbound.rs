//! Webhooks that others send to us: whether one comes from whom it says, and which event it is.
//!
//! A source ([`Manner`]) says how its requests are signed, and where the event's type and id are. Promises: signatures
//! are over the bytes of the body and compared in constant time, and one that is missing, malformed or wrong is one and
//! the same; a payload stays the bytes it was; what is read out of it takes no memory, however it is nested. Leaves out:
//! reading bodies, telling repeats ([`same_body`] is by what), rates ([`rate`]).

mod generic;
mod github;
mod place;
pub mod rate;
mod standard;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

pub use self::generic::GenericHmac;
use crate::event::{EventKey, Source};
use crate::id::SourceId;
use crate::matching::EventType;
use crate::signature::{NotASecret, Secret};

/// What sends to a source. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Github = 0,
    /// Whoever signs as Standard Webhooks says.
    Standard = 1,
    /// Whoever signs the body with an HMAC in a header.
    GenericHmac = 2,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Github, Self::Standard, Self::GenericHmac];

    pub fn as_str(self) -> &'static str {
        self.source().as_str()
    }

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i16 == number)
    }

    /// Where its events come from.
    pub fn source(self) -> Source {
        match self {
            Self::Github => Source::Github,
            Self::Standard => Source::Standard,
            Self::GenericHmac => Source::GenericHmac,
        }
    }

    /// A secret as such a sender uses it: only Standard Webhooks decodes what follows `whsec_`.
    pub fn secret(self, written: &str) -> Result<Secret, NotASecret> {
        match self {
            Self::Github | Self::GenericHmac => Secret::literal(written),
            Self::Standard => Secret::parse(written),
        }
    }
}

/// How the requests of a source are read.
#[derive(Debug, Clone, PartialEq)]
pub enum Manner {
    Github,
    Standard,
    GenericHmac(GenericHmac),
}

/// A request as it came.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// The value of a header that is there once, and is text. Names are in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body is a form, as HTML has it, with the payload in a field.
    pub is_form: bool,
    pub body: &'a [u8],
}

/// What a request is.
#[derive(Debug)]
pub enum Reading {
    /// It only asks whether somebody is there.
    Ping,
    Event(Box<Mapped>),
}

/// The event that a request is.
#[derive(Debug)]
pub struct Mapped {
    pub event_type: EventType,
    /// The sender's own id of it.
    pub id: Option<EventKey>,
    /// Nobody but the sender can have said the id. Where it is not, whoever caught a request can send it again under another.
    pub is_id_signed: bool,
    /// The payload, byte for byte.
    pub data: Box<RawValue>,
    pub note: Note,
}

/// What is kept of a request beside its payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// `None`: the one of the configuration.
    pub source_id: Option<SourceId>,
    /// The sender's id, as it was given.
    pub delivery_id: Option<String>,
    /// What the sender calls this sort of event.
    pub sender_type: Option<String>,
    /// The body as it came, where the payload is not all of it.
    pub raw_body: Option<String>,
}

/// Why a request that is signed is no event.
#[derive(Debug)]
pub enum Refused {
    NotJson(serde_json::Error),
    /// A header, or a place in the body by its JSON pointer.
    At(String, String),
}

impl Refused {
    fn at(place: &str, why: impl Into<String>) -> Self {
        Self::At(place.to_owned(), why.into())
    }
}

impl Manner {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Github => Kind::Github,
            Self::Standard => Kind::Standard,
            Self::GenericHmac(_) => Kind::GenericHmac,
        }
    }

    /// Whether one of these secrets signed the request.
    pub fn verifies(&self, secrets: &[Secret], received: &Received<'_>, now: OffsetDateTime) -> bool {
        match self {
            Self::Github => github::verifies(secrets, received),
            Self::Standard => standard::verifies(secrets, received, now),
            Self::GenericHmac(settings) => settings.verifies(secrets, received),
        }
    }

    /// Which event it is. To be asked once it is verified.
    pub fn read(&self, source: Option<SourceId>, received: &Received<'_>) -> Result<Reading, Refused> {
        match self {
            Self::Github => github::read(source, received),
            Self::Standard => standard::read(source, received),
            Self::GenericHmac(settings) => settings.read(source, received),
        }
    }
}

/// What two requests to one source with the same body have in common: the first 128 bits of a SHA-256.
pub fn same_body(source: Option<SourceId>, body: &[u8]) -> u128 {
    let source = source.map_or(0, |source| source.0.as_u128());
    let head = Sha256::new().chain_update(b"inbound body\0").chain_update(source.to_be_bytes());
    head.chain_update(body).finalize().iter().take(16).fold(0, |hash, &byte| hash << 8 | u128::from(byte))
}

/// A body that is JSON, as it is; and as it came, where that is more.
fn payload(body: &[u8]) -> Result<(Box<RawValue>, Option<String>), Refused> {
    let data: &RawValue = serde_json::from_slice(body).map_err(Refused::NotJson)?;
    let is_all = data.get().len() == body.len();
    Ok((data.to_owned(), (!is_all).then(|| String::from_utf8_lossy(body).into_owned())))
}

fn key(place: &str, id: &str) -> Result<EventKey, Refused> {
    EventKey::parse(id).map_err(|error| Refused::at(place, error.to_string()))
}

fn event_type(place: &str, written: &str) -> Result<EventType, Refused> {
    written.parse().map_err(|error: crate::matching::NotAnEventType| Refused::at(place, error.to_string()))
}
