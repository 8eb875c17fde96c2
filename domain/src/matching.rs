//! Stub, replaced by the policies branch.
use crate::tenant::TenantId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventType(String);
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad")]
pub struct Invalid;
impl EventType {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pattern(String);
impl Pattern {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
#[derive(Debug)]
pub struct Index<T>(BTreeSet<(TenantId, Pattern, T)>);
impl<T> Default for Index<T> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}
impl<T: Copy + Ord> Index<T> {
    pub fn insert(&mut self, tenant: &TenantId, pattern: &Pattern, value: T) {
        self.0.insert((tenant.clone(), pattern.clone(), value));
    }
    pub fn remove(&mut self, tenant: &TenantId, pattern: &Pattern, value: T) {
        self.0.remove(&(tenant.clone(), pattern.clone(), value));
    }
    pub fn matches(&self, tenant: &TenantId, event_type: &EventType, into: &mut Vec<T>) {
        for (t, p, v) in &self.0 {
            if t == tenant && p.0 == event_type.0 {
                into.push(*v);
            }
        }
    }
}
