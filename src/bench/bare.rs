//! The bare limit: the least that a delivery can cost. The sender that makes every attempt signs and sends as many
//! bodies of the same size to the same sink, with neither queue nor ledger, and nobody who publishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use actors::ports::EgressError;
use domain::address::EndpointUrl;
use domain::endpoint::{AutoDisable, Endpoint, RetryPolicy, Sealed, SealedSecret, Status};
use domain::filter::Wants;
use domain::headers::HeaderPrefix;
use domain::id::{DeliveryId, EndpointId, EventId};
use domain::matching::EventType;
use domain::outcome::Outcome;
use domain::retry::Schedule;
use domain::signature::{Secret, Signatures};
use domain::tenant::TenantId;
use tokio::task::JoinSet;

use super::Error;
use super::stamp::{Stamp, micros};
use crate::chance;
use crate::courier::Sender;
use crate::ledger::Payload;
use crate::vault::Purpose;

/// As an endpoint has it where it says nothing.
const TIMEOUT: Duration = Duration::from_secs(15);

pub struct Bare {
    pub sender: Sender,
    pub url: EndpointUrl,
    pub tenant: TenantId,
    pub event_type: EventType,
    pub requests: u32,
    pub in_flight: u32,
    /// Of one event's data.
    pub data_bytes: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Sent {
    pub succeeded: u64,
    pub failed: u64,
    /// What became of one that failed.
    pub why: Option<String>,
    pub began_micros: u64,
}

/// Sends all of it; `sent` goes up meanwhile.
pub async fn bare(bare: Bare, sent: Arc<AtomicU64>) -> Result<Sent, Error> {
    let (began_micros, in_flight) = (micros(bare.sender.clock.now()), bare.in_flight);
    let endpoint = bare.endpoint()?;
    let shared = Arc::new(Shared { bare, endpoint, next: AtomicU32::new(0), sent });
    let mut senders = JoinSet::new();
    for _ in 0..in_flight {
        senders.spawn(Arc::clone(&shared).send());
    }
    let mut all = Sent { began_micros, ..Sent::default() };
    while let Some(one) = senders.join_next().await {
        let Sent { succeeded, failed, why, .. } = one?;
        all.succeeded += succeeded;
        all.failed += failed;
        all.why = all.why.or(why);
    }
    Ok(all)
}

impl Bare {
    /// An endpoint as the ledger would have it.
    fn endpoint(&self) -> Result<Endpoint, Error> {
        let now = self.sender.clock.now();
        let id = EndpointId::new(now, chance::bytes());
        let secret = Secret::generate(chance::bytes());
        let sealed =
            self.sender.vault.seal(secret.expose().as_bytes(), &Purpose::Secret.of(id.0), chance::bytes())?;
        let secret = Sealed { bytes: sealed.bytes, vault_key: sealed.key_id };
        Ok(Endpoint {
            id,
            tenant: self.tenant.clone(),
            url: self.url.clone(),
            status: Status::Active,
            patterns: Vec::new(),
            kind: domain::endpoint::Kind::Http,
            sealed_url: None,
            format: domain::format::Format::default(),
            templates: std::sync::Arc::default(),
            channels: domain::channels::Channels::default(),
            wants: Wants::All,
            custom_headers: Vec::new(),
            header_prefix: HeaderPrefix::default(),
            max_in_flight: self.in_flight,
            rate_limit: None,
            tenant_limit: None,
            ordered: false,
            timeout: TIMEOUT,
            retry: RetryPolicy { schedule: Schedule::default(), max_retries: 0 },
            auto_disable: AutoDisable { after: None, min_duration: Duration::ZERO },
            changed_at: now,
            signatures: Signatures::default(),
            auth: None,
            secrets: vec![SealedSecret { secret, key: None, expires_at: None }],
        })
    }
}

struct Shared {
    bare: Bare,
    endpoint: Endpoint,
    next: AtomicU32,
    sent: Arc<AtomicU64>,
}

impl Shared {
    /// One of those in flight: the next request when the last has ended.
    async fn send(self: Arc<Self>) -> Sent {
        let mut sent = Sent::default();
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= self.bare.requests {
                return sent;
            }
            match self.attempt(n).await {
                Ok(None) => {
                    sent.succeeded += 1;
                    self.sent.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Some(why)) => {
                    sent.failed += 1;
                    sent.why.get_or_insert(why);
                }
                Err(error) => {
                    sent.failed += 1;
                    sent.why.get_or_insert_with(|| error.to_string());
                }
            }
        }
    }

    /// Nothing where it succeeded, else why not.
    async fn attempt(&self, n: u32) -> Result<Option<String>, EgressError> {
        let Bare { sender, event_type, data_bytes, .. } = &self.bare;
        let now = sender.clock.now();
        let event = EventId::new(now, chance::bytes());
        let data = Stamp { n, at: micros(now) }.data(*data_bytes);
        let tenant = self.endpoint.tenant.clone();
        let (kind, id) = (event_type.clone(), event.to_string());
        let payload = Payload::new(tenant, kind, now, id, data.as_bytes());
        let delivery = DeliveryId { event, endpoint: self.endpoint.id };
        let made = sender.bodies.make(&self.endpoint, &payload).await;
        let report = sender.send(delivery, 1, &self.endpoint, &payload, made).await?;
        let outcome = report.ending.outcome;
        let why = || report.attempt.error.clone().unwrap_or_else(|| outcome.as_str().to_owned());
        Ok((outcome != Outcome::Succeeded).then(why))
    }
}
