//! One webhook as it arrived: what it says of itself, and whether its signatures are right.

use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use domain::signature::{self, PublicKey, Received, Secret, Unverified};
use serde::Deserialize;
use std::time::Duration;
use time::OffsetDateTime;

use super::pretty::{self, printable};

/// How old a signed timestamp may be: what Standard Webhooks recommends.
const TOLERANCE: Duration = Duration::from_mins(5);
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const HEX_PREFIX: &str = "sha256=";

/// What became of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    Verified,
    /// There was one, and it is not right: why.
    Wrong(String),
    /// The webhook carries none of this kind.
    Absent,
    /// There was nothing to check it by.
    Unchecked,
}

/// What a receiver knows of the sender.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    pub secret: Option<&'a Secret>,
    pub public_key: Option<&'a PublicKey>,
}

/// A webhook. Its texts are what the sender wrote; [`Webhook::line`] and [`Webhook::page`] make them fit for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub event: Option<String>,
    pub id: Option<String>,
    pub attempt: Option<String>,
    /// Standard Webhooks, by the secret: over id, time and body.
    pub standard: Check,
    /// Standard Webhooks, by the public key: over the same.
    pub asymmetric: Check,
    /// The hex one: over the body.
    pub hex: Check,
    pub body: Bytes,
}

impl Webhook {
    pub fn read(headers: &HeaderMap, body: Bytes, known: Known<'_>, now: OffsetDateTime) -> Self {
        let Known { secret, public_key } = known;
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let hex = headers
            .iter()
            .find_map(|(name, value)| Some((prefix(name)?, hex_signature(value.to_str().ok()?)?)));
        // Whatever the endpoint's header prefix is, the signature's name tells.
        let prefix = hex.map_or("x-webhook-", |(prefix, _)| prefix);
        let named = |what: &str| text(&format!("{prefix}{what}")).map(str::to_owned);
        Self {
            event: named("event").or_else(|| event_in(&body)),
            id: text(ID).map(str::to_owned).or_else(|| named("id")),
            attempt: named("attempt"),
            standard: check_standard("v1,", headers, &body, secret, |secret, received| {
                signature::verify_v1([secret], received, now, TOLERANCE)
            }),
            asymmetric: check_standard("v1a,", headers, &body, public_key, |key, received| {
                signature::verify_v1a(key, received, now, TOLERANCE)
            }),
            hex: check_hex(hex.map(|(_, signature)| signature), &body, secret),
            body,
        }
    }

    /// Whether at least one signature is right and none is wrong; `None` where there was nothing to check by.
    pub fn is_verified(&self) -> Option<bool> {
        let checks = [&self.standard, &self.asymmetric, &self.hex];
        if checks.iter().all(|check| **check == Check::Unchecked) {
            return None;
        }
        let is_wrong = checks.iter().any(|check| matches!(check, Check::Wrong(_)));
        Some(!is_wrong && checks.contains(&&Check::Verified))
    }

    /// The whole webhook in one line, without its body.
    pub fn line(&self) -> String {
        let field = |field: &Option<String>| printable(field.as_deref().unwrap_or("-"));
        let attempt = field(&self.attempt);
        let verdict = match self.is_verified() {
            Some(true) => "signature ✓".to_owned(),
            Some(false) => format!("signature ✗ ({})", self.wrong()),
            None => "signature not checked".to_owned(),
        };
        format!("{}  {}  attempt {attempt}  {verdict}", field(&self.event), field(&self.id))
    }

    /// The line, and below it the body: indented where it is JSON.
    pub fn page(&self) -> String {
        format!("{}\n{}", self.line(), pretty::indented(&self.body))
    }

    fn wrong(&self) -> String {
        let words = [("webhook-signature", &self.standard), ("v1a", &self.asymmetric), ("sha256", &self.hex)];
        let wrong: Vec<String> = words
            .into_iter()
            .filter_map(|(name, check)| match check {
                Check::Wrong(why) => Some(format!("{name}: {why}")),
                Check::Verified | Check::Absent | Check::Unchecked => None,
            })
            .collect();
        if wrong.is_empty() { "there is none".to_owned() } else { wrong.join("; ") }
    }
}

/// `x-webhook-` of `x-webhook-signature`.
fn prefix(name: &HeaderName) -> Option<&str> {
    name.as_str().strip_suffix("signature").filter(|prefix| *prefix != "webhook-")
}

fn hex_signature(value: &str) -> Option<&str> {
    value.starts_with(HEX_PREFIX).then_some(value)
}

fn event_in(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        event: String,
    }
    serde_json::from_slice::<Named>(body).ok().map(|named| named.event)
}

/// Checks the signatures of one version by `key`.
fn check_standard<K>(
    version: &str,
    headers: &HeaderMap,
    body: &[u8],
    key: Option<&K>,
    verify: impl FnOnce(&K, Received<'_>) -> Result<(), Unverified>,
) -> Check {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let Some(key) = key else { return Check::Unchecked };
    let Some(signatures) = text(SIGNATURE) else { return Check::Absent };
    if !signatures.split(' ').any(|signature| signature.starts_with(version)) {
        return Check::Absent;
    }
    let Some(id) = text(ID) else { return Check::Wrong(format!("there is no {ID}")) };
    let Some(timestamp_secs) = text(TIMESTAMP).and_then(|text| text.parse().ok()) else {
        return Check::Wrong(format!("there is no {TIMESTAMP} in seconds"));
    };
    match verify(key, Received { id, timestamp_secs, signatures, body }) {
        Ok(()) => Check::Verified,
        Err(why) => Check::Wrong(why.to_string()),
    }
}

fn check_hex(signature: Option<&str>, body: &[u8], secret: Option<&Secret>) -> Check {
    let Some(secret) = secret else { return Check::Unchecked };
    let Some(signature) = signature else { return Check::Absent };
    match signature::verify_hex(secret, signature, body) {
        Ok(()) => Check::Verified,
        Err(why) => Check::Wrong(why.to_string()),
    }
}
