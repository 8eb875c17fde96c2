//! Lists the deliveries of one endpoint: its log.

use axum::extract::State as Given;
use axum::http::Uri;
use axum::response::Response;
use domain::id::EndpointId;
use domain::tenant::Permission;

use super::{Delivery, ledger, list};
use crate::api::auth::Caller;
use crate::api::json::Id;
use crate::api::page::{Page, Paging, Query};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::endpoints;

/// List the deliveries of an endpoint
///
/// As `GET /deliveries` with `webhookId`; a deleted endpoint's too, until retention.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "deliveries", operation_id = "listEndpointDeliveries",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint, a deleted one too"), list::Filter, Paging),
    responses((status = 200, description = "Deliveries, newest first", body = Page<Delivery>), Reading))]
pub async fn of_endpoint(
    Given(state): Given<State>,
    caller: Caller,
    Id(id): Id<EndpointId>,
    uri: Uri,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    if !endpoints::existed(&state.pool, &tenant, id).await? {
        return Err(Problem::not_found("endpoint"));
    }
    let mut query = Query::of(&uri);
    let filter = list::filter(&mut query);
    if filter.endpoint.is_some_and(|named| named != id) {
        return Err(Problem::field("?webhookId", "is not the endpoint of the path"));
    }
    list::page(&state, &tenant, query, ledger::Filter { endpoint: Some(id), ..filter }).await
}
