//! Attempts as they end, for those who look on: each tenant's to its own watchers.
//!
//! Who acts: the recorder tells, after its commit; a watcher reads. Promises: telling waits for nobody, and while nobody
//! looks on it costs a look at two numbers; a watcher that is too slow misses attempts and learns how many. Leaves out:
//! what the ledger knows of the event, which whoever reads looks up; attempts at an endpoint that was deleted meanwhile;
//! how what other nodes record gets here.

mod elsewhere;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use actors::directory::Directory;
use actors::ports::{Close, Record};
use domain::delivery::Status;
use domain::id::{DeliveryId, EndpointId, KeyId};
use domain::outcome::Outcome;
use domain::tenant::TenantId;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use self::elsewhere::{Elsewhere, SAID_AGAIN, Told};

/// Attempts that wait for one watcher; past it, it misses some.
const BUFFER: usize = 1_000;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub per_key: usize,
    /// Of all its keys: it makes as many as it likes.
    pub per_tenant: usize,
    /// Of this process.
    pub all: usize,
}

/// An attempt that ended, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub delivery: DeliveryId,
    pub number: u32,
    pub outcome: Outcome,
    pub response_status: Option<u16>,
    pub duration_ms: u64,
    pub error: Option<String>,
    /// One of [`Close::WORDS`], or `disable`.
    #[serde(deserialize_with = "verdict")]
    pub verdict: Word,
    /// Of the delivery.
    pub status: Status,
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_attempt_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// One of ours, as it is written here.
pub type Word = &'static str;

const DISABLE: Word = "disable";

fn verdict<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    let read = String::deserialize(deserializer)?;
    let word = Close::WORDS.into_iter().chain([DISABLE]).find(|word| *word == read);
    word.ok_or_else(|| serde::de::Error::custom("it is no verdict"))
}

impl Seen {
    /// `None` where no attempt was made.
    fn of(record: &Record) -> Option<Self> {
        let report = record.report.as_ref()?;
        Some(Self {
            delivery: record.delivery,
            number: record.number,
            outcome: report.ending.outcome,
            response_status: report.ending.status,
            duration_ms: report.attempt.duration_ms,
            error: report.attempt.error.clone(),
            verdict: if record.disable.is_some() { DISABLE } else { record.close.as_str() },
            status: record.close.status(),
            next_attempt_at: record.close.retry_at(),
            at: record.at,
        })
    }
}

/// There are as many watchers as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    OfKey,
    OfTenant,
    OfProcess,
}

pub struct Live {
    directory: Arc<Directory>,
    limits: Limits,
    /// Cancelled when the service drains: whoever looks on ends then.
    ended: CancellationToken,
    count: AtomicUsize,
    watchers: RwLock<Watchers>,
    elsewhere: Elsewhere,
    /// Somebody began to look on.
    began: Notify,
    /// How many had begun when other nodes were told last whom this one watches.
    said: watch::Sender<u64>,
}

#[derive(Default)]
struct Watchers {
    /// So far.
    began: u64,
    by_tenant: HashMap<TenantId, Vec<Arc<Watcher>>>,
    by_key: HashMap<KeyId, usize>,
}

struct Watcher {
    /// Only what is sent there.
    endpoint: Option<EndpointId>,
    sender: mpsc::Sender<Arc<Seen>>,
    missed: AtomicU64,
}

impl Live {
    pub fn new(directory: Arc<Directory>, limits: Limits, ended: CancellationToken) -> Self {
        Self {
            directory,
            limits,
            ended,
            count: AtomicUsize::new(0),
            watchers: RwLock::default(),
            elsewhere: Elsewhere::default(),
            began: Notify::new(),
            said: watch::Sender::new(0),
        }
    }

    pub fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Those who look on at other nodes.
    pub fn elsewhere(&self) -> &Elsewhere {
        &self.elsewhere
    }

    /// Tells those who look on of an attempt, here and elsewhere.
    pub fn tell(&self, record: &Record) {
        let (here, elsewhere) = (self.count.load(Ordering::Relaxed) > 0, self.elsewhere.is_wanted());
        if !here && !elsewhere {
            return;
        }
        let endpoint = record.delivery.endpoint;
        if let Some(known) = self.directory.endpoint(endpoint) {
            self.tell_tenant(&known.tenant, endpoint, || Seen::of(record));
            if elsewhere {
                self.elsewhere.tell(&known.tenant, || Seen::of(record));
            }
        }
    }

    /// What another node tells of its attempts. It is believed of the endpoints of the tenant alone. Answers with what is of
    /// endpoints that are not known here: they may have been made a moment ago.
    pub fn hear(&self, told: Told) -> Option<Told> {
        let Told { tenant, missed, attempts } = told;
        let mut unknown = Vec::new();
        for seen in attempts {
            let endpoint = seen.delivery.endpoint;
            match self.directory.endpoint(endpoint) {
                Some(known) if known.tenant == tenant => {
                    self.tell_tenant(&tenant, endpoint, || Some(seen));
                }
                Some(_) => {}
                None => unknown.push(seen),
            }
        }
        for watcher in self.read().by_tenant.get(&tenant).into_iter().flatten() {
            watcher.missed.fetch_add(missed, Ordering::Relaxed);
        }
        (!unknown.is_empty()).then_some(Told { tenant, missed: 0, attempts: unknown })
    }

    fn tell_tenant(&self, tenant: &TenantId, endpoint: EndpointId, seen: impl FnOnce() -> Option<Seen>) {
        let watchers = self.read();
        let Some(watchers) = watchers.by_tenant.get(tenant) else { return };
        let mut wanted = watchers.iter().filter(|it| it.endpoint.is_none_or(|of| of == endpoint)).peekable();
        if wanted.peek().is_none() {
            return;
        }
        let Some(seen) = seen().map(Arc::new) else { return };
        for watcher in wanted {
            if watcher.sender.try_send(Arc::clone(&seen)).is_err() {
                watcher.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until somebody begins to look on.
    pub async fn watched_anew(&self) {
        self.began.notified().await;
    }

    /// Whom this node watches, and how many have begun to.
    pub fn watched(&self) -> (Vec<TenantId>, u64) {
        let watchers = self.read();
        (watchers.by_tenant.keys().cloned().collect(), watchers.began)
    }

    /// Other nodes were told of all that had begun by then.
    pub fn said(&self, began: u64) {
        self.said.send_replace(began);
    }

    /// Looks on from now, on behalf of a key, until the watch is dropped.
    pub fn watch(
        self: &Arc<Self>,
        key: KeyId,
        tenant: TenantId,
        endpoint: Option<EndpointId>,
    ) -> Result<Watch, Full> {
        let mut watchers = self.write();
        if self.count.load(Ordering::Relaxed) >= self.limits.all {
            return Err(Full::OfProcess);
        }
        let of_key = watchers.by_key.get(&key).copied().unwrap_or(0);
        if of_key >= self.limits.per_key {
            return Err(Full::OfKey);
        }
        if watchers.by_tenant.get(&tenant).map_or(0, Vec::len) >= self.limits.per_tenant {
            return Err(Full::OfTenant);
        }
        watchers.by_key.insert(key, of_key + 1);
        self.count.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = mpsc::channel(BUFFER);
        let watcher = Arc::new(Watcher { endpoint, sender, missed: AtomicU64::new(0) });
        watchers.by_tenant.entry(tenant.clone()).or_default().push(Arc::clone(&watcher));
        watchers.began += 1;
        let number = watchers.began;
        drop(watchers);
        self.began.notify_one();
        Ok(Watch { live: Arc::clone(self), key, tenant, watcher, receiver, number })
    }

    fn read(&self) -> RwLockReadGuard<'_, Watchers> {
        self.watchers.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Watchers> {
        self.watchers.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who looks on.
pub struct Watch {
    live: Arc<Live>,
    key: KeyId,
    tenant: TenantId,
    watcher: Arc<Watcher>,
    receiver: mpsc::Receiver<Arc<Seen>>,
    number: u64,
}

impl Watch {
    /// Waits until other nodes were told of it.
    pub async fn said(&self) {
        let mut said = self.live.said.subscribe();
        // The sender is here: it does not end.
        let _ = said.wait_for(|said| *said >= self.number).await;
    }

    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Waits for the next attempts.
    pub async fn next(&mut self) -> Vec<Arc<Seen>> {
        let mut seen = Vec::new();
        self.receiver.recv_many(&mut seen, BUFFER).await;
        seen
    }

    /// How many it missed since it was asked last.
    pub fn missed(&self) -> u64 {
        self.watcher.missed.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watchers = self.live.write();
        if let Some(of_tenant) = watchers.by_tenant.get_mut(&self.tenant) {
            of_tenant.retain(|watcher| !Arc::ptr_eq(watcher, &self.watcher));
            if of_tenant.is_empty() {
                watchers.by_tenant.remove(&self.tenant);
            }
        }
        if let Some(of_key) = watchers.by_key.get_mut(&self.key) {
            *of_key -= 1;
            if *of_key == 0 {
                watchers.by_key.remove(&self.key);
            }
        }
        self.live.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
