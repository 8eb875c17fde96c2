//! A signing secret: as its owner holds it, and as the key it stands for.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const PREFIX: &str = "whsec_";
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const PLAIN_CHARS: std::ops::RangeInclusive<usize> = 16..=128;
const HINT_CHARS: usize = 4;

/// `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks), or plain text of 16 to 128 characters.
///
/// It has no `PartialEq`: comparing secrets would leak them by time.
#[derive(Clone)]
pub struct Secret {
    text: Box<str>,
    key: Box<[u8]>,
}

/// Never quotes what was written: it may be a secret with one wrong character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASecret {
    #[error("what follows whsec_ is not padded base64")]
    NotBase64,
    #[error("what follows whsec_ must be base64 of 24 to 64 bytes, not {0}")]
    KeyLength(usize),
    #[error("a plain secret has 16 to 128 characters, not {0}")]
    PlainLength(usize),
    #[error("a plain secret must not hold control characters, nor begin or end with a space")]
    PlainCharacters,
}

impl Secret {
    pub fn parse(written: &str) -> Result<Self, NotASecret> {
        let key = match written.strip_prefix(PREFIX) {
            Some(encoded) => decode(encoded)?,
            None => check_plain(written)?.as_bytes().to_vec(),
        };
        Ok(Self { text: written.into(), key: key.into() })
    }

    /// The same for senders whose key is the text itself, whatever it begins with.
    pub fn literal(written: &str) -> Result<Self, NotASecret> {
        let text = check_plain(written)?;
        Ok(Self { text: text.into(), key: text.as_bytes().into() })
    }

    /// A new one out of 32 random bytes.
    pub fn generate(random: [u8; 32]) -> Self {
        let text = format!("{PREFIX}{}", STANDARD.encode(random));
        Self { text: text.into(), key: random.into() }
    }

    /// What its owner holds. For the two answers that show it, and for the vault.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Its last 4 characters, by which its owner tells it from others.
    pub fn hint(&self) -> &str {
        let start = self.text.char_indices().rev().nth(HINT_CHARS - 1).map_or(0, |(at, _)| at);
        &self.text[start..]
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

fn decode(encoded: &str) -> Result<Vec<u8>, NotASecret> {
    let key = STANDARD.decode(encoded).map_err(|_| NotASecret::NotBase64)?;
    if KEY_BYTES.contains(&key.len()) { Ok(key) } else { Err(NotASecret::KeyLength(key.len())) }
}

/// Refuses what comes of careless pasting, a line's end above all: sender and receiver would sign with two keys.
fn check_plain(written: &str) -> Result<&str, NotASecret> {
    let length = written.chars().count();
    if !PLAIN_CHARS.contains(&length) {
        return Err(NotASecret::PlainLength(length));
    }
    if written.chars().any(char::is_control) || written.trim() != written {
        return Err(NotASecret::PlainCharacters);
    }
    Ok(written)
}
