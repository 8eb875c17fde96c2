//! Lists sources.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;

use super::{InboundSource, ledger};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;

/// List sources
///
/// Without their secrets.
#[utoipa::path(get, path = "/sources", tag = "sources", operation_id = "listSources",
    extensions(("x-permission" = json!("read"))),
    params(Paging),
    responses((status = 200, description = "Sources, newest first", body = Page<InboundSource>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let sources = ledger::list(&state.pool, &tenant, before, limit + 1).await?;
    let page =
        Page::of(sources, limit, |last| last.id.to_string(), |source| InboundSource::of(source, &state));
    Ok(answer(StatusCode::OK, &page))
}
