//! Lists keys, by what may be shown of them.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;

use super::{Key, ledger};
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::{Page, Paging, Query};
use crate::api::problem::{Problem, ReadingAll};
use crate::api::state::State;

/// List keys
///
/// An operator who names no tenant sees the keys of all.
#[utoipa::path(get, path = "/keys", tag = "keys", operation_id = "listKeys",
    extensions(("x-permission" = json!("manage-keys"))),
    params(Paging),
    responses((status = 200, description = "Keys, newest first", body = Page<Key>), ReadingAll))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::ManageKeys, &state).await?;
    let mut query = Query::of(&uri);
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let keys = ledger::list(&state.pool, scope.as_ref(), before, limit + 1).await?;
    Ok(answer(StatusCode::OK, &Page::of(keys, limit, |last| last.id.to_string(), Key::from)))
}
