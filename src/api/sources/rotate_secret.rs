//! Changes a source's secret for a new one, without a moment in which its sender's is wrong.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::SourceId;
use domain::tenant::Permission;
use utoipa::ToSchema;

use super::{InboundSource, SourceWithSecret, input, ledger, new_secret, seal};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::fields::Fields;
use crate::api::idempotency::{Begun, Idempotency};
use crate::api::json::{Body, Id, answer};
use crate::api::overlap::overlap;
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, Problem};
use crate::api::state::State;
use crate::api::texts;

/// How the secrets change.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"overlap": "24h"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct SourceRotation {
    /// How long the former secrets are right beside the new one: at most 30d, 24h when absent, `0s` for not at all.
    #[schema(required = false)]
    overlap: texts::Span,
    /// The new secret; made when absent.
    #[schema(required = false)]
    secret: texts::SourceSecret,
}

/// Change a source's secret for a new one
///
/// What is signed with either is taken until the overlap ends; the last three secrets at most. The new one is shown here, and
/// never again.
#[utoipa::path(post, path = "/sources/{id}/rotate-secret", tag = "sources", operation_id = "rotateSourceSecret",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::SourceId, Path, description = "The source")), request_body = Option<SourceRotation>,
    responses(
        (status = 200, description = "The source with its new secret", body = SourceWithSecret,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        Creating,
    ))]
pub async fn rotate_secret(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    Id(id): Id<SourceId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut fields = Fields::read(body.one_or_none()?)?;
    let overlap = overlap(&mut fields);
    let mut once = match asked.begin(&state, &caller.by(&state), Some(&tenant), &body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    let source = ledger::get(once.act.conn(), &tenant, id).await?;
    // It never changes.
    let kind = source.ok_or_else(|| Problem::not_found("source"))?.settings.manner.kind();
    let secret = input::secret(&mut fields, kind);
    let (overlap, secret) = fields.finish(Some((overlap, secret)))?;
    let secret = match secret {
        Some(secret) => secret,
        None => new_secret(kind)?,
    };
    let sealed = seal(&state, id, &secret)?;
    let rotated = ledger::rotate_secret(&mut once.act, &tenant, id, &sealed, overlap).await?;
    let source = rotated.ok_or_else(|| Problem::not_found("source"))?;
    let version = source.version;
    let shown = InboundSource::with_secret(source, &secret, &state);
    once.commit(&state, (etag(version), answer(StatusCode::OK, &shown)).into_response()).await
}
