//! Signing secrets, and the signatures that tell a receiver who sent a webhook.
//!
//! Three kinds are made, for every attempt anew: those of Standard Webhooks 1.0 (over id, time and body: `v1` by a
//! secret that both sides have, `v1a` by a key whose public half verifies) and a hex one in GitHub's form (over the
//! body). Receivers, ours included, verify with the same code, in constant time. Neither secret nor key is ever
//! shown by `Debug` or has a `Display`. Left out: keeping them (the vault).

mod ed25519;
mod secret;
mod versions;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

pub use ed25519::{NotAPublicKey, PublicKey, SigningKey};
pub use secret::{NotASecret, Secret};
pub use versions::{NotSignatures, Signatures};

/// How many signatures of one header are looked at.
const SIGNATURES_MAX: usize = 16;
const HEX_PREFIX: &str = "sha256=";
/// What SHA-256 works on at a time.
const BLOCK_BYTES: usize = 64;

/// `v1,<base64>`: HMAC-SHA256 over `id.timestamp.body`. The id must hold no dot.
pub fn sign_v1(secret: &Secret, id: &str, timestamp_secs: i64, body: &[u8]) -> String {
    let tag = mac_v1(secret, id, timestamp_secs, body).finalize().into_bytes();
    format!("v1,{}", STANDARD.encode(tag))
}

/// `v1a,<base64>`: ed25519 over the same bytes.
pub fn sign_v1a(key: &SigningKey, id: &str, timestamp_secs: i64, body: &[u8]) -> String {
    format!("v1a,{}", STANDARD.encode(key.sign(&message(id, timestamp_secs, body))))
}

/// What makes one signature of `webhook-signature`.
#[derive(Debug, Clone, Copy)]
pub enum Signer<'a> {
    V1(&'a Secret),
    V1a(&'a SigningKey),
}

/// The value of `webhook-signature`: one signature each, space separated, in the order given (newest first).
pub fn standard_header<'a>(
    signers: impl IntoIterator<Item = Signer<'a>>,
    id: &str,
    timestamp_secs: i64,
    body: &[u8],
) -> String {
    let sign = |signer| match signer {
        Signer::V1(secret) => sign_v1(secret, id, timestamp_secs, body),
        Signer::V1a(key) => sign_v1a(key, id, timestamp_secs, body),
    };
    signers.into_iter().map(sign).collect::<Vec<_>>().join(" ")
}

/// `sha256=<hex>`: HMAC-SHA256 over the body, in lower case.
pub fn sign_hex(secret: &Secret, body: &[u8]) -> String {
    let tag = mac(secret).chain_update(body).finalize().into_bytes();
    tag.iter().fold(HEX_PREFIX.to_owned(), |mut text, byte| {
        for nibble in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
        }
        text
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("no signature matches the body and the secret")]
    Signature,
    #[error("the timestamp is further in the past than the tolerance")]
    TooOld,
    #[error("the timestamp is further in the future than the tolerance")]
    TooNew,
}

/// What a receiver read from a webhook in the form of Standard Webhooks.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    pub id: &'a str,
    pub timestamp_secs: i64,
    /// The whole value of `webhook-signature`.
    pub signatures: &'a str,
    pub body: &'a [u8],
}

/// Whether any `v1` signature is right by any of the secrets, and the timestamp within the tolerance, both ways.
pub fn verify_v1<'a>(
    secrets: impl IntoIterator<Item = &'a Secret>,
    received: Received<'_>,
    now: OffsetDateTime,
    tolerance: Duration,
) -> Result<(), Unverified> {
    let Received { id, timestamp_secs, body, .. } = received;
    let tags = received.signatures("v1,", now, tolerance)?;
    for secret in secrets {
        let mac = mac_v1(secret, id, timestamp_secs, body);
        if tags.iter().any(|tag| mac.clone().verify_slice(tag).is_ok()) {
            return Ok(());
        }
    }
    Err(Unverified::Signature)
}

/// The same for `v1a` signatures, by the public half of the sender's key.
pub fn verify_v1a(
    key: &PublicKey,
    received: Received<'_>,
    now: OffsetDateTime,
    tolerance: Duration,
) -> Result<(), Unverified> {
    let signatures = received.signatures("v1a,", now, tolerance)?;
    let message = message(received.id, received.timestamp_secs, received.body);
    let is_right = signatures.iter().any(|signature| key.verifies(&message, signature));
    if is_right { Ok(()) } else { Err(Unverified::Signature) }
}

impl Received<'_> {
    /// The signatures of one version, decoded, where the timestamp is within the tolerance.
    fn signatures(
        &self,
        version: &str,
        now: OffsetDateTime,
        tolerance: Duration,
    ) -> Result<Vec<Vec<u8>>, Unverified> {
        let (now_secs, timestamp_secs) = (now.unix_timestamp(), self.timestamp_secs);
        if now_secs.abs_diff(timestamp_secs) > tolerance.as_secs() {
            return Err(if timestamp_secs < now_secs { Unverified::TooOld } else { Unverified::TooNew });
        }
        let values = self.signatures.split(' ').filter_map(|signature| signature.strip_prefix(version));
        Ok(values.take(SIGNATURES_MAX).filter_map(|value| STANDARD.decode(value).ok()).collect())
    }
}

/// Whether a header in GitHub's form (`sha256=<hex>`) is right; nothing in it tells how old it is.
pub fn verify_hex(secret: &Secret, header: &str, body: &[u8]) -> Result<(), Unverified> {
    let tag = header.strip_prefix(HEX_PREFIX).and_then(unhex).ok_or(Unverified::Signature)?;
    verify_tag(secret, &tag, body)
}

/// Whether these bytes are the HMAC-SHA256 of the body.
pub fn verify_tag(secret: &Secret, tag: &[u8], body: &[u8]) -> Result<(), Unverified> {
    mac(secret).chain_update(body).verify_slice(tag).map_err(|_| Unverified::Signature)
}

fn mac_v1(secret: &Secret, id: &str, timestamp_secs: i64, body: &[u8]) -> Hmac<Sha256> {
    mac(secret).chain_update(head(id, timestamp_secs)).chain_update(body)
}

/// What is signed besides the body.
fn head(id: &str, timestamp_secs: i64) -> String {
    format!("{id}.{timestamp_secs}.")
}

fn message(id: &str, timestamp_secs: i64, body: &[u8]) -> Vec<u8> {
    [head(id, timestamp_secs).as_bytes(), body].concat()
}

/// The key is brought to one block as RFC 2104 says, for a block is what HMAC takes without a possible error.
fn mac(secret: &Secret) -> Hmac<Sha256> {
    let key = secret.key();
    let mut block = [0; BLOCK_BYTES];
    if let Some(start) = block.get_mut(..key.len()) {
        start.copy_from_slice(key);
    } else {
        let digest = Sha256::digest(key);
        block[..digest.len()].copy_from_slice(&digest);
    }
    Hmac::new(&block.into())
}

/// 64 hex digits of either case.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.chars().map_while(|c| c.to_digit(16)).filter_map(|digit| u8::try_from(digit).ok()).collect();
    if text.len() != 64 || digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
