//! Tenants, for operators.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod patch;

use serde::Serialize;
use utoipa::ToSchema;

use super::fields::{Fields, flag, number, text};
use super::json::time;
use super::texts;
use crate::ledger::admin::tenants as ledger;

const PER_SECOND_MAX: u32 = 100_000;
const ENDPOINTS_MAX: u32 = 1_000_000;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "acme", "name": "Acme Corporation", "maxDeliveriesPerSecond": 10, "maxEndpoints": null,
    "maxEndpointsPerUser": null, "paused": false, "createdAt": "2026-01-02T03:04:05.678Z",
    "updatedAt": "2026-01-02T03:04:05.678Z"})))]
pub struct Tenant {
    #[schema(value_type = texts::TenantId)]
    id: String,
    #[schema(value_type = texts::Line)]
    name: String,
    /// What all its endpoints together are sent a second. Null: as much as each allows.
    #[schema(required)]
    max_deliveries_per_second: Option<u32>,
    /// Endpoints it may have. Null: as many as the configuration says.
    #[schema(required)]
    max_endpoints: Option<u32>,
    /// Endpoints one `userId` of it may have. Null: as many as the configuration says.
    #[schema(required)]
    max_endpoints_per_user: Option<u32>,
    /// Nothing is sent to its endpoints: what they are owed waits.
    paused: bool,
    #[schema(value_type = texts::Time)]
    created_at: String,
    #[schema(value_type = texts::Time)]
    updated_at: String,
}

impl From<ledger::Tenant> for Tenant {
    fn from(tenant: ledger::Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.settings.name,
            max_deliveries_per_second: tenant.settings.max_deliveries_per_second,
            max_endpoints: tenant.settings.max_endpoints,
            max_endpoints_per_user: tenant.settings.max_endpoints_per_user,
            paused: tenant.settings.paused,
            created_at: time(tenant.created_at),
            updated_at: time(tenant.updated_at),
        }
    }
}

/// The settings that a change brings; what is `None` stays.
#[expect(clippy::option_option, reason = "left out and null are two things here")]
#[derive(Debug, Default)]
struct Change {
    name: Option<String>,
    max_deliveries_per_second: Option<Option<u32>>,
    max_endpoints: Option<Option<u32>>,
    max_endpoints_per_user: Option<Option<u32>>,
    paused: Option<bool>,
}

impl Change {
    /// All but the name.
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: None,
            max_deliveries_per_second: fields.nullable("maxDeliveriesPerSecond", number(1..=PER_SECOND_MAX)),
            max_endpoints: fields.nullable("maxEndpoints", number(0..=ENDPOINTS_MAX)),
            max_endpoints_per_user: fields.nullable("maxEndpointsPerUser", number(0..=ENDPOINTS_MAX)),
            paused: fields.optional("paused", flag),
        }
    }

    fn of(self, before: &ledger::Settings) -> ledger::Settings {
        let before = before.clone();
        ledger::Settings {
            name: self.name.unwrap_or(before.name),
            max_deliveries_per_second: self
                .max_deliveries_per_second
                .unwrap_or(before.max_deliveries_per_second),
            max_endpoints: self.max_endpoints.unwrap_or(before.max_endpoints),
            max_endpoints_per_user: self.max_endpoints_per_user.unwrap_or(before.max_endpoints_per_user),
            paused: self.paused.unwrap_or(before.paused),
        }
    }
}

fn name(value: serde_json::Value) -> Result<String, String> {
    text(1..=200)(value)
}
