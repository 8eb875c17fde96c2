//! API keys.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod patch;

use serde::Serialize;
use utoipa::ToSchema;

use super::json::time;
use crate::ledger::admin::keys as ledger;

/// A key, without what it is itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    #[schema(example = "key_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "checkout service")]
    name: String,
    #[schema(example = "producer")]
    role: String,
    /// Null for an operator's key.
    #[schema(required, example = "acme")]
    tenant_id: Option<String>,
    /// The key's first characters, to tell it from others.
    #[schema(example = "hy_3fB9c")]
    prefix: String,
    #[schema(format = DateTime, example = "2026-01-02T03:04:05.678Z")]
    created_at: String,
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// To the minute.
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
}

impl From<ledger::Key> for Key {
    fn from(key: ledger::Key) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            role: key.role.as_str().to_owned(),
            tenant_id: key.tenant.map(|tenant| tenant.to_string()),
            prefix: key.prefix,
            created_at: time(key.created_at),
            expires_at: key.expires_at.map(time),
            last_used_at: key.last_used_at.map(time),
        }
    }
}
