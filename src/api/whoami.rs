//! Says whose key asks, and what it may do.

use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::json::answer;
use super::page::NoQuery;
use super::problem::{Asking, Problem};
use super::texts;

/// A key, as it is seen by whoever has it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"keyId": "key_01h455vb4pex5vsknk084sn02q", "keyName": "console", "role": "editor", "tenantId": "acme",
    "permissions": ["write", "publish", "read"], "version": "0.1.0"})))]
pub struct WhoAmI {
    #[schema(value_type = texts::KeyId)]
    key_id: String,
    #[schema(value_type = texts::Line)]
    key_name: String,
    #[schema(value_type = texts::Role)]
    role: &'static str,
    /// Null: an operator's, which names a tenant with each request.
    #[schema(required, value_type = Option<texts::TenantId>)]
    tenant_id: Option<String>,
    /// What the operations of this document ask for (`x-permission`).
    #[schema(max_items = 6)]
    permissions: Vec<&'static str>,
    /// Of the node that answers.
    version: &'static str,
}

/// Say whose key this is
///
/// For whoever holds a key: whose it is and what it may do. Any role may ask.
#[utoipa::path(get, path = "/whoami", tag = "keys", operation_id = "whoAmI",
    extensions(("x-permission" = json!("any"))),
    responses((status = 200, description = "The key", body = WhoAmI), Asking))]
pub async fn whoami(caller: Caller, _: NoQuery) -> Result<Response, Problem> {
    let (tenant, role) = (caller.own()?, caller.role);
    let permissions = Permission::ALL.into_iter().filter(|permission| role.may(*permission));
    let shown = WhoAmI {
        key_id: caller.key.to_string(),
        key_name: caller.name().to_owned(),
        role: role.as_str(),
        tenant_id: tenant.map(ToString::to_string),
        permissions: permissions.map(Permission::as_str).collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(answer(StatusCode::OK, &shown))
}
