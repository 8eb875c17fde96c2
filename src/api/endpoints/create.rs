//! Makes an endpoint.

use axum::extract::State as Given;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::EndpointId;
use domain::signature::Secret;
use domain::tenant::Permission;

use super::ledger::Created;
use super::wanted::NewEndpoint;
use super::{EndpointWithSecret, input, ledger, seal, seal_auth, seal_url};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::fields::Fields;
use crate::api::idempotency::{Begun, Idempotency};
use crate::api::json::{Body, answer};
use crate::api::limit::Limit;
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, EndpointLimit, Kind, Problem};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

/// Past the limit, for whom.
pub(super) fn full(of: &str, limit: u32) -> Problem {
    Problem::new(Kind::EndpointLimitReached, format!("a {of} may have {limit} endpoints"))
}

/// Make an endpoint
///
/// It gets every event that is published after this answer. The secret is shown here, and never again.
#[utoipa::path(post, path = "/webhooks", tag = "endpoints", operation_id = "createEndpoint",
    extensions(("x-permission" = json!("write"))),
    request_body = NewEndpoint,
    responses(
        (status = 201, description = "The endpoint with its secret", body = EndpointWithSecret,
            headers(("Location" = String, description = "Where the endpoint is"),
                ("ETag" = texts::EntityTag, description = "Its version"))),
        EndpointLimit,
        Creating,
    ))]
pub async fn create(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut fields = Fields::read(body.one()?)?;
    let by = caller.by(&state);
    let id = EndpointId::new(by.at, chance::bytes());
    let auth = input::auth(&mut fields).flatten();
    let auth = auth.map(|credentials| seal_auth(&state, id, &credentials)).transpose()?;
    let settings = input::new(&mut fields, &state.policy, &state.settings, auth);
    let secret = input::secret(&mut fields);
    let mut settings = fields.finish(settings)?;
    seal_url(&state, id, &mut settings)?;
    let secret = secret.unwrap_or_else(|| Secret::generate(chance::bytes()));
    let sealed = seal(&state, id, &secret)?;
    let mut once = match asked.begin_together(&state, &by, &tenant, &body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    let created =
        ledger::create(&mut once.act, &tenant, id, &settings, &sealed, state.settings.limits).await?;
    let endpoint = match created {
        Created::Done(endpoint) => endpoint,
        Created::TenantUnknown => return Err(Problem::not_found("tenant")),
        Created::TenantFull(max) => {
            drop(once);
            Limit { of: "endpoints", user: None, max }.reached(&state, &tenant, &by).await;
            return Err(full("tenant", max));
        }
        Created::UserFull(max) => {
            drop(once);
            let user = settings.user_id.as_deref();
            Limit { of: "endpointsPerUser", user, max }.reached(&state, &tenant, &by).await;
            return Err(full("user", max));
        }
    };
    let location = format!("/api/v1/webhooks/{id}");
    let version = endpoint.version;
    let shown = EndpointWithSecret::new(*endpoint, &secret);
    let made = ([(header::LOCATION, location)], etag(version), answer(StatusCode::CREATED, &shown));
    let made = once.commit(&state, made.into_response()).await?;
    state.control.changed().await;
    Ok(made)
}
