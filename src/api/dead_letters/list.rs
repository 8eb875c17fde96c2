//! Lists dead letters.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::id::EndpointId;
use domain::tenant::Permission;
use utoipa::IntoParams;

use crate::api::auth::Caller;
use crate::api::deliveries::Delivery;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query, read_walk, write_walk};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::{dead_letters as ledger, deliveries};

/// Which dead letters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Filter {
    /// Of events of this type, or of types of this pattern.
    event: Option<texts::EventPattern>,
    /// To this endpoint.
    webhook_id: Option<texts::EndpointId>,
    /// Of events accepted at this instant or later.
    since: Option<texts::Instant>,
    /// Of events accepted before this instant.
    until: Option<texts::Instant>,
}

/// List dead letters
///
/// A page looks at 20,000 dead letters at most: with filters it may be short, and still have a `nextCursor`.
#[utoipa::path(get, path = "/dead-letters", tag = "dead letters", operation_id = "listDeadLetters",
    params(Filter, Paging),
    responses((status = 200, description = "Dead letters, newest first", body = Page<Delivery>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let filter = deliveries::Filter {
        status: None,
        pattern: query.pattern(),
        endpoint: query.parsed("webhookId", str::parse::<EndpointId>),
        made: query.made(),
    };
    let (limit, after) = (query.limit(), query.cursor(read_walk));
    query.finish()?;
    let page = ledger::list(&state.pool, &tenant, filter, after, limit).await?;
    let page = Page {
        items: page.deliveries.into_iter().map(Delivery::from).collect(),
        next_cursor: page.next.map(write_walk),
    };
    Ok(answer(StatusCode::OK, &page))
}
