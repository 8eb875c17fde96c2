//! Standard Webhooks 1.0, as a receiver of them: <https://github.com/standard-webhooks/standard-webhooks>.

use std::time::Duration;

use time::OffsetDateTime;

use super::place::look_up;
use super::{Mapped, Note, Reading, Received, Refused, event_type, key, payload};
use crate::id::SourceId;
use crate::signature::{self, Secret, verify_v1};

/// How far its timestamp may be from now: later, a caught request is worth nothing.
const TOLERANCE: Duration = Duration::from_mins(5);
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

pub(super) fn verifies(secrets: &[Secret], received: &Received<'_>, now: OffsetDateTime) -> bool {
    let header = |name| (received.header)(name);
    let (Some(id), Some(timestamp), Some(signatures)) = (header(ID), header(TIMESTAMP), header(SIGNATURE))
    else {
        return false;
    };
    let Ok(timestamp_secs) = timestamp.parse() else { return false };
    let signed = signature::Received { id, timestamp_secs, signatures, body: received.body };
    verify_v1(secrets, signed, now, TOLERANCE).is_ok()
}

pub(super) fn read(source: Option<SourceId>, received: &Received<'_>) -> Result<Reading, Refused> {
    let id = (received.header)(ID).ok_or_else(|| Refused::at(ID, "is required, once"))?;
    let id_read = key(ID, id)?;
    let (data, raw_body) = payload(received.body)?;
    let written = look_up(&data, &["type".to_owned()]);
    let written = written.ok_or_else(|| Refused::at("/type", "is required, and a text"))?;
    Ok(Reading::Event(Box::new(Mapped {
        event_type: event_type("/type", &written)?,
        id: Some(id_read),
        is_id_signed: true,
        data,
        note: Note {
            source_id: source,
            delivery_id: Some(id.to_owned()),
            sender_type: Some(written),
            raw_body,
        },
    })))
}
