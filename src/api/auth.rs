//! Who asks, and what the key allows.
//!
//! A key is known by its hash. Keys seen lately are kept for a few seconds, so that a busy producer costs the ledger
//! nothing; one that is deleted here is forgotten at once, on other nodes when its seconds are over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::id::KeyId;
use domain::tenant::{Permission, Role, TenantId};
use quick_cache::sync::Cache;
use time::OffsetDateTime;

use super::problem::{Kind, Problem};
use super::state::State;
use crate::ledger::admin::{keys, tenants};

/// Keys kept in memory at a time.
const KEPT_MAX: usize = 10_000;
/// How long a deleted key may still work on another node.
const KEPT_FOR: Duration = Duration::from_secs(5);
/// No key is longer; what is, is not looked up.
const KEY_BYTES_MAX: usize = 512;

pub const TENANT_HEADER: &str = "x-tenant-id";

type Hash = [u8; 32];

/// The keys seen lately, by their hashes.
pub struct Keys {
    kept: Cache<Hash, Kept>,
    /// How many were forgotten: one that was read before that is not kept.
    forgotten: AtomicU64,
}

#[derive(Clone)]
struct Kept {
    id: KeyId,
    role: Role,
    tenant: Option<TenantId>,
    expires_at: Option<OffsetDateTime>,
    at: Instant,
}

impl Default for Keys {
    fn default() -> Self {
        Self { kept: Cache::new(KEPT_MAX), forgotten: AtomicU64::new(0) }
    }
}

impl Keys {
    /// Forgets a key that is no more.
    pub fn forget(&self, hash: &[u8]) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        if let Ok(hash) = <&Hash>::try_from(hash) {
            self.kept.remove(hash);
        }
    }

    /// Keeps a key that was read when so many were `forgotten`.
    fn keep(&self, hash: Hash, kept: Kept, forgotten: u64) {
        self.kept.insert(hash, kept);
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            self.kept.remove(&hash);
        }
    }
}

/// Who asks. What the key allows is asked of it before anything is done.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key: KeyId,
    pub role: Role,
    hash: Hash,
    tenant: Option<TenantId>,
    /// The tenant that the request names.
    named: Option<TenantId>,
}

impl Caller {
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
        let secret = bearer(&parts.headers)?;
        let hash = keys::hash(secret);
        let kept = look_up(state, hash).await?;
        let named = named(&parts.headers)?;
        tracing::Span::current().record("key", tracing::field::display(kept.id));
        Ok(Self { key: kept.id, role: kept.role, hash, tenant: kept.tenant, named })
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
    let known = state.keys().kept.get(&hash).filter(|kept| kept.at.elapsed() < KEPT_FOR);
    let kept = match known {
        Some(kept) => kept,
        None => fetch(state, hash, now).await?,
    };
    if kept.expires_at.is_some_and(|end| end <= now) {
        return Err(unauthorized("the key has expired"));
    }
    Ok(kept)
}

async fn fetch(state: &State, hash: Hash, now: OffsetDateTime) -> Result<Kept, Problem> {
    // Its age counts from before the look: a deletion in between is noticed in time.
    let (at, forgotten) = (Instant::now(), state.keys().forgotten.load(Ordering::SeqCst));
    let found =
        keys::find(&state.pool, &hash, now).await?.ok_or_else(|| unauthorized("the key is unknown"))?;
    if let Err(error) = keys::touch(&state.pool, found.id, now).await {
        tracing::debug!(%error, "use of a key was not noted");
    }
    let kept =
        Kept { id: found.id, role: found.role, tenant: found.tenant, expires_at: found.expires_at, at };
    state.keys().keep(hash, kept.clone(), forgotten);
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
        let key = KeyId(uuid::Uuid::nil());
        let caller = Caller { key, role: Role::Viewer, hash: [0; 32], tenant: None, named: None };
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
