//! Who asks, and what the key allows.
//!
//! A key is known by its hash. Keys seen lately are kept, so that a busy producer costs the ledger nothing; one is
//! believed as long as the directory shows the version that it was read at. What changes or ends a key raises that
//! version: here its answer waits for the directory, other nodes look for it twice a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::id::KeyId;
use domain::tenant::{Permission, Role, TenantId};
use quick_cache::sync::Cache;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use super::problem::{Kind, Problem};
use super::quota;
use super::request::RequestId;
use super::state::State;
use crate::ledger::admin::act::By;
use crate::ledger::admin::{keys, tenants};

/// Keys kept in memory at a time.
const KEPT_MAX: usize = 10_000;
/// How long a key is believed at most: where the ledger does not answer, nothing is heard of changes. So often, its
/// being used is noted.
const KEPT_FOR: Duration = Duration::from_secs(5);
/// Keys looked up in the ledger at a time: whoever guesses keys waits for others who do, and holds no more of the
/// ledger than that.
const LOOKUPS_MAX: usize = 4;
/// No key is longer; what is, is not looked up.
const KEY_BYTES_MAX: usize = 512;

pub const TENANT_HEADER: &str = "x-tenant-id";

type Hash = [u8; 32];

/// The keys seen lately, by their hashes.
pub struct Keys {
    kept: Cache<Hash, Kept>,
    lookups: Semaphore,
}

#[derive(Clone)]
struct Kept {
    id: KeyId,
    name: Arc<str>,
    role: Role,
    tenant: Option<TenantId>,
    expires_at: Option<OffsetDateTime>,
    /// What the directory showed before it was read.
    version: i64,
    at: Instant,
}

impl Default for Keys {
    fn default() -> Self {
        Self { kept: Cache::new(KEPT_MAX), lookups: Semaphore::new(LOOKUPS_MAX) }
    }
}

impl Kept {
    fn is_believed(&self, version: i64) -> bool {
        self.version == version && self.at.elapsed() < KEPT_FOR
    }
}

/// Who asks. What the key allows is asked of it before anything is done.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key: KeyId,
    name: Arc<str>,
    pub role: Role,
    hash: Hash,
    tenant: Option<TenantId>,
    /// The tenant that the request names.
    named: Option<TenantId>,
    request_id: Arc<str>,
}

impl Caller {
    /// The caller as the one who changes something now.
    pub fn by(&self, state: &State) -> By {
        By {
            key: Some((self.key, self.role)),
            name: self.name.to_string(),
            request_id: Some(self.request_id.to_string()),
            at: state.now(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose key it is; `None`: an operator's. Another tenant than that may not be named.
    pub fn own(&self) -> Result<Option<&TenantId>, Problem> {
        match (&self.tenant, &self.named) {
            (Some(own), Some(named)) if own != named => Err(Problem::not_found("tenant")),
            (own, _) => Ok(own.as_ref()),
        }
    }

    pub fn may(&self, permission: Permission) -> Result<(), Problem> {
        if self.role.may(permission) {
            return Ok(());
        }
        let detail = format!("a key of the role {} may not do this", self.role.as_str());
        Err(Problem::new(Kind::Forbidden, detail))
    }

    /// Who asks, as the key is now: a request may last longer than its key.
    pub async fn again(&self, state: &State) -> Result<Self, Problem> {
        let kept = look_up(state, self.hash).await?;
        Ok(Self { role: kept.role, tenant: kept.tenant, ..self.clone() })
    }

    /// Whose things the request is about, if the key may do this with them.
    pub async fn tenant(&self, permission: Permission, state: &State) -> Result<TenantId, Problem> {
        if let Some(tenant) = self.scope(permission, state).await? {
            Ok(tenant)
        } else {
            let detail = "an operator's key belongs to no tenant: name one in X-Tenant-Id";
            Err(Problem::new(Kind::TenantRequired, detail))
        }
    }

    /// As [`Caller::tenant`], where an operator may also mean all tenants: `None`.
    pub async fn scope(&self, permission: Permission, state: &State) -> Result<Option<TenantId>, Problem> {
        self.may(permission)?;
        match (&self.tenant, &self.named) {
            (Some(own), Some(named)) if own != named => Err(Problem::not_found("tenant")),
            (Some(own), _) => Ok(Some(own.clone())),
            (None, Some(named)) => {
                // The directory may not have heard of one that another node made just now.
                let known =
                    state.directory.has_tenant(named) || tenants::get(&state.pool, named).await?.is_some();
                if known { Ok(Some(named.clone())) } else { Err(Problem::not_found("tenant")) }
            }
            (None, None) => Ok(None),
        }
    }
}

impl FromRequestParts<State> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let (hash, kept) = if let Some(Known { hash, kept }) = parts.extensions.remove() {
            (hash, unexpired(kept, state.now())?)
        } else {
            let hash = keys::hash(bearer(&parts.headers)?);
            let kept = look_up(state, hash).await?;
            tracing::Span::current().record("key", tracing::field::display(kept.id));
            (hash, kept)
        };
        quota::count(parts, state, kept.id)?;
        let named = named(&parts.headers)?;
        let RequestId(request_id) = parts.extensions.get().cloned().unwrap_or_default();
        Ok(Self {
            key: kept.id,
            name: kept.name,
            role: kept.role,
            hash,
            tenant: kept.tenant,
            named,
            request_id,
        })
    }
}

/// A key that was seen lately. Whoever opens the request's span can name it at once: to add it later, all that the
/// span has said is read and written anew.
#[derive(Clone)]
pub struct Known {
    hash: Hash,
    kept: Kept,
}

impl Known {
    pub fn of(headers: &HeaderMap, state: &State) -> Option<Self> {
        let hash = keys::hash(bearer(headers).ok()?);
        Some(Self { hash, kept: believed(state, hash)? })
    }

    pub fn key(&self) -> KeyId {
        self.kept.id
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(Kind::Unauthorized, detail)
}

fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let header = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| unauthorized("there is no key: send Authorization: Bearer hy_…"))?;
    let (scheme, secret) = header.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    let secret = secret.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || secret.is_empty() {
        return Err(unauthorized("the header Authorization should be: Bearer hy_…"));
    }
    if secret.len() > KEY_BYTES_MAX {
        return Err(unauthorized("the key is unknown"));
    }
    Ok(secret)
}

fn named(headers: &HeaderMap) -> Result<Option<TenantId>, Problem> {
    let Some(header) = headers.get(TENANT_HEADER) else { return Ok(None) };
    let tenant = header.to_str().ok().and_then(|text| text.parse().ok());
    tenant.map(Some).ok_or_else(|| Problem::not_found("tenant"))
}

async fn look_up(state: &State, hash: Hash) -> Result<Kept, Problem> {
    let now = state.now();
    let kept = match believed(state, hash) {
        Some(kept) => kept,
        None => fetch(state, hash, now).await?,
    };
    unexpired(kept, now)
}

fn unexpired(kept: Kept, now: OffsetDateTime) -> Result<Kept, Problem> {
    if kept.expires_at.is_some_and(|end| end <= now) {
        return Err(unauthorized("the key has expired"));
    }
    Ok(kept)
}

fn believed(state: &State, hash: Hash) -> Option<Kept> {
    let version = state.directory.version();
    state.keys().kept.get(&hash).filter(|kept| kept.is_believed(version))
}

async fn fetch(state: &State, hash: Hash, now: OffsetDateTime) -> Result<Kept, Problem> {
    // Never closed: there is always a permit to come.
    let _permit = state.keys().lookups.acquire().await;
    // Of many requests that waited, the first looked for all of one key.
    if let Some(kept) = believed(state, hash) {
        return Ok(kept);
    }
    // Both from before the look: a change in between is noticed.
    let (version, at) = (state.directory.version(), Instant::now());
    let found =
        keys::find(&state.pool, &hash, now).await?.ok_or_else(|| unauthorized("the key is unknown"))?;
    if let Err(error) = keys::touch(&state.pool, found.id, now).await {
        tracing::debug!(%error, "use of a key was not noted");
    }
    let kept = Kept {
        id: found.id,
        name: found.name.into(),
        role: found.role,
        tenant: found.tenant,
        expires_at: found.expires_at,
        version,
        at,
    };
    state.keys().kept.insert(hash, kept.clone());
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_key_is_a_bearer_token() {
        for good in ["Bearer hy_1", "bearer hy_1", "BEARER   hy_1"] {
            assert_eq!(bearer(&headers("authorization", good)), Ok("hy_1"), "{good}");
        }
        for bad in ["hy_1", "Basic hy_1", "Bearer", "Bearer ", ""] {
            assert!(bearer(&headers("authorization", bad)).is_err(), "{bad}");
        }
        assert!(bearer(&HeaderMap::new()).is_err());
        assert!(bearer(&headers("authorization", &format!("Bearer {}", "x".repeat(513)))).is_err());
    }

    #[test]
    fn a_role_that_may_not_is_told_so() {
        let caller = Caller {
            key: KeyId(uuid::Uuid::nil()),
            name: "k".into(),
            role: Role::Viewer,
            hash: [0; 32],
            tenant: None,
            named: None,
            request_id: "".into(),
        };
        assert!(caller.may(Permission::Read).is_ok());
        assert_eq!(caller.may(Permission::Write).map_err(|problem| problem.kind()), Err(Kind::Forbidden));
    }

    #[test]
    fn the_named_tenant_is_read() {
        assert_eq!(named(&HeaderMap::new()).ok(), Some(None));
        assert!(named(&headers(TENANT_HEADER, "Not A Tenant")).is_err());
        assert!(named(&headers(TENANT_HEADER, "demo")).is_ok_and(|tenant| tenant.is_some()));
    }
}
