//! One attempt: what the endpoint gets made of the event, its secrets opened, all of it signed and sent, and what was
//! sent and what came back written down.
//!
//! Discord and Slack get the message and the endpoint's own headers: nobody there would look at a signature, an event's
//! type, or a trace.

use std::borrow::Cow;
use std::sync::Arc;

use actors::ports::{Clock, EgressError, Report};
use bytes::Bytes;
use domain::address::EndpointUrl;
use domain::attempt::{AttemptRecord, KeptBody, ResponseRecord, SentBody};
use domain::endpoint::{Endpoint, Kind, Sealed};
use domain::headers::{MASKED, names_secret};
use domain::id::DeliveryId;
use domain::message;
use domain::outcome::{Ending, Outcome, Sign};
use domain::signature::{Secret, Signer, SigningKey, sign_hex, standard_header};
use domain::template::Wrong;
use domain::trace::{TRACEPARENT, TRACESTATE, TraceContext};
use domain::verdict::Answer;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::body::{Bodies, Made};
use crate::chance;
use crate::egress::{self, Failure, HeaderMap, HeaderName, HeaderValue, Request, Response};
use crate::ledger::Payload;
use crate::vault::{Purpose, Vault};

const SIGNATURE: &str = "webhook-signature";
const USER_AGENT: &str = concat!("Hookyard/", env!("CARGO_PKG_VERSION"));

/// Makes attempts with whatever it is given: it knows neither ledger nor queue.
pub struct Sender {
    pub egress: egress::Egress,
    pub vault: Arc<Vault>,
    pub clock: Arc<dyn Clock>,
    pub bodies: Bodies,
}

/// What an endpoint would get, without its secrets.
#[derive(Debug, Clone)]
pub struct Preview {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Sender {
    /// Makes one attempt with what was made of the event, or notes that nothing could be.
    pub async fn send(
        &self,
        delivery: DeliveryId,
        number: u32,
        endpoint: &Endpoint,
        payload: &Payload,
        made: Result<Made, Wrong>,
    ) -> Result<Report, EgressError> {
        let started_at = self.clock.now();
        let trace_id = payload.trace.as_ref().map(|trace| trace.trace_id());
        let mut record = AttemptRecord {
            number,
            started_at,
            duration_ms: 0,
            outcome: Outcome::Blocked,
            url: endpoint.url.as_str().to_owned(),
            request_headers: Vec::new(),
            request_body: None,
            response: None,
            error: None,
        };
        let made = match made {
            Ok(made) => made,
            Err(wrong) => {
                // Nothing is sent: not even a body that is not what its owner meant.
                record.request_body = Some(SentBody::of(b""));
                record.error = Some(format!("nothing could be sent: {wrong}"));
                let sign = Sign::Unsendable;
                let ending = Ending { outcome: record.outcome, status: None, retry_after: None, sign };
                return Ok(Report { attempt: Arc::new(record), ending, trace_id });
            }
        };
        record.request_body = (!made.is_plain).then(|| SentBody::of(&made.body));
        let url = self.url(endpoint)?;
        let mut headers = if endpoint.kind == Kind::Http {
            let signing = self.signing(endpoint, started_at)?;
            let mut headers =
                signed_headers(delivery, number, endpoint, payload, &made, &signing, started_at);
            headers.extend(payload.trace.iter().flat_map(|trace| traced(trace)));
            headers
        } else {
            own_headers(endpoint, &made).collect()
        };
        if let Some(auth) = &endpoint.auth {
            let value = self.open(auth, Purpose::Auth, endpoint)?;
            let value = std::str::from_utf8(&value).map_err(unusable)?.to_owned();
            headers.push(Header { name: "authorization".into(), value, is_secret: true });
        }
        let (map, timeout) = (header_map(&headers), endpoint.timeout);
        let request = Request { url: url.clone(), headers: map, body: made.body, timeout };
        record.request_headers = written_down(headers);
        let attempted = self.egress.attempt(request).await;
        let now = self.clock.now();
        record.duration_ms = attempted.duration.as_millis() as u64;
        let ending = match attempted.result {
            Ok(response) => {
                let ending = ending(endpoint.kind, &response, now);
                if ending.outcome == Outcome::HttpError {
                    record.error = Some(format!("the endpoint answered {}", response.status));
                }
                record.response = Some(kept(endpoint.kind, &url, response));
                ending
            }
            Err(failure) => {
                record.error = Some(failure.to_string());
                Ending { outcome: outcome(&failure), status: None, retry_after: None, sign: Sign::None }
            }
        };
        record.outcome = ending.outcome;
        Ok(Report { attempt: Arc::new(record), ending, trace_id })
    }

    /// What a first attempt would send. Whoever sees it cannot send it for us: no signature is in it.
    pub async fn preview(
        &self,
        delivery: DeliveryId,
        endpoint: &Endpoint,
        payload: &Payload,
    ) -> Result<Preview, Wrong> {
        let made = self.bodies.make(endpoint, payload).await?;
        let mut headers = if endpoint.kind == Kind::Http {
            signed_headers(delivery, 1, endpoint, payload, &made, &[], self.clock.now())
        } else {
            own_headers(endpoint, &made).collect()
        };
        let secret = |name| Header { name, value: String::new(), is_secret: true };
        if endpoint.kind == Kind::Http {
            headers.retain(|header| header.name != SIGNATURE);
            headers.extend([secret(SIGNATURE.into()), secret(endpoint.header_prefix.signature().into())]);
        }
        headers.extend(endpoint.auth.as_ref().map(|_| secret("authorization".into())));
        let url = endpoint.url.as_str().to_owned();
        Ok(Preview { url, headers: written_down(headers), body: made.body })
    }

    /// Where it is sent.
    fn url(&self, endpoint: &Endpoint) -> Result<EndpointUrl, EgressError> {
        let Some(sealed) = &endpoint.sealed_url else { return Ok(endpoint.url.clone()) };
        let opened = self.open(sealed, Purpose::Url, endpoint)?;
        EndpointUrl::from_ledger(std::str::from_utf8(&opened).map_err(unusable)?).map_err(unusable)
    }

    /// The secrets that sign at this moment, newest first, each with its key where the endpoint wants `v1a`.
    fn signing(&self, endpoint: &Endpoint, now: OffsetDateTime) -> Result<Vec<Signing>, EgressError> {
        let valid = endpoint.secrets.iter().filter(|sealed| sealed.expires_at.is_none_or(|end| end > now));
        let opened: Vec<Signing> = valid
            .map(|sealed| {
                let secret = self.open(&sealed.secret, Purpose::Secret, endpoint)?;
                let secret = std::str::from_utf8(&secret).map_err(unusable)?;
                let secret = Secret::parse(secret).map_err(unusable)?;
                let key = if endpoint.signatures.has_v1a() {
                    let key = sealed.key.as_ref().ok_or_else(|| unusable("it has no ed25519 key"))?;
                    let seed = self.open(key, Purpose::Ed25519, endpoint)?;
                    let seed = <&[u8; 32]>::try_from(seed.as_slice()).map_err(unusable)?;
                    Some(SigningKey::from_seed(seed))
                } else {
                    None
                };
                Ok(Signing { secret, key })
            })
            .collect::<Result<_, EgressError>>()?;
        if opened.is_empty() { Err(unusable("endpoint has none")) } else { Ok(opened) }
    }

    fn open(
        &self,
        sealed: &Sealed,
        purpose: Purpose,
        endpoint: &Endpoint,
    ) -> Result<Zeroizing<Vec<u8>>, EgressError> {
        self.vault.open(&sealed.bytes, &sealed.vault_key, &purpose.of(endpoint.id.0)).map_err(unusable)
    }
}

/// A secret, and the key beside it where it signs too.
struct Signing {
    secret: Secret,
    key: Option<SigningKey>,
}

fn unusable(why: impl std::fmt::Display) -> EgressError {
    EgressError::Secret(why.to_string())
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

/// What came back means, by who sent it.
fn ending(kind: Kind, response: &Response, now: OffsetDateTime) -> Ending {
    let header = |name: &str| {
        let found = response.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let answer = Answer {
        status: response.status,
        retry_after: response.retry_after.map(|after| after.wait(now)),
        remaining: header("x-ratelimit-remaining"),
        reset_after: header("x-ratelimit-reset-after"),
        body: &response.body,
    };
    answer.ending(kind)
}

/// What came back as it is kept. A provider may repeat the URL that it was sent to, which is a secret.
fn kept(kind: Kind, url: &EndpointUrl, response: Response) -> ResponseRecord {
    let Response { status, mut headers, body, truncated, .. } = response;
    let mut body = Vec::from(body);
    if let Some(provider) = kind.provider() {
        message::hide(provider, url, &mut body);
        for (_, value) in &mut headers {
            let mut bytes = std::mem::take(value).into_bytes();
            message::hide(provider, url, &mut bytes);
            *value = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    ResponseRecord { status, headers, body: KeptBody::of(&body, truncated), truncated }
}

/// Of a request, as it is sent.
struct Header {
    name: Cow<'static, str>,
    value: String,
    /// It is written down and shown without its value.
    is_secret: bool,
}

/// Those that every kind of endpoint gets: what its owner set, and what the body is.
fn own_headers(endpoint: &Endpoint, made: &Made) -> impl Iterator<Item = Header> {
    let custom = endpoint.custom_headers.iter().map(|(name, value)| Header {
        name: name.clone().into(),
        value: value.clone(),
        is_secret: names_secret(name),
    });
    let ours = [("content-type", made.content_type), ("user-agent", USER_AGENT)];
    custom.chain(ours.map(|(name, value)| Header {
        name: name.into(),
        value: value.to_owned(),
        is_secret: false,
    }))
}

fn signed_headers(
    delivery: DeliveryId,
    number: u32,
    endpoint: &Endpoint,
    payload: &Payload,
    made: &Made,
    signing: &[Signing],
    now: OffsetDateTime,
) -> Vec<Header> {
    let id = delivery.to_string();
    let timestamp = now.unix_timestamp();
    let with_v1 = endpoint.signatures.has_v1();
    let signers = signing.iter().flat_map(|Signing { secret, key }| {
        with_v1.then_some(Signer::V1(secret)).into_iter().chain(key.as_ref().map(Signer::V1a))
    });
    let signature = standard_header(signers, &id, timestamp, &made.body);
    // In an overlap the hex signature has room for one: the newest secret's.
    let hex = signing.first().map(|newest| sign_hex(&newest.secret, &made.body));
    let ours = |name, value| Header { name: Cow::Borrowed(name), value, is_secret: false };
    let prefix = &endpoint.header_prefix;
    // An owner may have named it like a secret.
    let is_secret = names_secret(prefix.as_str());
    let prefixed = |name: String, value| Header { name: name.into(), value, is_secret };
    own_headers(endpoint, made)
        .chain([
            ours("webhook-timestamp", timestamp.to_string()),
            ours(SIGNATURE, signature),
            prefixed(prefix.event(), payload.event_type.as_str().to_owned()),
            prefixed(prefix.id(), id.clone()),
            prefixed(prefix.attempt(), number.to_string()),
        ])
        .chain(hex.map(|hex| prefixed(prefix.signature(), hex)))
        .chain([ours("webhook-id", id)])
        .collect()
}

/// Where the request goes on in the event's trace: as another child of it than any before.
fn traced(trace: &TraceContext) -> impl Iterator<Item = Header> {
    let ours = |name: &'static str, value| Header { name: name.into(), value, is_secret: false };
    let state = trace.tracestate().map(|state| ours(TRACESTATE, state.to_owned()));
    [ours(TRACEPARENT, trace.child(chance::bytes()))].into_iter().chain(state)
}

fn header_map(headers: &[Header]) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(headers.len());
    for Header { name, value, is_secret } in headers {
        // Vetted at registration: what does not parse cannot be here, and would not be sent.
        if let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name.as_ref()), HeaderValue::try_from(value))
        {
            // Neither logged, nor remembered by HTTP/2's compression.
            value.set_sensitive(*is_secret);
            map.insert(name, value);
        }
    }
    map
}

/// Headers as they may be stored and shown.
fn written_down(headers: Vec<Header>) -> Vec<(String, String)> {
    let shown = |value, is_secret| if is_secret { MASKED.to_owned() } else { value };
    let written = |Header { name, value, is_secret }| (Cow::into_owned(name), shown(value, is_secret));
    headers.into_iter().map(written).collect()
}
