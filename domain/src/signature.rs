//! Signing secrets, and the signatures that tell a receiver who sent a webhook.
//!
//! Two kinds are made, for every attempt anew: that of Standard Webhooks 1.0 (`v1`, over id, time and body) and a
//! hex one in GitHub's form (over the body). Receivers, ours included, verify with the same code, in constant
//! time. A secret is never shown by `Debug` and has no `Display`. Left out: keeping secrets (the vault), and
//! `v1a`.

mod secret;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

pub use secret::{NotASecret, Secret};

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

/// The value of `webhook-signature`: one signature a secret, space separated, in the order given (newest first).
pub fn standard_header<'a>(
    secrets: impl IntoIterator<Item = &'a Secret>,
    id: &str,
    timestamp_secs: i64,
    body: &[u8],
) -> String {
    let signatures: Vec<_> =
        secrets.into_iter().map(|secret| sign_v1(secret, id, timestamp_secs, body)).collect();
    signatures.join(" ")
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
    let Received { id, timestamp_secs, signatures, body } = received;
    let now_secs = now.unix_timestamp();
    if now_secs.abs_diff(timestamp_secs) > tolerance.as_secs() {
        return Err(if timestamp_secs < now_secs { Unverified::TooOld } else { Unverified::TooNew });
    }
    let values = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    let tags: Vec<Vec<u8>> =
        values.take(SIGNATURES_MAX).filter_map(|value| STANDARD.decode(value).ok()).collect();
    for secret in secrets {
        let mac = mac_v1(secret, id, timestamp_secs, body);
        if tags.iter().any(|tag| mac.clone().verify_slice(tag).is_ok()) {
            return Ok(());
        }
    }
    Err(Unverified::Signature)
}

/// Whether a header in GitHub's form (`sha256=<hex>`) is right; nothing in it tells how old it is.
pub fn verify_hex(secret: &Secret, header: &str, body: &[u8]) -> Result<(), Unverified> {
    let tag = header.strip_prefix(HEX_PREFIX).and_then(unhex).ok_or(Unverified::Signature)?;
    mac(secret).chain_update(body).verify_slice(&tag).map_err(|_| Unverified::Signature)
}

fn mac_v1(secret: &Secret, id: &str, timestamp_secs: i64, body: &[u8]) -> Hmac<Sha256> {
    mac(secret).chain_update(format!("{id}.{timestamp_secs}.")).chain_update(body)
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
fn unhex(text: &str) -> Option<[u8; 32]> {
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
