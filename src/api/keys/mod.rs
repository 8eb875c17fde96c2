//! API keys.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod patch;

use serde::Serialize;
use utoipa::ToSchema;

use super::json::time;
use super::texts;
use crate::ledger::admin::keys as ledger;

/// A key, without what it is itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "key_01h455vb4pex5vsknk084sn02q", "name": "checkout service", "role": "producer", "tenantId": "acme",
    "prefix": "hy_3fB9c", "createdAt": "2026-01-02T03:04:05.678Z", "expiresAt": null, "lastUsedAt": null})))]
pub struct Key {
    #[schema(value_type = texts::KeyId)]
    id: String,
    #[schema(value_type = texts::Line)]
    name: String,
    #[schema(value_type = texts::Role)]
    role: &'static str,
    /// Null for an operator's key.
    #[schema(required, value_type = Option<texts::TenantId>)]
    tenant_id: Option<String>,
    /// The key's first characters, to tell it from others.
    #[schema(max_length = 8)]
    prefix: String,
    #[schema(value_type = texts::Time)]
    created_at: String,
    #[schema(required, value_type = Option<texts::Time>)]
    expires_at: Option<String>,
    /// To the minute.
    #[schema(required, value_type = Option<texts::Time>)]
    last_used_at: Option<String>,
}

impl From<ledger::Key> for Key {
    fn from(key: ledger::Key) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            role: key.role.as_str(),
            tenant_id: key.tenant.map(|tenant| tenant.to_string()),
            prefix: key.prefix,
            created_at: time(key.created_at),
            expires_at: key.expires_at.map(time),
            last_used_at: key.last_used_at.map(time),
        }
    }
}
