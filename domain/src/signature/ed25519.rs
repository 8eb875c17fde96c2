//! The ed25519 keys of Standard Webhooks: one half signs (`v1a`), the other may be known to everybody.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};

const PREFIX: &str = "whpk_";

/// The half that signs. Never shown, and wiped from memory when dropped.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// 32 random bytes are a key: what the vault keeps.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

/// The half that verifies, written `whpk_` and base64 of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a public key is whpk_ and padded base64 of the 32 bytes of an ed25519 key")]
pub struct NotAPublicKey;

impl PublicKey {
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAPublicKey> {
        let key = VerifyingKey::try_from(bytes).map_err(|_| NotAPublicKey)?;
        // Of a weak one, anybody could make signatures.
        if key.is_weak() { Err(NotAPublicKey) } else { Ok(Self(key)) }
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = NotAPublicKey;

    fn from_str(written: &str) -> Result<Self, NotAPublicKey> {
        let encoded = written.strip_prefix(PREFIX).ok_or(NotAPublicKey)?;
        Self::from_bytes(&STANDARD.decode(encoded).map_err(|_| NotAPublicKey)?)
    }
}
