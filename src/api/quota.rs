//! How many requests a key may make to this node: a token bucket for each key, which holds what a minute allows.
//!
//! Publishing is counted apart from everything else. Where a key stands is told on every answer by the headers of
//! draft-ietf-httpapi-ratelimit-headers-10. Leaves out: keys that are unknown, and other nodes.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use domain::bucket::Bucket;
use domain::id::KeyId;
use quick_cache::sync::Cache;

use super::problem::{Kind, Problem};
use super::state::State;

/// Buckets kept at a time: a key whose bucket was let go starts with a full one.
const KEPT_MAX: usize = 10_000;
const MINUTE_SECS: u32 = 60;

pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// What a request counts as; what publishes carries `Publishes` among its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    Requests,
    Publishes,
}

/// Where a key stands once it has asked.
#[derive(Debug, Clone, Copy)]
struct Standing {
    sort: Sort,
    per_minute: NonZeroU32,
    left: u32,
    full_in: Duration,
    /// How long until there is a token, where there was none.
    wait: Option<Duration>,
}

/// Where the standing is left for the answer.
#[derive(Clone, Default)]
pub struct Slot(Arc<OnceLock<Standing>>);

/// The buckets of the keys that asked lately.
pub struct Quotas(Cache<(KeyId, Sort), Arc<Mutex<Bucket>>>);

impl Default for Quotas {
    fn default() -> Self {
        Self(Cache::new(KEPT_MAX))
    }
}

impl Quotas {
    fn take(&self, key: KeyId, sort: Sort, per_minute: NonZeroU32, now: Duration) -> Standing {
        let fresh =
            || Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(Bucket::new(per_minute, per_minute))));
        let Ok(bucket) = self.0.get_or_insert_with(&(key, sort), fresh);
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = bucket.take(now).err();
        Standing { sort, per_minute, left: bucket.left(now), full_in: bucket.until_full(now), wait }
    }
}

/// Counts a request of this key; a problem where it has made too many.
pub fn count(parts: &Parts, state: &State, key: KeyId) -> Result<(), Problem> {
    let sort = parts.extensions.get::<Sort>().copied().unwrap_or(Sort::Requests);
    let per_minute = match sort {
        Sort::Requests => state.settings.requests_per_minute,
        Sort::Publishes => state.settings.publishes_per_minute,
    };
    let Some(per_minute) = per_minute else { return Ok(()) };
    let standing = state.quotas().take(key, sort, per_minute, state.clock.uptime());
    if let Some(Slot(slot)) = parts.extensions.get() {
        let _ = slot.set(standing);
    }
    if standing.wait.is_some() {
        let detail = format!("a key may make {per_minute} {} a minute", sort.name());
        return Err(Problem::new(Kind::RateLimited, detail));
    }
    Ok(())
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Publishes => "publishes",
        }
    }
}

impl Slot {
    /// Says where the key stands, if it was counted.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Some(standing) = self.0.get() else { return };
        let (name, per_minute) = (standing.sort.name(), standing.per_minute);
        let secs = |time: Duration| time.as_millis().div_ceil(1000);
        let mut set = |header, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(header, value);
            }
        };
        set(POLICY, format!("\"{name}\";q={per_minute};w={MINUTE_SECS}"));
        set(LEFT, format!("\"{name}\";r={};t={}", standing.left, secs(standing.full_in)));
        if let Some(wait) = standing.wait {
            set(header::RETRY_AFTER, secs(wait).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId(uuid::Uuid::nil());

    fn told(standing: Standing) -> Vec<String> {
        let (slot, mut headers) = (Slot::default(), HeaderMap::new());
        slot.0.set(standing).expect("once");
        slot.tell(&mut headers);
        let text = |name| headers.get(name).map(|value| value.to_str().expect("text").to_owned());
        [POLICY, LEFT, header::RETRY_AFTER].into_iter().filter_map(text).collect()
    }

    #[test]
    fn a_key_gets_a_minute_s_worth_and_then_its_share() {
        let (quotas, per_minute) = (Quotas::default(), NonZeroU32::new(2).expect("two"));
        let at = |secs| quotas.take(KEY, Sort::Requests, per_minute, Duration::from_secs(secs));
        assert_eq!(told(at(100)), [r#""requests";q=2;w=60"#, r#""requests";r=1;t=30"#]);
        assert_eq!(told(at(100)), [r#""requests";q=2;w=60"#, r#""requests";r=0;t=60"#]);
        assert_eq!(told(at(110)), [r#""requests";q=2;w=60"#, r#""requests";r=0;t=50"#, "20"]);
        assert!(at(130).wait.is_none());
    }

    #[test]
    fn keys_and_sorts_are_counted_apart() {
        let (quotas, one) = (Quotas::default(), NonZeroU32::MIN);
        let take = |key, sort| quotas.take(key, sort, one, Duration::ZERO).wait.is_none();
        assert!(take(KEY, Sort::Requests) && take(KEY, Sort::Publishes));
        assert!(take(KeyId(uuid::Uuid::max()), Sort::Requests));
        assert!(!take(KEY, Sort::Requests) && !take(KEY, Sort::Publishes));
    }
}
