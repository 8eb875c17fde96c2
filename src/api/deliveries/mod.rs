//! Deliveries: one event owed to one endpoint each.

pub mod get;
pub mod list;
pub mod of_endpoint;
pub mod retry;

use std::collections::BTreeMap;

use domain::attempt::{AttemptRecord, ResponseRecord, SentBody};
use domain::delivery::{Reason, Status};
use domain::endpoint::Status as EndpointStatus;
use serde::Serialize;
use utoipa::ToSchema;

use super::json::time;
use super::texts;
use crate::ledger::admin::deliveries as ledger;

/// Bytes of a request's body that are shown with each attempt.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// A delivery: an event owed to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "dlv_01h455vb4pex5vsknk084sn02q01h455vb4pex5vsknk084sn02q", "eventId": "order-42-paid",
    "webhookId": "ep_01h455vb4pex5vsknk084sn02q", "event": "order.paid", "status": "success", "attemptCount": 1,
    "responseStatus": 200, "error": null, "deadReason": null, "createdAt": "2026-01-02T03:04:05.678Z",
    "updatedAt": "2026-01-02T03:04:05.789Z", "nextAttemptAt": null, "deliveredAt": "2026-01-02T03:04:05.789Z"})))]
pub struct Delivery {
    #[schema(value_type = texts::DeliveryId)]
    id: String,
    #[schema(value_type = texts::PublicEventId)]
    event_id: String,
    #[schema(value_type = texts::EndpointId)]
    webhook_id: String,
    #[schema(value_type = texts::EventType)]
    event: String,
    #[schema(value_type = texts::DeliveryStatus)]
    status: &'static str,
    attempt_count: u32,
    /// Of the last attempt.
    #[schema(required, minimum = 100, maximum = 999)]
    response_status: Option<u16>,
    /// Of the last attempt.
    #[schema(required)]
    error: Option<String>,
    #[schema(required, value_type = Option<texts::DeadReason>)]
    dead_reason: Option<&'static str>,
    #[schema(value_type = texts::Time)]
    created_at: String,
    #[schema(value_type = texts::Time)]
    updated_at: String,
    #[schema(required, value_type = Option<texts::Time>)]
    next_attempt_at: Option<String>,
    #[schema(required, value_type = Option<texts::Time>)]
    delivered_at: Option<String>,
}

impl From<ledger::Delivery> for Delivery {
    fn from(delivery: ledger::Delivery) -> Self {
        let created_at = delivery.id.event.made_at();
        Self {
            id: delivery.id.to_string(),
            event_id: delivery.event_id,
            webhook_id: delivery.id.endpoint.to_string(),
            event: delivery.event_type,
            status: delivery.status.as_str(),
            attempt_count: delivery.attempts,
            response_status: delivery.response_status,
            error: delivery.error,
            dead_reason: delivery.reason.map(domain::delivery::Reason::as_str),
            created_at: time(created_at),
            updated_at: time(delivery.updated_at.unwrap_or(created_at)),
            next_attempt_at: delivery.next_attempt_at.map(time),
            delivered_at: delivery.delivered_at.map(time),
        }
    }
}

/// An attempt: one HTTP request and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "number": 1, "startedAt": "2026-01-02T03:04:05.678Z", "durationMs": 111, "outcome": "succeeded",
    "request": {"url": "https://example.com/hook", "headers": {"x-webhook-event": "order.paid", "x-webhook-attempt": "1"},
        "body": "{\"event\":\"order.paid\",\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"eventId\":\"order-42-paid\",\"data\":{\"order\":42}}",
        "truncated": false},
    "response": {"status": 200, "headers": {"content-type": "text/plain"}, "body": "ok", "bodyEncoding": "utf8",
        "truncated": false},
    "error": null})))]
pub struct Attempt {
    /// Counted from 1, over all sets of attempts.
    #[schema(minimum = 1)]
    number: u32,
    #[schema(value_type = texts::Time)]
    started_at: String,
    duration_ms: u64,
    #[schema(value_type = texts::Outcome)]
    outcome: &'static str,
    request: Sent,
    #[schema(required)]
    response: Option<Received>,
    /// What was wrong, unless it succeeded.
    #[schema(required)]
    error: Option<String>,
}

/// A request as it was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sent {
    #[schema(value_type = texts::Url)]
    url: String,
    /// Several of one name are joined by commas. Of those named like a secret (`authorization` among them) the value is
    /// `***`.
    headers: BTreeMap<String, String>,
    /// The first 256 KiB, or 16 KiB where it is not in the format `hookyard`. Empty where nothing could be made of the
    /// event: `error` says why, the outcome is `blocked`, and the delivery is dead (`poison`).
    body: String,
    truncated: bool,
}

/// A response as far as it was read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    #[schema(minimum = 100, maximum = 999)]
    status: u16,
    /// Several of one name are joined by commas. What was not UTF-8 is `U+FFFD`.
    headers: BTreeMap<String, String>,
    /// The first 16 KiB.
    body: String,
    #[schema(value_type = texts::BodyEncoding)]
    body_encoding: &'static str,
    truncated: bool,
}

impl Attempt {
    /// `body` is what was sent, unless the record says otherwise.
    /// `body` is what was sent, where the record does not say; one that is not kept any more is cut off before its first
    /// byte.
    pub fn new(record: AttemptRecord, body: Option<&[u8]>) -> Self {
        let shown = body.map_or(&[][..], |body| &body[..body.len().min(BODY_BYTES_MAX)]);
        let sent = record.request_body.unwrap_or_else(|| SentBody {
            text: String::from_utf8_lossy(shown).into_owned(),
            truncated: body.is_none_or(|body| shown.len() < body.len()),
        });
        Self {
            number: record.number,
            started_at: time(record.started_at),
            duration_ms: record.duration_ms,
            outcome: record.outcome.as_str(),
            request: Sent {
                url: record.url,
                headers: joined(record.request_headers),
                body: sent.text,
                truncated: sent.truncated,
            },
            response: record.response.map(Received::from),
            error: record.error,
        }
    }
}

impl From<ResponseRecord> for Received {
    fn from(record: ResponseRecord) -> Self {
        Self {
            status: record.status,
            headers: joined(record.headers),
            body: record.body.text,
            body_encoding: record.body.encoding.as_str(),
            truncated: record.truncated,
        }
    }
}

pub(super) fn joined(headers: Vec<(String, String)>) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        joined
            .entry(name)
            .and_modify(|held| {
                held.push_str(", ");
                held.push_str(&value);
            })
            .or_insert(value);
    }
    joined
}

/// A status as people ask for it: `failed` is a dead letter.
fn status(written: &str) -> Result<Status, &'static str> {
    if written == EndpointStatus::Failed.as_str() {
        return Ok(Status::Dead);
    }
    let status = Status::ALL.into_iter().find(|status| status.as_str() == written);
    status.ok_or("must be pending, retrying, success, dead (or failed) or skipped")
}

/// A reason as people ask for it, of deliveries that stand like this.
pub fn reason(written: &str, status: Option<Status>) -> Result<Reason, String> {
    let possible: Vec<Reason> =
        Reason::ALL.into_iter().filter(|reason| status.is_none_or(|of| reason.ends_in() == of)).collect();
    let found = possible.iter().find(|reason| reason.as_str() == written);
    found.copied().ok_or_else(|| {
        let of = status.map_or(String::new(), |status| format!(" where status is {}", status.as_str()));
        let words: Vec<&str> = possible.iter().map(|reason| reason.as_str()).collect();
        match words.as_slice() {
            [] => format!("must be left out{of}"),
            words => format!("must be {}{of}", words.join(", ")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_is_another_word_for_dead() {
        assert_eq!((status("failed"), status("dead")), (Ok(Status::Dead), Ok(Status::Dead)));
        assert!(status("Success").is_err());
    }

    #[test]
    fn a_reason_is_one_of_its_status() {
        assert_eq!(reason("expired", None), Ok(Reason::Expired));
        assert_eq!(reason("exhausted", Some(Status::Dead)), Ok(Reason::Exhausted));
        let wrong = reason("exhausted", Some(Status::Skipped)).unwrap_err();
        assert_eq!(wrong, "must be endpoint_deleted, expired, cancelled where status is skipped");
        let none = reason("exhausted", Some(Status::Success)).unwrap_err();
        assert_eq!(none, "must be left out where status is success");
    }

    #[test]
    fn headers_of_one_name_are_joined() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let read = joined(vec![header("a", "1"), header("b", "2"), header("a", "3")]);
        assert_eq!(read["a"], "1, 3");
    }
}
