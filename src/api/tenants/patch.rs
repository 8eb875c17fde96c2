//! Changes a tenant.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::{Permission, TenantId};
use utoipa::ToSchema;

use super::{Tenant, UNBUILT, ledger, name};
use crate::api::auth::Caller;
use crate::api::fields::Fields;
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, WritingAll};
use crate::api::state::State;
use crate::api::texts;

/// What changes of a tenant.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Acme Limited"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct TenantChange {
    #[schema(required = false)]
    name: texts::Line,
}

/// Change a tenant
///
/// What is left out stays as it is.
#[utoipa::path(patch, path = "/tenants/{id}", tag = "tenants", operation_id = "changeTenant",
    params(("id" = texts::TenantId, Path, description = "The tenant")), request_body = TenantChange,
    responses((status = 200, description = "The tenant as it is now", body = Tenant), WritingAll))]
pub async fn patch(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<TenantId>,
    body: Body,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let mut fields = Fields::read(body.one()?)?;
    let wanted = fields.optional("name", name);
    fields.unbuilt(UNBUILT);
    let wanted = fields.finish(Some(wanted))?;
    let tenant = match wanted {
        Some(wanted) => ledger::rename(&state.pool, &id, &wanted, state.now()).await?,
        None => ledger::get(&state.pool, &id).await?,
    };
    let tenant = tenant.ok_or_else(|| Problem::not_found("tenant"))?;
    state.control.changed().await;
    Ok(answer(StatusCode::OK, &Tenant::from(tenant)))
}
