//! Shows one tenant.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::tenant::{Permission, TenantId};

use super::{Tenant, ledger};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, ReadingAll};
use crate::api::state::State;
use crate::api::texts;

/// Show a tenant
///
/// Its keys and endpoints are lists of their own.
#[utoipa::path(get, path = "/tenants/{id}", tag = "tenants", operation_id = "getTenant",
    extensions(("x-permission" = json!("manage-tenants"))),
    params(("id" = texts::TenantId, Path, description = "The tenant")),
    responses(
        (status = 200, description = "The tenant", body = Tenant,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        ReadingAll,
    ))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<TenantId>,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let tenant = ledger::get(&state.pool, &id).await?.ok_or_else(|| Problem::not_found("tenant"))?;
    Ok((etag(tenant.version), answer(StatusCode::OK, &Tenant::from(tenant))).into_response())
}
