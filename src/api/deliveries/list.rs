//! Lists deliveries.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::delivery::{Reason, Status};
use domain::id::EndpointId;
use domain::tenant::{Permission, TenantId};
use utoipa::IntoParams;

use super::{Delivery, ledger, reason, status};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query, read_walk, write_walk};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::endpoints;

/// Which deliveries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Filter {
    /// Those that stand like this.
    status: Option<texts::DeliveryStatusAsked>,
    /// Those that are dead, or were skipped, for this reason.
    dead_reason: Option<texts::DeadReason>,
    /// Of events of this type, or of types of this pattern.
    event: Option<texts::EventPattern>,
    /// To this endpoint, a deleted one too.
    webhook_id: Option<texts::EndpointId>,
    /// Of events accepted at this instant or later.
    since: Option<texts::Instant>,
    /// Of events accepted before this instant.
    until: Option<texts::Instant>,
}

/// List deliveries
///
/// A page looks at 20,000 deliveries at most: with filters it may be short, and still have a `nextCursor`.
#[utoipa::path(get, path = "/deliveries", tag = "deliveries", operation_id = "listDeliveries",
    extensions(("x-permission" = json!("read"))),
    params(Filter, Paging),
    responses((status = 200, description = "Deliveries, newest first", body = Page<Delivery>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let filter = filter(&mut query);
    found(&state, &tenant, query, filter).await
}

/// What of the query says which deliveries.
pub fn filter(query: &mut Query) -> ledger::Filter {
    let status = query.parsed("status", status);
    filter_within(query, status)
}

/// The same where the status goes without saying. Where only a reason is asked for, it tells the status.
pub fn filter_within(query: &mut Query, status: Option<Status>) -> ledger::Filter {
    let reason = query.parsed("deadReason", |written| reason(written, status));
    ledger::Filter {
        status: status.or(reason.map(Reason::ends_in)),
        reason,
        pattern: query.pattern(),
        endpoint: query.parsed("webhookId", str::parse::<EndpointId>),
        made: query.made(),
    }
}

/// The page that a query asks for. An endpoint that is nobody's, or another's, does not exist.
pub async fn found(
    state: &State,
    tenant: &TenantId,
    query: Query,
    filter: ledger::Filter,
) -> Result<Response, Problem> {
    if let Some(endpoint) = filter.endpoint
        && !endpoints::existed(&state.pool, tenant, endpoint).await?
    {
        return Err(Problem::not_found("endpoint"));
    }
    page(state, tenant, query, filter).await
}

/// The page that a query asks for, of an endpoint of the tenant's if it names one.
pub async fn page(
    state: &State,
    tenant: &TenantId,
    mut query: Query,
    filter: ledger::Filter,
) -> Result<Response, Problem> {
    let (limit, after) = (query.limit(), query.cursor(read_walk));
    query.finish()?;
    let page = ledger::list(&state.pool, tenant, &filter, after, limit).await?;
    let page = Page {
        items: page.deliveries.into_iter().map(Delivery::from).collect(),
        next_cursor: page.next.map(write_walk),
    };
    Ok(answer(StatusCode::OK, &page))
}
