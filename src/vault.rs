//! The vault: secrets as the ledger may hold them, sealed with XChaCha20-Poly1305.
//!
//! Promises: what was sealed for one endpoint and purpose opens for no other ([`Purpose::of`] is the associated data),
//! a changed byte is noticed, and what was opened is wiped from memory when dropped. The ring's first key seals, all
//! of them open. Leaves out: where keys come from, and which rows of the ledger hold something sealed.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What something is sealed for: one is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A signing secret.
    Secret,
    /// The ed25519 key beside it.
    Ed25519,
    /// What is sent as `Authorization`.
    Auth,
    /// The URL of a webhook at Discord or Slack.
    Url,
    /// An answer kept under an Idempotency-Key.
    Answer,
    /// What a source's requests are signed with.
    Source,
}

impl Purpose {
    /// The associated data of what belongs to this id.
    pub fn of(self, owner: Uuid) -> Vec<u8> {
        let purpose = match self {
            Self::Secret => "",
            Self::Ed25519 => "ed25519",
            Self::Auth => "auth",
            Self::Url => "url",
            Self::Answer => "answer",
            Self::Source => "source",
        };
        [owner.as_bytes(), purpose.as_bytes()].concat()
    }
}

/// Bytes of an XChaCha20 nonce: long enough that random ones never meet.
pub const NONCE_BYTES: usize = 24;

/// What the ledger keeps: the nonce and then the ciphertext with its tag, and the key that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    pub bytes: Vec<u8>,
    pub key_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("vault has no keys: set vault.keys")]
    Empty,
    #[error("vault key {0} is in the ring twice")]
    Twice(String),
    #[error("secret could not be sealed with vault key {0}")]
    Seal(String),
    #[error("vault key {0} is not in the ring")]
    UnknownKey(String),
    #[error("sealed secret is cut short")]
    Short,
    #[error(
        "sealed secret does not open with vault key {0}: it was changed, or was sealed for something else"
    )]
    Open(String),
}

/// The keys of the ring, the newest first.
pub struct Vault {
    ring: Vec<(String, XChaCha20Poly1305)>,
}

impl Vault {
    /// `ring` is key ids with their keys; the first seals.
    pub fn new(ring: &[(String, [u8; 32])]) -> Result<Self, Error> {
        if ring.is_empty() {
            return Err(Error::Empty);
        }
        let mut keys: Vec<(String, XChaCha20Poly1305)> = Vec::with_capacity(ring.len());
        for (id, key) in ring {
            if keys.iter().any(|(known, _)| known == id) {
                return Err(Error::Twice(id.clone()));
            }
            keys.push((id.clone(), XChaCha20Poly1305::new(key.into())));
        }
        Ok(Self { ring: keys })
    }

    /// The id of the key that seals.
    pub fn newest(&self) -> &str {
        self.ring.first().map_or("", |(id, _)| id)
    }

    /// Whether a key of this id is in the ring.
    pub fn has(&self, key_id: &str) -> bool {
        self.ring.iter().any(|(known, _)| known == key_id)
    }

    /// Seals with the first key. `associated` says what for ([`Purpose::of`]); a `nonce` is random and used once.
    pub fn seal(&self, plain: &[u8], associated: &[u8], nonce: [u8; NONCE_BYTES]) -> Result<Sealed, Error> {
        let (key_id, cipher) = self.ring.first().ok_or(Error::Empty)?;
        let payload = Payload { msg: plain, aad: associated };
        let sealed =
            cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Seal(key_id.clone()))?;
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        Ok(Sealed { bytes, key_id: key_id.clone() })
    }

    pub fn open(&self, sealed: &[u8], key_id: &str, associated: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (_, cipher) = self
            .ring
            .iter()
            .find(|(known, _)| known == key_id)
            .ok_or_else(|| Error::UnknownKey(key_id.to_owned()))?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Error::Short)?;
        let payload = Payload { msg: sealed, aad: associated };
        cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| Error::Open(key_id.to_owned()))
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.ring.iter().map(|(id, _)| id)).finish()
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(ids: &[(&str, u8)]) -> Vec<(String, [u8; 32])> {
        ids.iter().map(|(id, byte)| ((*id).to_owned(), [*byte; 32])).collect()
    }

    #[test]
    fn opens_what_it_sealed_also_under_an_older_key() {
        let old = Vault::new(&ring(&[("a", 1)])).unwrap();
        let sealed = old.seal(b"whsec_1", b"ep", [9; 24]).unwrap();
        let new = Vault::new(&ring(&[("b", 2), ("a", 1)])).unwrap();
        assert_eq!(new.open(&sealed.bytes, &sealed.key_id, b"ep").unwrap().as_slice(), b"whsec_1");
        assert_eq!(new.seal(b"whsec_1", b"ep", [9; 24]).unwrap().key_id, "b");
        assert!(!sealed.bytes.windows(7).any(|window| window == b"whsec_1"));
    }

    #[test]
    fn opens_for_no_other_endpoint_and_notices_every_changed_byte() {
        let vault = Vault::new(&ring(&[("a", 1)])).unwrap();
        let sealed = vault.seal(b"whsec_1", b"ep_1", [9; 24]).unwrap();
        assert_eq!(vault.open(&sealed.bytes, "a", b"ep_2").err(), Some(Error::Open("a".to_owned())));
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[at] ^= 1;
            assert!(vault.open(&changed, "a", b"ep_1").is_err(), "byte {at}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Vault::new(&[]).err(), Some(Error::Empty));
        assert_eq!(Vault::new(&ring(&[("a", 1), ("a", 2)])).err(), Some(Error::Twice("a".to_owned())));
        let vault = Vault::new(&ring(&[("a", 1)])).unwrap();
        assert_eq!(vault.open(&[0; 40], "z", b"").err(), Some(Error::UnknownKey("z".to_owned())));
        assert_eq!(vault.open(&[0; 23], "a", b"").err(), Some(Error::Short));
    }
}
