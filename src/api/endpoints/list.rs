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
use crate::api::texts;

/// Which endpoints.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Filter {
    /// Those that stand like this.
    status: Option<texts::EndpointStatus>,
    /// Those that are told of events of this type; or that have this pattern, as it was written.
    event: Option<texts::Line>,
    /// Those of this user.
    user_id: Option<texts::Line>,
    /// Those with this in their name or URL, in whatever case.
    q: Option<texts::Line>,
}

/// List endpoints
///
/// A page looks at 20,000 endpoints at most: with filters it may be short, and still have a `nextCursor`.
#[utoipa::path(get, path = "/webhooks", tag = "endpoints", operation_id = "listEndpoints",
    extensions(("x-permission" = json!("read"))),
    params(Filter, Paging),
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
