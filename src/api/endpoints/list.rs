//! Lists endpoints.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::endpoint::Status;
use domain::tenant::Permission;
use utoipa::IntoParams;

use super::{Endpoint, ledger};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query, sealed};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;

/// Which endpoints.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Filter {
    /// active, paused, disabled or failed.
    status: Option<String>,
    /// An event type that it is subscribed to, or a pattern as it was written.
    event: Option<String>,
    user_id: Option<String>,
    /// A part of name or URL.
    q: Option<String>,
}

/// List endpoints
///
/// A page looks at 20,000 endpoints at most: with filters it may be short, and still have a `nextCursor`.
#[utoipa::path(get, path = "/webhooks", tag = "endpoints", operation_id = "listEndpoints", params(Filter, Paging),
    responses((status = 200, description = "Endpoints, newest first", body = Page<Endpoint>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let filter = ledger::Filter {
        status: query.parsed("status", |text| {
            let status = Status::ALL.into_iter().find(|status| status.as_str() == text);
            status.ok_or("must be active, paused, disabled or failed")
        }),
        event: query.text("event"),
        user_id: query.text("userId"),
        text: query.text("q"),
    };
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let page = ledger::list(&state.pool, &tenant, &filter, before, limit).await?;
    let page = Page {
        items: page.endpoints.into_iter().map(Endpoint::from).collect(),
        next_cursor: page.next.map(|next| sealed(&next.to_string())),
    };
    Ok(answer(StatusCode::OK, &page))
}
