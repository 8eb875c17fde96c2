//! What every node knows of tenants and endpoints, in memory: whom an event is owed to, and how to send.
//! The ledger is the truth; the directory knows which version of it it shows, and intake proves it at every
//! commit. A change is read as "everything above the version I know".

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use domain::endpoint::Endpoint;
use domain::id::EndpointId;
use domain::matching::{EventType, Index};
use domain::tenant::TenantId;

use crate::ports::{Changes, Ledger, LedgerError};
use crate::registry::Registry;

pub struct Directory {
    known: RwLock<Known>,
    /// Whose actors are told of every change, whoever noticed it.
    registry: Arc<Registry>,
    /// One refresh at a time; the others find its result.
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    version: i64,
    tenants: HashSet<TenantId>,
    endpoints: HashMap<EndpointId, Arc<Endpoint>>,
    index: Index<EndpointId>,
    /// Those that get what they are owed in order.
    ordered: HashSet<EndpointId>,
}

impl Directory {
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { known: RwLock::default(), registry, refreshing: tokio::sync::Mutex::default() }
    }

    pub fn version(&self) -> i64 {
        self.read().version
    }

    pub fn has_tenant(&self, tenant: &TenantId) -> bool {
        self.read().tenants.contains(tenant)
    }

    pub fn endpoint(&self, id: EndpointId) -> Option<Arc<Endpoint>> {
        self.read().endpoints.get(&id).cloned()
    }

    /// How many endpoints there are, by status.
    pub fn counts(&self) -> HashMap<domain::endpoint::Status, usize> {
        let mut counts = HashMap::new();
        for endpoint in self.read().endpoints.values() {
            *counts.entry(endpoint.status).or_default() += 1;
        }
        counts
    }

    /// The endpoints that an event of this type is owed to, each once, and the version that says so.
    pub fn matches(&self, tenant: &TenantId, event_type: &EventType, into: &mut Vec<EndpointId>) -> i64 {
        let known = self.read();
        known.index.matches(tenant.as_str(), event_type, into);
        known.version
    }

    /// The ordered ones among these endpoints, each once.
    pub fn ordered_among<'a>(&self, endpoints: impl Iterator<Item = &'a EndpointId>) -> Vec<EndpointId> {
        let known = self.read();
        if known.ordered.is_empty() {
            return Vec::new();
        }
        let ordered: BTreeSet<_> = endpoints.filter(|endpoint| known.ordered.contains(endpoint)).collect();
        ordered.into_iter().copied().collect()
    }

    /// Brings the directory up to the ledger, and tells the actors whose endpoints changed.
    pub async fn refresh(&self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        let _one = self.refreshing.lock().await;
        let changes = ledger.changes_since(self.version()).await?;
        self.registry.tell(&self.apply(changes));
        Ok(())
    }

    fn apply(&self, changes: Changes) -> Vec<EndpointId> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (tenant, exists) in changes.tenants {
            if exists {
                known.tenants.insert(tenant);
            } else {
                known.tenants.remove(&tenant);
            }
        }
        let changed = changes.endpoints.iter().map(|(endpoint, _)| endpoint.id).collect();
        for (endpoint, exists) in changes.endpoints {
            known.forget(endpoint.id);
            if exists {
                known.learn(endpoint);
            }
        }
        known.version = known.version.max(changes.version);
        changed
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn forget(&mut self, id: EndpointId) {
        self.ordered.remove(&id);
        if let Some(former) = self.endpoints.remove(&id) {
            for pattern in &former.patterns {
                self.index.remove(former.tenant.as_str(), pattern, id);
            }
        }
    }

    fn learn(&mut self, endpoint: Endpoint) {
        if endpoint.status.is_owed() {
            for pattern in &endpoint.patterns {
                self.index.insert(endpoint.tenant.as_str(), pattern, endpoint.id);
            }
        }
        if endpoint.ordered {
            self.ordered.insert(endpoint.id);
        }
        self.endpoints.insert(endpoint.id, Arc::new(endpoint));
    }
}
