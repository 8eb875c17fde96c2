//! Tenants, for operators.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod patch;

use serde::Serialize;
use utoipa::ToSchema;

use super::fields;
use super::json::time;
use super::texts;
use crate::ledger::admin::tenants as ledger;

/// Fields of the contract that are not built yet.
const UNBUILT: &[&str] = &["maxDeliveriesPerSecond", "maxEndpoints", "maxEndpointsPerUser", "paused"];

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "acme", "name": "Acme Corporation", "createdAt": "2026-01-02T03:04:05.678Z",
    "updatedAt": "2026-01-02T03:04:05.678Z"})))]
pub struct Tenant {
    #[schema(value_type = texts::TenantId)]
    id: String,
    #[schema(value_type = texts::Line)]
    name: String,
    #[schema(value_type = texts::Time)]
    created_at: String,
    #[schema(value_type = texts::Time)]
    updated_at: String,
}

impl From<ledger::Tenant> for Tenant {
    fn from(tenant: ledger::Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.name,
            created_at: time(tenant.created_at),
            updated_at: time(tenant.updated_at),
        }
    }
}

fn name(value: serde_json::Value) -> Result<String, String> {
    fields::text(1..=200)(value)
}
