//! Attempts as they end, for those who look on: each tenant's to its own watchers.
//!
//! Who acts: the recorder tells, after its commit; a watcher reads. Promises: telling waits for nobody, and while nobody
//! looks on it costs a look at one number; a watcher that is too slow misses attempts and learns how many. Leaves out:
//! what the ledger knows of the event, which whoever reads looks up; what another node records; attempts at an endpoint
//! that was deleted meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use actors::directory::Directory;
use actors::ports::Record;
use domain::delivery::Status;
use domain::id::{DeliveryId, EndpointId, KeyId};
use domain::outcome::Outcome;
use domain::tenant::TenantId;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub delivery: DeliveryId,
    pub number: u32,
    pub outcome: Outcome,
    pub response_status: Option<u16>,
    pub duration_ms: u64,
    pub error: Option<String>,
    /// One of [`actors::ports::Close::WORDS`], or `disable`.
    pub verdict: &'static str,
    /// Of the delivery.
    pub status: Status,
    pub next_attempt_at: Option<OffsetDateTime>,
    pub at: OffsetDateTime,
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
            verdict: if record.disable.is_some() { "disable" } else { record.close.as_str() },
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
}

#[derive(Default)]
struct Watchers {
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
        Self { directory, limits, ended, count: AtomicUsize::new(0), watchers: RwLock::default() }
    }

    pub fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Tells those who look on of an attempt.
    pub fn tell(&self, record: &Record) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        if let Some(endpoint) = self.directory.endpoint(record.delivery.endpoint) {
            self.tell_tenant(&endpoint.tenant, record);
        }
    }

    fn tell_tenant(&self, tenant: &TenantId, record: &Record) {
        let watchers = self.read();
        let Some(watchers) = watchers.by_tenant.get(tenant) else { return };
        let endpoint = record.delivery.endpoint;
        let mut wanted = watchers.iter().filter(|it| it.endpoint.is_none_or(|of| of == endpoint)).peekable();
        if wanted.peek().is_none() {
            return;
        }
        let Some(seen) = Seen::of(record).map(Arc::new) else { return };
        for watcher in wanted {
            if watcher.sender.try_send(Arc::clone(&seen)).is_err() {
                watcher.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
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
        drop(watchers);
        Ok(Watch { live: Arc::clone(self), key, tenant, watcher, receiver })
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
}

impl Watch {
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
