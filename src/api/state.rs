//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use actors::directory::Directory;
use actors::intake;
use actors::ports::Clock;
use domain::address::Policy;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use super::auth::Keys;
use super::control::Control;
use super::inbound::Doors;
use super::quota::Quotas;
use super::settings::Settings;
use crate::ledger::admin::together::Together;
use crate::live::Live;
use crate::vault::Vault;

/// Rankings worked out at a time: each looks at all endpoints of a tenant, and publishing needs the ledger's connections too.
const RANKINGS_MAX: usize = 2;

/// The parts of the service that the API is given.
pub struct Parts {
    pub pool: PgPool,
    pub directory: Arc<Directory>,
    pub intake: intake::Handle,
    pub vault: Arc<Vault>,
    pub clock: Arc<dyn Clock>,
    pub policy: Arc<Policy>,
    pub control: Arc<dyn Control>,
    pub live: Arc<Live>,
    pub settings: Settings,
}

pub struct Inner {
    parts: Parts,
    pub(super) keys: Keys,
    quotas: Quotas,
    rankings: Semaphore,
    together: Together,
    /// A permit a byte of what is published.
    publishing: Arc<Semaphore>,
    doors: Doors,
}

/// The parts, and the keys seen lately with what they asked for; shared by all requests.
#[derive(Clone)]
pub struct State(Arc<Inner>);

impl State {
    pub fn new(parts: Parts) -> Self {
        let (keys, quotas) = (Keys::default(), Quotas::default());
        let rankings = Semaphore::new(RANKINGS_MAX);
        let together = Together::new(parts.pool.clone());
        let publishing = Arc::new(Semaphore::new(parts.settings.pending_bytes_max));
        let doors = Doors::new(&parts.settings);
        Self(Arc::new(Inner { parts, keys, quotas, rankings, together, publishing, doors }))
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Where new endpoints are committed together.
    pub(super) fn together(&self) -> &Together {
        &self.0.together
    }

    pub(super) fn quotas(&self) -> &Quotas {
        &self.0.quotas
    }

    pub(super) fn rankings(&self) -> &Semaphore {
        &self.0.rankings
    }

    pub(super) fn publishing(&self) -> &Arc<Semaphore> {
        &self.0.publishing
    }

    pub(super) fn doors(&self) -> &Doors {
        &self.0.doors
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }
}

impl Deref for State {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
