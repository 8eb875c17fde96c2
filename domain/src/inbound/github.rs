//! GitHub's webhooks: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
//!
//! `X-Hub-Signature-256` is the one signature that counts: the older `X-Hub-Signature` is SHA-1.

use serde_json::value::RawValue;
use url::form_urlencoded;

use super::place::look_up;
use super::{Mapped, Note, Reading, Received, Refused, event_type, key, payload};
use crate::id::SourceId;
use crate::matching::EventType;
use crate::signature::{Secret, verify_hex};

const SIGNATURE: &str = "x-hub-signature-256";
const EVENT: &str = "X-GitHub-Event";
const DELIVERY: &str = "X-GitHub-Delivery";
/// The field of a form that holds the payload.
const FIELD: &str = "payload";
const PING: &str = "ping";

pub(super) fn verifies(secrets: &[Secret], received: &Received<'_>) -> bool {
    let Some(signature) = (received.header)(SIGNATURE) else { return false };
    secrets.iter().any(|secret| verify_hex(secret, signature, received.body).is_ok())
}

pub(super) fn read(source: Option<SourceId>, received: &Received<'_>) -> Result<Reading, Refused> {
    let header = |name: &str| {
        (received.header)(&name.to_ascii_lowercase()).ok_or_else(|| Refused::at(name, "is required, once"))
    };
    let name = header(EVENT)?;
    if name == PING {
        return Ok(Reading::Ping);
    }
    let id = header(DELIVERY)?;
    let of_header = event_type(EVENT, &format!("github.{name}"))?;
    if of_header.tokens().count() != 2 {
        return Err(Refused::at(EVENT, "must not have a dot"));
    }
    let (data, raw_body) = if received.is_form { of_form(received.body)? } else { payload(received.body)? };
    Ok(Reading::Event(Box::new(Mapped {
        event_type: with_action(of_header, &data),
        id: Some(key(DELIVERY, id)?),
        is_id_signed: false,
        data,
        note: Note {
            source_id: source,
            delivery_id: Some(id.to_owned()),
            sender_type: Some(name.to_owned()),
            raw_body,
        },
    })))
}

fn of_form(body: &[u8]) -> Result<(Box<RawValue>, Option<String>), Refused> {
    let payload = form_urlencoded::parse(body).find(|(name, _)| name == FIELD);
    let (_, payload) = payload.ok_or_else(|| Refused::at("/payload", "is required"))?;
    let data = RawValue::from_string(payload.into_owned()).map_err(Refused::NotJson)?;
    Ok((data, Some(String::from_utf8_lossy(body).into_owned())))
}

/// `github.issues.opened`. Actions are GitHub's words, but for `repository_dispatch`, where they are anybody's: one that is
/// no token is left out.
fn with_action(of_header: EventType, data: &RawValue) -> EventType {
    let action = look_up(data, &["action".to_owned()]).filter(|action| !action.contains('.'));
    action.and_then(|action| format!("{of_header}.{action}").parse().ok()).unwrap_or(of_header)
}
