//! A request that is sent again under its Idempotency-Key is answered as it was the first time.
//!
//! Promises: what is made in the ledger is made once for a key, with the answer that tells of it, in one transaction;
//! events are delivered once for a key, since their ids are made of it; another request under the same key is refused.
//! A key belongs to its tenant, or to the operator, for a day. Leaves out: requests that were refused, which may be
//! right the next time.

use std::time::Duration;

use actors::intake::Incoming;
use axum::body::{Body, to_bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use domain::event::{EventKey, dedupe_hash};
use domain::tenant::TenantId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::problem::{Kind, Problem};
use super::state::State;
use crate::chance;
use crate::ledger::admin::act::{Act, By};
use crate::ledger::admin::idempotency::{self as ledger, Kept};
use crate::vault::Purpose;

pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// How long a key is remembered.
const REMEMBERED: Duration = Duration::from_hours(24);
const KEY_BYTES_MAX: usize = 255;

/// What a request says of being sent again.
#[derive(Debug)]
pub struct Idempotency(Option<Sent>);

#[derive(Debug)]
struct Sent {
    key: String,
    /// Method and path.
    target: String,
}

/// One request under a key.
#[derive(Debug, Clone, Copy)]
struct Asked {
    hash: Uuid,
    fingerprint: [u8; 32],
}

/// Whether there is anything to do.
pub enum Begun {
    Now(Once),
    /// It was done before: this is what it was answered.
    Before(Response),
}

/// An act that is done once for its key.
pub struct Once {
    pub act: Act,
    asked: Option<Asked>,
}

/// A request that is no act of the ledger's: its answer is kept when it is done.
pub struct NoAct(Option<Asked>);

/// An answer as it is sealed.
#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl FromRequestParts<State> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Problem> {
        let mut keys = parts.headers.get_all(HEADER).into_iter();
        let Some(key) = keys.next() else { return Ok(Self(None)) };
        let key = read(key)?;
        if keys.next().is_some() {
            return Err(Problem::field("Idempotency-Key", "is there twice"));
        }
        Ok(Self(Some(Sent { key, target: format!("{} {}", parts.method, parts.uri.path()) })))
    }
}

fn read(header: &HeaderValue) -> Result<String, Problem> {
    let is_key = |text: &&str| {
        (1..=KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    };
    let text = header.to_str().ok().filter(is_key);
    let wrong = || {
        let detail = format!("must be 1 to {KEY_BYTES_MAX} printable ASCII characters");
        Problem::field("Idempotency-Key", detail)
    };
    text.map(str::to_owned).ok_or_else(wrong)
}

impl Idempotency {
    fn asked(&self, tenant: Option<&TenantId>, body: &[u8]) -> Option<Asked> {
        let Sent { key, target } = self.0.as_ref()?;
        let whose = tenant.map_or("", TenantId::as_str);
        let digest = Sha256::new().chain_update(whose).chain_update([0]).chain_update(key).finalize();
        let (hash, _) = digest.split_first_chunk::<16>()?;
        let fingerprint = Sha256::new().chain_update(target).chain_update([0]).chain_update(body).finalize();
        Some(Asked { hash: Uuid::from_bytes(*hash), fingerprint: fingerprint.into() })
    }

    /// Begins an act, unless it was done before. `tenant` is whose things it is about, `body` what was sent.
    pub async fn begin(
        &self,
        state: &State,
        by: &By,
        tenant: Option<&TenantId>,
        body: &[u8],
    ) -> Result<Begun, Problem> {
        self.begun(state, Act::begin(&state.pool, by).await?, tenant, body).await
    }

    /// The same, committed with the acts of others.
    pub async fn begin_together(
        &self,
        state: &State,
        by: &By,
        tenant: &TenantId,
        body: &[u8],
    ) -> Result<Begun, Problem> {
        self.begun(state, Act::begin_together(state.together(), by).await?, Some(tenant), body).await
    }

    async fn begun(
        &self,
        state: &State,
        mut act: Act,
        tenant: Option<&TenantId>,
        body: &[u8],
    ) -> Result<Begun, Problem> {
        let asked = self.asked(tenant, body);
        if let Some(asked) = asked
            && let Some(kept) = ledger::claim(&mut act, asked.hash).await?
        {
            // It may be an answer of an act that this one is committed with.
            act.commit().await?;
            return asked.again(state, &kept).map(Begun::Before);
        }
        Ok(Begun::Now(Once { act, asked }))
    }

    /// What is no act, about a tenant's things.
    pub fn of(&self, tenant: &TenantId, body: &[u8]) -> NoAct {
        NoAct(self.asked(Some(tenant), body))
    }
}

impl NoAct {
    /// The answer that was given before, if it was.
    pub async fn before(&self, state: &State) -> Result<Option<Response>, Problem> {
        let Some(asked) = self.0 else { return Ok(None) };
        let kept = ledger::find(&state.pool, asked.hash, state.now()).await?;
        kept.map(|kept| asked.again(state, &kept)).transpose()
    }

    /// Keeps the answer. It is done already: where the answer cannot be kept, it is given all the same.
    pub async fn after(&self, state: &State, response: Response) -> Result<Response, Problem> {
        let Some(asked) = self.0 else { return Ok(response) };
        let (kept, response) = asked.keep(state, response).await?;
        let now = state.now();
        if let Err(error) = ledger::keep(&state.pool, asked.hash, &kept, now, now + REMEMBERED).await {
            tracing::warn!(%error, "an answer was not kept under its Idempotency-Key");
        }
        Ok(response)
    }

    /// Events without an id of their own get one that is made of the key: sent again, they are known again, whatever
    /// became of the answer.
    pub fn identified(&self, tenant: &TenantId, mut events: Vec<Incoming>) -> Vec<Incoming> {
        let Some(asked) = self.0 else { return events };
        for (at, incoming) in
            events.iter_mut().enumerate().filter(|(_, incoming)| incoming.event.key.is_none())
        {
            let of = Sha256::new().chain_update(asked.hash).chain_update(asked.fingerprint);
            let digest = of.chain_update(at.to_be_bytes()).finalize();
            let Some((name, _)) = digest.split_first_chunk::<16>() else { continue };
            if let Ok(key) = EventKey::parse(&format!("idem_{}", Uuid::from_bytes(*name).simple())) {
                incoming.dedupe = Some(dedupe_hash(tenant, key.as_str()));
                incoming.event.key = Some(key);
            }
        }
        events
    }
}

impl Once {
    /// Commits the act, and with it what is answered.
    pub async fn commit(mut self, state: &State, response: Response) -> Result<Response, Problem> {
        let Some(asked) = self.asked else {
            self.act.commit().await?;
            return Ok(response);
        };
        let (kept, response) = asked.keep(state, response).await?;
        let now = self.act.at();
        ledger::keep(self.act.conn(), asked.hash, &kept, now, now + REMEMBERED).await?;
        self.act.commit().await?;
        Ok(response)
    }
}

impl Asked {
    fn associated(&self) -> Vec<u8> {
        Purpose::Answer.of(self.hash)
    }

    /// An answer to be kept, and the same to be given.
    async fn keep(&self, state: &State, response: Response) -> Result<(Kept, Response), Problem> {
        let (head, body) = response.into_parts();
        // It was made here, and is whole.
        let body = to_bytes(body, usize::MAX).await.map_err(|error| Problem::internal(&error))?;
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let answer = Answer {
            status: head.status.as_u16(),
            headers: head.headers.iter().filter_map(text).collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let plain = serde_json::to_vec(&answer).map_err(|error| Problem::internal(&error))?;
        let sealed = state.vault.seal(&plain, &self.associated(), chance::bytes());
        let sealed = sealed.map_err(|error| Problem::internal(&error))?;
        let kept = Kept { fingerprint: self.fingerprint.to_vec(), sealed };
        Ok((kept, Response::from_parts(head, Body::from(body))))
    }

    /// What was answered, if it was to the same request.
    fn again(&self, state: &State, kept: &Kept) -> Result<Response, Problem> {
        if kept.fingerprint != self.fingerprint {
            let detail = "the key was used for another request: send a new key with it";
            return Err(Problem::about(Kind::IdempotencyKeyReused, "Idempotency-Key", detail));
        }
        let plain = state.vault.open(&kept.sealed.bytes, &kept.sealed.key_id, &self.associated());
        let plain = plain.map_err(|error| Problem::internal(&error))?;
        let answer: Answer = serde_json::from_slice(&plain).map_err(|error| Problem::internal(&error))?;
        let mut response = Response::new(Body::from(answer.body));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).map_err(|error| Problem::internal(&error))?;
        for (name, value) in answer.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::problem::FieldError;

    proptest! {
        #[test]
        fn any_header_is_a_key_as_written_or_refused_with_words(
            far in prop::collection::vec(any::<u8>(), 0..30),
            near in "[ -~\t]{0,12}",
            long in "[a-z]{250,260}",
        ) {
            for bytes in [&far[..], near.as_bytes(), long.as_bytes()] {
                let Ok(header) = HeaderValue::from_bytes(bytes) else { continue };
                let is_key = (1..=255).contains(&bytes.len()) && bytes.iter().all(|byte| (32..127).contains(byte));
                match read(&header) {
                    Ok(key) => prop_assert!(is_key && key.as_bytes() == bytes, "{key:?}"),
                    Err(problem) => {
                        prop_assert!(!is_key, "{header:?}");
                        let [FieldError { pointer, detail }] = problem.errors() else { panic!("{problem:?}") };
                        prop_assert!(pointer == "Idempotency-Key" && detail.contains(' '));
                    }
                }
            }
        }
    }
}
