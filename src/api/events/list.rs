//! Lists events.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;
use utoipa::IntoParams;

use super::{Event, ledger};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query, sealed};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::scheduled;

/// Which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Filter {
    /// Of this type, or of types of this pattern.
    event: Option<texts::EventPattern>,
    /// Those whose time has not come instead, the soonest first; `since` and `until` are about their `deliverAt` then.
    #[param(default = false)]
    scheduled: Option<bool>,
    /// Accepted at this instant or later.
    since: Option<texts::Instant>,
    /// Accepted before this instant.
    until: Option<texts::Instant>,
}

/// List events
///
/// With `event`, a page looks at 20,000 events at most: it may be short, and still have a `nextCursor`.
#[utoipa::path(get, path = "/events", tag = "events", operation_id = "listEvents",
    extensions(("x-permission" = json!("read"))),
    params(Filter, Paging),
    responses((status = 200, description = "Events, newest first", body = Page<Event>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let filter = ledger::Filter { pattern: query.pattern(), made: query.made() };
    let (limit, from) = (query.limit(), query.cursor_id());
    let of_later = query.flag("scheduled").unwrap_or_default();
    query.finish()?;
    let page = if of_later {
        scheduled::list(&state.pool, &tenant, &filter, from, limit).await?
    } else {
        ledger::list(&state.pool, &tenant, &filter, from, limit).await?
    };
    let page = Page {
        items: page.events.into_iter().map(Event::from).collect(),
        next_cursor: page.next.map(|next| sealed(&next.to_string())),
    };
    Ok(answer(StatusCode::OK, &page))
}
