//! One attempt: the endpoint's secrets opened, the payload signed and sent, and what was sent and what came back
//! written down.

use std::sync::Arc;

use actors::ports::{Clock, EgressError, Report};
use domain::attempt::{AttemptRecord, ResponseRecord};
use domain::endpoint::Endpoint;
use domain::id::DeliveryId;
use domain::outcome::{Ending, Outcome};
use domain::signature::{Secret, sign_hex, standard_header};
use time::OffsetDateTime;

use crate::egress::{self, Failure, HeaderMap, HeaderName, HeaderValue, Request};
use crate::ledger::Payload;
use crate::vault::Vault;

const USER_AGENT: &str = concat!("Hookyard/", env!("CARGO_PKG_VERSION"));
/// Shown in place of credentials an owner put into custom headers.
const MASKED: &str = "***";

/// Makes attempts with whatever it is given: it knows neither ledger nor queue.
pub struct Sender {
    pub egress: egress::Egress,
    pub vault: Arc<Vault>,
    pub clock: Arc<dyn Clock>,
}

impl Sender {
    /// Makes one attempt.
    pub async fn send(
        &self,
        delivery: DeliveryId,
        number: u32,
        endpoint: &Endpoint,
        payload: Payload,
    ) -> Result<Report, EgressError> {
        let started_at = self.clock.now();
        let secrets = self.secrets(endpoint, started_at)?;
        let headers = headers(delivery, number, endpoint, &payload, &secrets, started_at);
        let request_headers = shown(&headers);
        let request = Request {
            url: endpoint.url.clone(),
            headers: header_map(&headers),
            body: payload.body,
            timeout: endpoint.timeout,
        };
        let attempted = self.egress.attempt(request).await;
        let now = self.clock.now();
        let mut record = AttemptRecord {
            number,
            started_at,
            duration_ms: attempted.duration.as_millis() as u64,
            outcome: Outcome::Succeeded,
            url: endpoint.url.as_str().to_owned(),
            request_headers,
            response: None,
            error: None,
        };
        let ending = match attempted.result {
            Ok(response) => {
                let outcome = Outcome::of_status(response.status);
                let retry_after = response.retry_after.map(|after| after.wait(now));
                if outcome == Outcome::HttpError {
                    record.error = Some(format!("the endpoint answered {}", response.status));
                }
                record.response = Some(ResponseRecord {
                    status: response.status,
                    headers: response.headers,
                    body: ResponseRecord::text(&response.body),
                    truncated: response.truncated,
                });
                Ending { outcome, status: Some(response.status), retry_after }
            }
            Err(failure) => {
                record.error = Some(failure.to_string());
                Ending { outcome: outcome(&failure), status: None, retry_after: None }
            }
        };
        record.outcome = ending.outcome;
        Ok(Report { attempt: record, ending })
    }

    /// The secrets that sign at this moment, newest first.
    fn secrets(&self, endpoint: &Endpoint, now: OffsetDateTime) -> Result<Vec<Secret>, EgressError> {
        let secret = |error: &dyn std::fmt::Display| EgressError::Secret(error.to_string());
        let valid = endpoint.secrets.iter().filter(|sealed| sealed.expires_at.is_none_or(|end| end > now));
        let opened: Vec<Secret> = valid
            .map(|sealed| {
                let plain = self
                    .vault
                    .open(&sealed.sealed, &sealed.vault_key, endpoint.id.0.as_bytes())
                    .map_err(|error| secret(&error))?;
                let text = std::str::from_utf8(&plain).map_err(|error| secret(&error))?;
                Secret::parse(text).map_err(|error| secret(&error))
            })
            .collect::<Result<_, _>>()?;
        if opened.is_empty() { Err(EgressError::Secret("endpoint has none".to_owned())) } else { Ok(opened) }
    }
}

fn outcome(failure: &Failure) -> Outcome {
    match failure {
        Failure::Timeout => Outcome::Timeout,
        Failure::Unreachable(_) => Outcome::Unreachable,
        Failure::Tls(_) => Outcome::TlsError,
        Failure::Protocol(_) => Outcome::ProtocolError,
        Failure::Blocked(_) => Outcome::Blocked,
    }
}

fn headers(
    delivery: DeliveryId,
    number: u32,
    endpoint: &Endpoint,
    payload: &Payload,
    secrets: &[Secret],
    now: OffsetDateTime,
) -> Vec<(String, String)> {
    let id = delivery.to_string();
    let timestamp = now.unix_timestamp();
    let prefix = &endpoint.header_prefix;
    let mut headers: Vec<(String, String)> = endpoint.custom_headers.clone();
    let signature = standard_header(secrets.iter(), &id, timestamp, &payload.body);
    // In an overlap the hex signature has room for one: the newest secret's.
    let hex = secrets.first().map(|newest| sign_hex(newest, &payload.body));
    headers.extend([
        ("content-type".to_owned(), "application/json".to_owned()),
        ("user-agent".to_owned(), USER_AGENT.to_owned()),
        ("webhook-timestamp".to_owned(), timestamp.to_string()),
        ("webhook-signature".to_owned(), signature),
        (prefix.event(), payload.event_type.as_str().to_owned()),
        (prefix.id(), id.clone()),
        (prefix.attempt(), number.to_string()),
    ]);
    headers.extend(hex.map(|hex| (prefix.signature(), hex)));
    headers.push(("webhook-id".to_owned(), id));
    headers
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        // Vetted at registration: what does not parse cannot be here, and would not be sent.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            map.insert(name, value);
        }
    }
    map
}

/// Headers as they may be stored and shown.
fn shown(headers: &[(String, String)]) -> Vec<(String, String)> {
    let secret = ["authorization", "token", "secret", "api-key", "apikey", "password"];
    let mask = |name: &str| secret.iter().any(|word| name.to_ascii_lowercase().contains(word));
    let show = |(name, value): &(String, String)| {
        let value = if mask(name) { MASKED.to_owned() } else { value.clone() };
        (name.clone(), value)
    };
    headers.iter().map(show).collect()
}
