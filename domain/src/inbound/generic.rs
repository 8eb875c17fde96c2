//! Senders that sign the body with an HMAC-SHA256 in a header of their own: what each of them calls things is a setting.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::place::{HeaderName, Place};
use super::{Mapped, Note, Reading, Received, Refused, event_type, key, payload};
use crate::id::SourceId;
use crate::matching::EventType;
use crate::signature::{Secret, unhex, verify_tag};

const PREFIX_CHARS_MAX: usize = 50;

/// How the signature's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    #[default]
    Hex,
    Base64,
}

/// Where the signature, the event's type and its id are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Written")]
pub struct GenericHmac {
    header: HeaderName,
    encoding: Encoding,
    prefix: String,
    r#type: Option<Place>,
    fallback_type: Option<EventType>,
    id: Option<Place>,
}

/// The same before it is looked at as a whole.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    header: HeaderName,
    #[serde(default)]
    encoding: Encoding,
    #[serde(default)]
    prefix: String,
    r#type: Option<Place>,
    fallback_type: Option<EventType>,
    id: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSettings {
    #[error("the prefix of a signature is {PREFIX_CHARS_MAX} printable ASCII characters at most")]
    Prefix,
    #[error("say where the event's type is (type), or what it is (fallbackType)")]
    NoType,
}

impl TryFrom<Written> for GenericHmac {
    type Error = NotSettings;

    fn try_from(written: Written) -> Result<Self, NotSettings> {
        let Written { header, encoding, prefix, r#type, fallback_type, id } = written;
        if prefix.len() > PREFIX_CHARS_MAX || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotSettings::Prefix);
        }
        if r#type.is_none() && fallback_type.is_none() {
            return Err(NotSettings::NoType);
        }
        Ok(Self { header, encoding, prefix, r#type, fallback_type, id })
    }
}

impl GenericHmac {
    pub(super) fn verifies(&self, secrets: &[Secret], received: &Received<'_>) -> bool {
        let signature = self.header.value(received).and_then(|value| value.strip_prefix(&self.prefix));
        let tag = signature.and_then(|signature| match self.encoding {
            Encoding::Hex => unhex(signature).map(Vec::from),
            Encoding::Base64 => STANDARD.decode(signature).ok(),
        });
        let Some(tag) = tag else { return false };
        secrets.iter().any(|secret| verify_tag(secret, &tag, received.body).is_ok())
    }

    pub(super) fn read(&self, source: Option<SourceId>, received: &Received<'_>) -> Result<Reading, Refused> {
        let (data, raw_body) = payload(received.body)?;
        let (event_type, sender_type) = self.event_type(received, &data)?;
        let id = self.id.as_ref().map(|place| {
            let found = place.value(received, &data).filter(|id| !id.is_empty());
            found.map(|id| (place, id)).ok_or_else(|| Refused::at(place.name(), "is required, and an id"))
        });
        let id = id.transpose()?;
        let of_source = |(place, id): &(&Place, String)| {
            // Such ids may be plain numbers, which another source of the tenant has too.
            let source = source.map(|source| format!("{source}:")).unwrap_or_default();
            key(place.name(), &format!("{source}{id}"))
        };
        Ok(Reading::Event(Box::new(Mapped {
            event_type,
            id: id.as_ref().map(of_source).transpose()?,
            is_id_signed: matches!(self.id, Some(Place::Pointer(_))),
            data,
            note: Note { source_id: source, delivery_id: id.map(|(_, id)| id), sender_type, raw_body },
        })))
    }

    /// With what the sender calls it.
    fn event_type(
        &self,
        received: &Received<'_>,
        data: &RawValue,
    ) -> Result<(EventType, Option<String>), Refused> {
        let place = self.r#type.as_ref();
        if let Some((place, written)) = place.and_then(|place| Some((place, place.value(received, data)?))) {
            return Ok((event_type(place.name(), &written)?, Some(written)));
        }
        let fallback = self.fallback_type.clone();
        let place = place.map_or("", Place::name);
        fallback.map(|fallback| (fallback, None)).ok_or_else(|| Refused::at(place, "is required, and a text"))
    }
}
