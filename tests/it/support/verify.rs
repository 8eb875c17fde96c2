//! Verification as receivers do it: by the official library of Standard Webhooks, and by hand for the hex header.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use standardwebhooks::Webhook;

use super::receiver::Request;

/// Whether `webhook-signature` holds one by this secret.
pub fn is_signed_by(request: &Request, secret: &str) -> bool {
    let webhook = match secret.strip_prefix("whsec_") {
        Some(_) => Webhook::new(secret),
        None => Webhook::from_bytes(secret.as_bytes().to_vec()),
    };
    webhook.expect("a secret").verify(&request.body, &request.headers).is_ok()
}

/// Whether `webhook-signature` holds a `v1a` by the key of this `publicKey`.
pub fn is_signed_by_key(request: &Request, public_key: &str) -> bool {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
    use base64::Engine as _;

    let decode = |coded| base64::engine::general_purpose::STANDARD.decode(coded).expect("base64");
    let key = decode(public_key.strip_prefix("whpk_").expect("a public key"));
    let head = format!("{}.{}.", request.header("webhook-id"), request.header("webhook-timestamp"));
    let message = [head.as_bytes(), &request.body].concat();
    let mut signatures = request.header("webhook-signature").split(' ');
    signatures.any(|signature| {
        let coded = signature.strip_prefix("v1a,");
        coded.is_some_and(|coded| {
            UnparsedPublicKey::new(&ED25519, &key).verify(&message, &decode(coded)).is_ok()
        })
    })
}

/// What the hex header has to hold, computed here from what the contract says.
pub fn hex_signature(secret: &str, body: &[u8]) -> String {
    use base64::Engine as _;
    use std::fmt::Write as _;

    let key = match secret.strip_prefix("whsec_") {
        Some(coded) => base64::engine::general_purpose::STANDARD.decode(coded).expect("base64"),
        None => secret.as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any key");
    mac.update(body);
    mac.finalize().into_bytes().iter().fold("sha256=".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all");
        text
    })
}
