//! Changes a source.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::SourceId;
use domain::tenant::Permission;
use utoipa::ToSchema;

use super::create::NewHmac;
use super::{InboundSource, input, ledger};
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition, etag};
use crate::api::fields::Fields;
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, Problem, Writing};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;

/// What changes of a source; what is absent stays as it is.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"perMinute": 300})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct SourceChange {
    #[schema(required = false)]
    name: texts::Line,
    /// Requests in any minute, at all nodes together.
    #[schema(required = false, minimum = 1, maximum = 100_000)]
    per_minute: u32,
    /// Of the kind `generic-hmac` alone, and as a whole.
    #[schema(required = false)]
    hmac: NewHmac,
}

/// Change a source
///
/// What is left out stays as it is. It counts for the next request, at every node. The kind stays; the secret is changed by
/// rotate-secret.
#[utoipa::path(patch, path = "/sources/{id}", tag = "sources", operation_id = "changeSource",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::SourceId, Path, description = "The source"), Precondition),
    request_body = SourceChange,
    responses(
        (status = 200, description = "The source as it is now", body = InboundSource,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        Conditional,
        Writing,
    ))]
pub async fn update(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<SourceId>,
    if_match: IfMatch,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut fields = Fields::read(body.one()?)?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    let decide = |before: &ledger::Source| {
        if_match.check(before.version)?;
        let settings = input::changed(&mut fields, &before.settings);
        fields.finish(Some(settings))
    };
    let changed = ledger::change(&mut act, &tenant, id, decide).await?;
    let source = changed.ok_or_else(|| Problem::not_found("source"))?;
    act.commit().await?;
    Ok((etag(source.version), answer(StatusCode::OK, &InboundSource::of(source, &state))).into_response())
}
