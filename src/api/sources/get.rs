//! Shows one source.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::SourceId;
use domain::tenant::Permission;

use super::{InboundSource, ledger};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Show a source
///
/// Without its secret.
#[utoipa::path(get, path = "/sources/{id}", tag = "sources", operation_id = "getSource",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::SourceId, Path, description = "The source")),
    responses(
        (status = 200, description = "The source", body = InboundSource,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        Reading,
    ))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<SourceId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let source = ledger::get(&state.pool, &tenant, id).await?;
    let source = source.ok_or_else(|| Problem::not_found("source"))?;
    Ok((etag(source.version), answer(StatusCode::OK, &InboundSource::of(source, &state))).into_response())
}
