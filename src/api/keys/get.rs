//! Shows one key, by what may be shown of it.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::KeyId;
use domain::tenant::Permission;

use super::{Key, ledger};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, ReadingAll};
use crate::api::state::State;
use crate::api::texts;

/// Show a key
///
/// By what may be shown of it: the key itself never is.
#[utoipa::path(get, path = "/keys/{id}", tag = "keys", operation_id = "getKey",
    extensions(("x-permission" = json!("manage-keys"))),
    params(("id" = texts::KeyId, Path, description = "The key's id")),
    responses(
        (status = 200, description = "The key", body = Key,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        ReadingAll,
    ))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<KeyId>,
) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::ManageKeys, &state).await?;
    let key = ledger::get(&state.pool, scope.as_ref(), id).await?;
    let key = key.ok_or_else(|| Problem::not_found("key"))?;
    Ok((etag(key.version), answer(StatusCode::OK, &Key::from(key))).into_response())
}
