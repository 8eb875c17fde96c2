//! Shows one endpoint.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::EndpointId;
use domain::tenant::Permission;

use super::{Endpoint, ledger};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Show an endpoint
///
/// With its counts and what waits for it, without its secret.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "endpoints", operation_id = "getEndpoint",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")),
    responses(
        (status = 200, description = "The endpoint", body = Endpoint,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        Reading,
    ))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let endpoint = ledger::get(&state.pool, &tenant, id).await?;
    let endpoint = endpoint.ok_or_else(|| Problem::not_found("endpoint"))?;
    Ok((etag(endpoint.version), answer(StatusCode::OK, &Endpoint::from(endpoint))).into_response())
}
