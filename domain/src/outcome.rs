//! What happened when an attempt was made.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How one HTTP request ended. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A 2xx.
    Succeeded = 0,
    /// Any other status, redirects included.
    HttpError = 1,
    /// No whole response within the deadline.
    Timeout = 2,
    /// No connection: name not found, refused, reset.
    Unreachable = 3,
    TlsError = 4,
    /// What came back was not HTTP.
    ProtocolError = 5,
    /// Our own rules refused the address.
    Blocked = 6,
}

impl Outcome {
    pub const ALL: [Self; 7] = [
        Self::Succeeded,
        Self::HttpError,
        Self::Timeout,
        Self::Unreachable,
        Self::TlsError,
        Self::ProtocolError,
        Self::Blocked,
    ];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| *outcome as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::HttpError => "http_error",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::TlsError => "tls_error",
            Self::ProtocolError => "protocol_error",
            Self::Blocked => "blocked",
        }
    }

    pub fn of_status(status: u16) -> Self {
        if (200..300).contains(&status) { Self::Succeeded } else { Self::HttpError }
    }
}

/// What a decision needs to know of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    pub outcome: Outcome,
    pub status: Option<u16>,
    /// The wait that a 429 or 503 asked for, or that was announced with a success; at most 24 hours.
    pub retry_after: Option<Duration>,
    pub sign: Sign,
}

/// What an ending says beyond its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sign {
    #[default]
    None,
    /// There is nobody there any more, in a few words.
    Gone(&'static str),
    /// Nothing was sent: of this event nothing can be made that could be.
    Unsendable,
}

impl Ending {
    /// The endpoint asked for time: the attempt counts, but not towards auto-disable, and the whole endpoint waits.
    pub fn hold(&self) -> Option<Duration> {
        self.retry_after.filter(|_| matches!(self.status, Some(429 | 503)))
    }

    /// How long nothing more may be sent: with a success, too, where its rate limit is used up.
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after.filter(|_| self.hold().is_some() || self.outcome == Outcome::Succeeded)
    }

    /// Why the endpoint is given up at once, if it is.
    pub fn gone(&self) -> Option<&'static str> {
        match self.sign {
            Sign::Gone(why) => Some(why),
            Sign::None | Sign::Unsendable => (self.status == Some(410)).then_some("answered 410 gone"),
        }
    }
}
