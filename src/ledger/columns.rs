//! Columns of an event that hold more than a value, read.

use domain::cloudevents::Attributes;
use domain::inbound::Note;
use domain::trace::TraceContext;
use serde_json::value::RawValue;

use super::Error;

/// The payload, byte for byte.
pub fn payload(data: Vec<u8>) -> Result<Box<RawValue>, Error> {
    let data = String::from_utf8(data).ok().and_then(|data| RawValue::from_string(data).ok());
    data.ok_or(Error::Unreadable("payload"))
}

pub fn note(written: Option<&str>) -> Result<Option<Note>, Error> {
    let note = written.map(serde_json::from_str).transpose();
    note.map_err(|_| Error::Unreadable("note of a request"))
}

pub fn attributes(written: Option<&str>) -> Result<Option<Attributes>, Error> {
    let attributes = written.map(serde_json::from_str).transpose();
    attributes.map_err(|_| Error::Unreadable("attributes of a CloudEvent"))
}

/// One that cannot be read is none: no event is held up by it.
pub fn trace(written: Option<&str>) -> Option<TraceContext> {
    written?.parse().ok()
}
