//! What every node knows of tenants and endpoints, in memory: whom an event is owed to, and how to send.
//! The ledger is the truth; the directory knows which version of it it shows, and intake proves it at every
//! commit. A change is read as "everything above the version I know".

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use domain::channels::Channels;
use domain::endpoint::Endpoint;
use domain::event::Event;
use domain::filter::Wants;
use domain::id::EndpointId;
use domain::matching::{EventType, Index};
use domain::notice;
use domain::tenant::TenantId;
use tracing::field::{DisplayValue, display};

use crate::ports::{Changes, Ledger, LedgerError};
use crate::registry::Registry;

pub struct Directory {
    known: RwLock<Known>,
    /// Whose actors are told of every change, whoever noticed it.
    registry: Arc<Registry>,
    /// One refresh at a time, and how many had begun when the last one that succeeded did.
    refreshing: tokio::sync::Mutex<u64>,
    begun: AtomicU64,
}

#[derive(Default)]
struct Known {
    version: i64,
    tenants: HashSet<TenantId>,
    endpoints: HashMap<EndpointId, Arc<Endpoint>>,
    index: Index<EndpointId>,
    /// Those that get what they are owed in order.
    ordered: HashSet<EndpointId>,
    /// Those that do not want all events of their types.
    choosy: HashMap<TenantId, HashMap<EndpointId, Choice>>,
}

/// Which of the events of its types an endpoint wants.
struct Choice {
    channels: Channels,
    wants: Wants,
}

impl Directory {
    pub fn new(registry: Arc<Registry>) -> Self {
        Self {
            known: RwLock::default(),
            registry,
            refreshing: tokio::sync::Mutex::default(),
            begun: AtomicU64::new(0),
        }
    }

    /// Those who are told of changes.
    pub fn registry(&self) -> &Registry {
        &self.registry
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

    /// Whose an endpoint is, for a line of the log.
    pub fn tenant_of(&self, id: EndpointId) -> Option<DisplayValue<TenantId>> {
        self.read().endpoints.get(&id).map(|endpoint| display(endpoint.tenant.clone()))
    }

    /// How many endpoints there are, by status.
    pub fn counts(&self) -> HashMap<domain::endpoint::Status, usize> {
        let mut counts = HashMap::new();
        for endpoint in self.read().endpoints.values() {
            *counts.entry(endpoint.status).or_default() += 1;
        }
        counts
    }

    /// The endpoints that an event is owed to by its type and its channels, each once; those of them that have to be asked
    /// whether they want it; and the version that says so.
    pub fn matches(
        &self,
        event: &Event,
        into: &mut Vec<EndpointId>,
        to_ask: &mut Vec<(EndpointId, Wants)>,
    ) -> i64 {
        let known = self.read();
        known.index.matches(event.tenant.as_str(), &event.event_type, into);
        to_ask.clear();
        if let Some(choosy) = known.choosy.get(&event.tenant) {
            into.retain(|endpoint| {
                choosy.get(endpoint).is_none_or(|choice| choice.channels.take(&event.channels))
            });
            let asks = |endpoint: &EndpointId| Some((*endpoint, choosy.get(endpoint)?.wants.clone()));
            to_ask.extend(into.iter().filter_map(asks).filter(|(_, wants)| !matches!(wants, Wants::All)));
        }
        known.version
    }

    /// Whether an endpoint subscribed to notices of this type.
    pub fn wants_notice(&self, id: EndpointId, event_type: &EventType) -> bool {
        let asks = |endpoint: &Arc<Endpoint>| {
            endpoint.patterns.iter().any(|pattern| notice::is_asked_for(pattern, event_type))
        };
        self.read().endpoints.get(&id).is_some_and(asks)
    }

    /// Whether any endpoint may be owed a notice.
    pub fn has_listener(&self, notice: &Event) -> bool {
        let mut endpoints = Vec::new();
        self.matches(notice, &mut endpoints, &mut Vec::new());
        endpoints.into_iter().any(|id| self.wants_notice(id, &notice.event_type))
    }

    /// Whether any endpoint of a tenant has to be asked about its events.
    pub fn has_choosy(&self, tenant: &TenantId) -> bool {
        self.read().choosy.contains_key(tenant)
    }

    /// The ordered ones among these endpoints, each once.
    pub fn ordered_among(&self, endpoints: impl IntoIterator<Item = EndpointId>) -> Vec<EndpointId> {
        let known = self.read();
        if known.ordered.is_empty() {
            return Vec::new();
        }
        let ordered = endpoints.into_iter().filter(|endpoint| known.ordered.contains(endpoint));
        ordered.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Brings the directory up to the ledger, and tells the actors whose endpoints changed. Those who wait for one that
    /// runs share the next.
    pub async fn refresh(&self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        let asked = self.begun.load(Ordering::SeqCst);
        let mut done = self.refreshing.lock().await;
        if *done > asked {
            return Ok(());
        }
        let this = 1 + self.begun.fetch_add(1, Ordering::SeqCst);
        let changes = ledger.changes_since(self.version()).await?;
        for endpoint in self.put_in_order(&changes) {
            // Before anybody knows: whoever sees it ordered asks where its order begins.
            self.registry.put_in_order(endpoint);
        }
        let applied = self.apply(changes);
        for &endpoint in &applied.begin_anew {
            self.registry.begin_anew(endpoint);
        }
        self.registry.tell(&applied.changed);
        *done = this;
        Ok(())
    }

    /// Does some work while nothing is refreshed: what it reads of the ledger is no older than what comes next.
    pub async fn between_refreshes<T>(&self, work: impl Future<Output = T>) -> T {
        let _refreshes_wait = self.refreshing.lock().await;
        work.await
    }

    /// What the actors of these endpoints have read of them is not so any more: they read it again.
    pub fn read_again(&self, endpoints: impl IntoIterator<Item = EndpointId>) {
        let endpoints: Vec<EndpointId> = endpoints.into_iter().collect();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for id in &endpoints {
            if let Some(endpoint) = known.endpoints.get_mut(id) {
                *endpoint = Arc::new(Endpoint::clone(endpoint));
            }
        }
        drop(known);
        self.registry.tell(&endpoints);
    }

    /// Those that are told to keep order from now on.
    fn put_in_order(&self, changes: &Changes) -> Vec<EndpointId> {
        let known = self.read();
        let ordered = changes.endpoints.iter().filter(|(endpoint, exists)| *exists && endpoint.ordered);
        ordered.map(|(endpoint, _)| endpoint.id).filter(|id| !known.ordered.contains(id)).collect()
    }

    fn apply(&self, changes: Changes) -> Applied {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (tenant, exists) in changes.tenants {
            if exists {
                known.tenants.insert(tenant);
            } else {
                known.tenants.remove(&tenant);
            }
        }
        let mut applied = Applied::default();
        for (endpoint, exists) in changes.endpoints {
            applied.changed.push(endpoint.id);
            let former = known.forget(endpoint.id);
            if former.is_some_and(|former| begins_anew(&former, &endpoint)) {
                applied.begin_anew.push(endpoint.id);
            }
            if exists {
                known.learn(endpoint);
            }
        }
        known.version = known.version.max(changes.version);
        applied
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a refresh brought.
#[derive(Default)]
struct Applied {
    changed: Vec<EndpointId>,
    /// Of these nothing counts any more that happened before.
    begin_anew: Vec<EndpointId>,
}

/// Set to active again it starts clean; and what was at another address is no sign of what is at this one.
fn begins_anew(former: &Endpoint, now: &Endpoint) -> bool {
    let is_elsewhere = former.url != now.url || former.sealed_url != now.sealed_url;
    (!former.status.is_owed() && now.status.is_owed()) || is_elsewhere
}

impl Known {
    fn forget(&mut self, id: EndpointId) -> Option<Arc<Endpoint>> {
        self.ordered.remove(&id);
        let former = self.endpoints.remove(&id)?;
        if let Some(choosy) = self.choosy.get_mut(&former.tenant) {
            choosy.remove(&id);
            if choosy.is_empty() {
                self.choosy.remove(&former.tenant);
            }
        }
        for pattern in &former.patterns {
            self.index.remove(former.tenant.as_str(), pattern, id);
        }
        Some(former)
    }

    fn learn(&mut self, endpoint: Endpoint) {
        if endpoint.status.is_owed() {
            for pattern in &endpoint.patterns {
                self.index.insert(endpoint.tenant.as_str(), pattern, endpoint.id);
            }
        }
        if !endpoint.channels.is_empty() || !matches!(endpoint.wants, Wants::All) {
            let choosy = self.choosy.entry(endpoint.tenant.clone()).or_default();
            let choice = Choice { channels: endpoint.channels.clone(), wants: endpoint.wants.clone() };
            choosy.insert(endpoint.id, choice);
        }
        if endpoint.ordered {
            self.ordered.insert(endpoint.id);
        }
        self.endpoints.insert(endpoint.id, Arc::new(endpoint));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{self, Weather, World};

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_is_told_to_keep_order_asks_anew_where_it_begins() {
        let endpoint = testing::endpoint(1, 1);
        let id = endpoint.id;
        let mut world = World::new(7, Weather::default(), vec![endpoint]);
        let node = world.start().await;
        let settled = || node.registry.entry(id).lock().spill.settled;
        // From an earlier time; nobody is there who would see the change.
        node.registry.entry(id).lock().spill.settled = Some(9);
        for (ordered, expected) in [(false, Some(9)), (true, None)] {
            world.ledger.change(id, |endpoint| endpoint.ordered = ordered);
            node.directory.refresh(&world.ledger).await.unwrap();
            assert_eq!(settled(), expected);
        }
        node.registry.entry(id).lock().spill.settled = Some(9);
        world.ledger.change(id, |endpoint| endpoint.max_in_flight = 2);
        node.directory.refresh(&world.ledger).await.unwrap();
        assert_eq!(settled(), Some(9));
    }
}
