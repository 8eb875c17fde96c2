//! What a message's headers ask of its event.

use std::time::Duration;

use async_nats::Message;
use domain::channels::{Channels, Wrong};
use domain::event::instant;
use domain::timing::{expiry, later};
use time::OffsetDateTime;

/// Beside what it is.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub channels: Channels,
    pub deliver_at: Option<OffsetDateTime>,
    pub expires_at: Option<OffsetDateTime>,
}

impl Asked {
    pub fn of(message: &Message, now: OffsetDateTime, deliver_at_max: Duration) -> Result<Self, String> {
        let written = header(message, "Hookyard-Channels");
        let channels = written.map(|written| Channels::from_header(&written)).transpose();
        let first = |wrongs: Vec<Wrong>| wrongs.first().map(ToString::to_string).unwrap_or_default();
        let channels = channels.map_err(|wrongs| format!("Hookyard-Channels: {}", first(wrongs)))?;
        let at = header(message, "Hookyard-Deliver-At").map(|at| later(instant(&at)?, now, deliver_at_max));
        let deliver_at = at.transpose().map_err(|error| format!("Hookyard-Deliver-At {error}"))?.flatten();
        let at = header(message, "Hookyard-Expires-At").map(|at| expiry(instant(&at)?, now, deliver_at));
        let expires_at = at.transpose().map_err(|error| format!("Hookyard-Expires-At {error}"))?;
        Ok(Self { channels: channels.unwrap_or_default(), deliver_at, expires_at })
    }
}

pub fn header(message: &Message, name: &str) -> Option<String> {
    message.headers.as_ref().and_then(|headers| headers.get(name)).map(ToString::to_string)
}
