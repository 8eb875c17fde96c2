//! One attempt: the endpoint's secrets opened, the payload signed and sent, and what was sent and what came back
//! written down.

use std::borrow::Cow;
use std::sync::Arc;

use actors::ports::{Clock, EgressError, Report};
use domain::attempt::{AttemptRecord, KeptBody, ResponseRecord};
use domain::endpoint::{Endpoint, Sealed};
use domain::headers::{MASKED, names_secret};
use domain::id::DeliveryId;
use domain::outcome::{Ending, Outcome};
use domain::signature::{Secret, Signer, SigningKey, sign_hex, standard_header};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::egress::{self, Failure, HeaderMap, HeaderName, HeaderValue, Request};
use crate::ledger::Payload;
use crate::vault::{Purpose, Vault};

const USER_AGENT: &str = concat!("Hookyard/", env!("CARGO_PKG_VERSION"));

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
        let signing = self.signing(endpoint, started_at)?;
        let mut headers = headers(delivery, number, endpoint, &payload, &signing, started_at);
        if let Some(auth) = &endpoint.auth {
            let value = self.open(auth, Purpose::Auth, endpoint)?;
            let value = std::str::from_utf8(&value).map_err(unusable)?.to_owned();
            headers.push(Header { name: "authorization".into(), value, is_secret: true });
        }
        let request = Request {
            url: endpoint.url.clone(),
            headers: header_map(&headers),
            body: payload.body,
            timeout: endpoint.timeout,
        };
        let request_headers = written_down(headers);
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
                    body: KeptBody::of(&response.body, response.truncated),
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
        Ok(Report { attempt: Arc::new(record), ending })
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

/// Of a request, as it is sent.
struct Header {
    name: Cow<'static, str>,
    value: String,
    /// It is written down and shown without its value.
    is_secret: bool,
}

fn headers(
    delivery: DeliveryId,
    number: u32,
    endpoint: &Endpoint,
    payload: &Payload,
    signing: &[Signing],
    now: OffsetDateTime,
) -> Vec<Header> {
    let id = delivery.to_string();
    let timestamp = now.unix_timestamp();
    let with_v1 = endpoint.signatures.has_v1();
    let signers = signing.iter().flat_map(|Signing { secret, key }| {
        with_v1.then_some(Signer::V1(secret)).into_iter().chain(key.as_ref().map(Signer::V1a))
    });
    let signature = standard_header(signers, &id, timestamp, &payload.body);
    // In an overlap the hex signature has room for one: the newest secret's.
    let hex = signing.first().map(|newest| sign_hex(&newest.secret, &payload.body));
    let custom = endpoint.custom_headers.iter().map(|(name, value)| Header {
        name: name.clone().into(),
        value: value.clone(),
        is_secret: names_secret(name),
    });
    let ours = |name, value| Header { name: Cow::Borrowed(name), value, is_secret: false };
    let prefix = &endpoint.header_prefix;
    // An owner may have named it like a secret.
    let is_secret = names_secret(prefix.as_str());
    let prefixed = |name: String, value| Header { name: name.into(), value, is_secret };
    custom
        .chain([
            ours("content-type", "application/json".to_owned()),
            ours("user-agent", USER_AGENT.to_owned()),
            ours("webhook-timestamp", timestamp.to_string()),
            ours("webhook-signature", signature),
            prefixed(prefix.event(), payload.event_type.as_str().to_owned()),
            prefixed(prefix.id(), id.clone()),
            prefixed(prefix.attempt(), number.to_string()),
        ])
        .chain(hex.map(|hex| prefixed(prefix.signature(), hex)))
        .chain([ours("webhook-id", id)])
        .collect()
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
