//! Changes a tenant.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::tenant::{Permission, TenantId};
use utoipa::ToSchema;

use super::{Change, Tenant, ledger, name};
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition, etag};
use crate::api::fields::Fields;
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, Problem, WritingAll};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;

/// What changes of a tenant.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"name": "Acme Limited", "maxDeliveriesPerSecond": 50, "paused": true})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct TenantChange {
    #[schema(required = false)]
    name: texts::Line,
    /// What all its endpoints together may be sent a second. Null: as much as each allows.
    #[schema(minimum = 1, maximum = 100_000)]
    max_deliveries_per_second: Option<u32>,
    /// Endpoints it may have. Null: as many as the configuration says.
    #[schema(maximum = 1_000_000)]
    max_endpoints: Option<u32>,
    /// Endpoints one `userId` of it may have. Null: as many as the configuration says.
    #[schema(maximum = 1_000_000)]
    max_endpoints_per_user: Option<u32>,
    /// True: nothing is sent to its endpoints, and what they are owed waits.
    #[schema(required = false)]
    paused: bool,
}

/// Change a tenant
///
/// What is left out stays as it is. It takes effect on the next attempt at each of its endpoints.
#[utoipa::path(patch, path = "/tenants/{id}", tag = "tenants", operation_id = "changeTenant",
    extensions(("x-permission" = json!("manage-tenants"))),
    params(("id" = texts::TenantId, Path, description = "The tenant"), Precondition),
    request_body = TenantChange,
    responses(
        (status = 200, description = "The tenant as it is now", body = Tenant,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        Conditional,
        WritingAll,
    ))]
pub async fn patch(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<TenantId>,
    if_match: IfMatch,
    body: Body,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let mut fields = Fields::read(body.one()?)?;
    let name = fields.optional("name", name);
    let change = Change { name, ..Change::read(&mut fields) };
    let change = fields.finish(Some(change))?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    let decide =
        |before: &ledger::Tenant| if_match.check(before.version).map(|()| change.of(&before.settings));
    let tenant = ledger::change(&mut act, &id, decide).await?;
    let tenant = tenant.ok_or_else(|| Problem::not_found("tenant"))?;
    act.commit().await?;
    state.control.changed().await;
    Ok((etag(tenant.version), answer(StatusCode::OK, &Tenant::from(tenant))).into_response())
}
