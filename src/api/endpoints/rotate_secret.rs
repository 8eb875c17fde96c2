//! Changes an endpoint's secret for a new one, without a moment in which none is right.

use std::time::Duration;

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::EndpointId;
use domain::signature::Secret;
use domain::tenant::Permission;
use utoipa::ToSchema;

use super::{EndpointWithSecret, input, ledger, seal};
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
use crate::chance;

/// How the secrets change.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"overlap": "24h"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Rotation {
    /// How long the former secrets sign beside the new one: at most 30d, 24h when absent, `0s` for not at all.
    #[schema(required = false)]
    overlap: texts::Span,
    /// The new secret; made when absent.
    #[schema(required = false)]
    secret: texts::Secret,
}

/// Change the secret for a new one
///
/// Both sign until the overlap ends. The new one is shown here, and never again.
#[utoipa::path(post, path = "/webhooks/{id}/rotate-secret", tag = "endpoints", operation_id = "rotateSecret",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")), request_body = Option<Rotation>,
    responses(
        (status = 200, description = "The endpoint with its new secret", body = EndpointWithSecret,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        Creating,
    ))]
pub async fn rotate_secret(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let (overlap, secret) = read(body.one_or_none()?)?;
    let secret = secret.unwrap_or_else(|| Secret::generate(chance::bytes()));
    let sealed = seal(&state, id, &secret)?;
    let mut once = match asked.begin(&state, &caller.by(&state), Some(&tenant), &body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    let rotated = ledger::rotate_secret(&mut once.act, &tenant, id, &sealed, overlap).await?;
    let endpoint = rotated.ok_or_else(|| Problem::not_found("endpoint"))?;
    let version = endpoint.version;
    let shown = EndpointWithSecret::new(endpoint, &secret);
    let rotated = (etag(version), answer(StatusCode::OK, &shown)).into_response();
    let rotated = once.commit(&state, rotated).await?;
    state.control.changed().await;
    Ok(rotated)
}

fn read(body: &[u8]) -> Result<(Duration, Option<Secret>), Problem> {
    let mut fields = Fields::read(body)?;
    let overlap = overlap(&mut fields);
    let secret = input::secret(&mut fields);
    fields.finish(Some((overlap, secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overlap_is_a_day_unless_said() {
        let overlap = |body: &str| read(body.as_bytes()).map(|(overlap, _)| overlap.as_secs()).ok();
        assert_eq!((overlap("{}"), overlap(r#"{"overlap":"0s"}"#)), (Some(86_400), Some(0)));
        assert_eq!((overlap(r#"{"overlap":"31d"}"#), overlap(r#"{"overlap":24}"#)), (None, None));
    }
}
