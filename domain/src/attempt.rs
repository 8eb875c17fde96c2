//! An attempt: one HTTP request, and what is kept of it for a person to read.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::outcome::Outcome;

/// The whole record of an attempt, as the ledger keeps it and the API answers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptRecord {
    pub number: u32,
    #[serde(with = "millis")]
    pub started_at: OffsetDateTime,
    pub duration_ms: u64,
    pub outcome: Outcome,
    pub url: String,
    pub request_headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A response as far as it is kept: text that is safe to store and to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseRecord {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// UTF-8 where the bytes were; what was not is `U+FFFD`, and so is NUL.
    pub body: String,
    pub truncated: bool,
}

impl ResponseRecord {
    /// The bytes of a body as inert text, cut so that it takes no more bytes than they did.
    pub fn text(body: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(body).replace('\0', "\u{fffd}");
        text.truncate(text.floor_char_boundary(body.len()));
        text
    }
}

/// Milliseconds since the Unix epoch: eight bytes less a record than a written date.
mod millis {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::OffsetDateTime;

    pub fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64((at.unix_timestamp_nanos() / 1_000_000) as i64)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
        let millis = i64::deserialize(deserializer)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_body_is_text_and_no_longer_than_it() {
        assert_eq!(ResponseRecord::text("grüße".as_bytes()), "grüße");
        assert_eq!(ResponseRecord::text(b"a\0b"), "a");
        assert_eq!(ResponseRecord::text(&[0xff; 7]), "\u{fffd}\u{fffd}");
    }
}
