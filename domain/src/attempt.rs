//! An attempt: one HTTP request, and what is kept of it for a person to read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
    /// Where it is not the event in the format `hookyard`, which can be made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<SentBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What was sent, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentBody {
    pub text: String,
    pub truncated: bool,
}

impl SentBody {
    /// Bytes of a body that are kept.
    pub const BYTES_MAX: usize = 16 * 1024;

    pub fn of(body: &[u8]) -> Self {
        let kept = body.get(..Self::BYTES_MAX).unwrap_or(body);
        let truncated = kept.len() < body.len();
        // Whatever is sent is text: of a character that was cut through nothing stays.
        let whole = kept.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        Self { text: whole.to_owned(), truncated }
    }
}

/// A response as far as it is kept: text that is safe to store and to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseRecord {
    pub status: u16,
    /// What was not UTF-8 is `U+FFFD`, and so is NUL.
    pub headers: Vec<(String, String)>,
    #[serde(flatten)]
    pub body: KeptBody,
    pub truncated: bool,
}

/// A body that is safe to store and to show, whatever its bytes are: the text that they are, or base64 of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptBody {
    #[serde(rename = "body")]
    pub text: String,
    #[serde(rename = "bodyEncoding", default, skip_serializing_if = "BodyEncoding::is_utf8")]
    pub encoding: BodyEncoding,
}

/// How a text stands for a body's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyEncoding {
    /// It is them.
    #[default]
    Utf8,
    /// They are no UTF-8, or hold a NUL, which Postgres keeps in no text.
    Base64,
}

impl BodyEncoding {
    pub const ALL: [Self; 2] = [Self::Utf8, Self::Base64];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Base64 => "base64",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_utf8(&self) -> bool {
        *self == Self::Utf8
    }
}

impl KeptBody {
    /// The bytes of a body, or of its beginning: a cut may go through a character, which is left out then.
    pub fn of(bytes: &[u8], truncated: bool) -> Self {
        let whole = match std::str::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) if truncated && error.error_len().is_none() => {
                bytes.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok())
            }
            Err(_) => None,
        };
        match whole {
            Some(text) if !text.contains('\0') => {
                Self { text: text.to_owned(), encoding: BodyEncoding::Utf8 }
            }
            Some(_) | None => Self { text: STANDARD.encode(bytes), encoding: BodyEncoding::Base64 },
        }
    }
}

/// A header's value as text that is safe to store and to show.
pub fn header_text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).replace('\0', "\u{fffd}")
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
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn kept(bytes: &[u8], truncated: bool) -> (String, BodyEncoding) {
        let KeptBody { text, encoding } = KeptBody::of(bytes, truncated);
        (text, encoding)
    }

    #[test]
    fn a_body_is_its_text_or_base64() {
        let utf8 = |text: &str| (text.to_owned(), BodyEncoding::Utf8);
        let base64 = |text: &str| (text.to_owned(), BodyEncoding::Base64);
        assert_eq!(kept("grüße".as_bytes(), false), utf8("grüße"));
        assert_eq!(kept(b"", false), utf8(""));
        assert_eq!(kept(b"a\0b", false), base64("YQBi"));
        assert_eq!(kept(&[0xff; 3], false), base64("////"));
        let cut = &"gr\u{fc}".as_bytes()[..3];
        assert_eq!(kept(cut, true), utf8("gr"));
        assert_eq!(kept(cut, false), base64("Z3LD"));
        assert_eq!(kept(&[b'a', 0xff, b'b'], true), base64("Yf9i"));
    }

    #[test]
    fn what_was_kept_before_there_were_encodings_is_text() {
        let old = r#"{"status":200,"headers":[],"body":"ok","truncated":false}"#;
        let record: ResponseRecord = serde_json::from_str(old).unwrap();
        assert_eq!(record.body, KeptBody::of(b"ok", false));
        assert_eq!(serde_json::to_string(&record).unwrap(), old);
    }

    proptest! {
        /// Mostly near UTF-8, for of random bytes hardly any are it.
        #[test]
        fn whatever_came_is_kept_inert(
            near in "\\PC{0,40}|[a-z\0]{0,9}",
            odd in prop::collection::vec(any::<u8>(), 0..6),
            cut in any::<prop::sample::Index>(),
            truncated: bool,
        ) {
            let bytes = [near.as_bytes(), &odd].concat();
            let bytes = &bytes[..cut.index(bytes.len() + 1)];
            let body = KeptBody::of(bytes, truncated);
            prop_assert!(!body.text.contains('\0'));
            prop_assert!(body.text.len() <= bytes.len().div_ceil(3) * 4);
            match body.encoding {
                BodyEncoding::Utf8 => {
                    prop_assert!(bytes.starts_with(body.text.as_bytes()));
                    let left = bytes.len() - body.text.len();
                    prop_assert!(left == 0 || (truncated && left < 4));
                }
                BodyEncoding::Base64 => prop_assert_eq!(STANDARD.decode(&body.text).unwrap(), bytes),
            }
            let record =
                ResponseRecord { status: 200, headers: vec![("a".to_owned(), header_text(bytes))], body, truncated };
            let written = serde_json::to_vec(&record).unwrap();
            prop_assert!(!written.windows(6).any(|window| window == b"\\u0000"));
            prop_assert_eq!(serde_json::from_slice::<ResponseRecord>(&written).unwrap(), record);
        }
    }
}
