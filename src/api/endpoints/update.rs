//! Changes an endpoint, its status too.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::endpoint::Kind;
use domain::id::EndpointId;
use domain::tenant::Permission;

use super::create::full;
use super::ledger::Changed;
use super::wanted::EndpointChange;
use super::{Endpoint, input, ledger, new_key, seal, seal_auth, seal_url};
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition, etag};
use crate::api::fields::Fields;
use crate::api::json::{Body, Id, answer};
use crate::api::limit::Limit;
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, EndpointLimit, Problem, Writing};
use crate::api::state::State;
use crate::api::texts;

/// Change an endpoint
///
/// What is left out stays as it is. A change takes effect on the next attempt, without a restart. Disabled, what it
/// was owed becomes dead letters; set to active after it failed, it starts clean.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "endpoints", operation_id = "changeEndpoint",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint"), Precondition),
    request_body = EndpointChange,
    responses(
        (status = 200, description = "The endpoint as it is now", body = Endpoint,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        EndpointLimit,
        Conditional,
        Writing,
    ))]
pub async fn update(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    if_match: IfMatch,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut fields = Fields::read(body.one()?)?;
    let secret = input::secret(&mut fields);
    let has_secret = secret.is_some();
    let sealed = secret.map(|secret| seal(&state, id, &secret)).transpose()?;
    let auth = match input::auth(&mut fields) {
        Some(Some(credentials)) => Some(Some(seal_auth(&state, id, &credentials)?)),
        Some(None) => Some(None),
        None => None,
    };
    if fields.has("signatures") {
        ledger::add_keys(&state.pool, &tenant, id, || new_key(&state, id)).await?;
    }
    let decide = |before: &ledger::Endpoint| {
        if_match.check(before.version)?;
        let settings = input::changed(&mut fields, &before.settings, &state.policy, &state.settings, auth);
        if has_secret && settings.as_ref().is_some_and(|settings| settings.kind != Kind::Http) {
            fields.refuse("secret", "messages are not signed: leave it out");
        }
        let mut settings = fields.finish(settings)?;
        seal_url(&state, id, &mut settings)?;
        Ok(settings)
    };
    let (by, limits) = (caller.by(&state), state.settings.limits);
    match ledger::change(&state.pool, &by, &tenant, id, decide, sealed.as_ref(), limits).await? {
        Changed::Done(endpoint) => {
            state.control.changed().await;
            let version = endpoint.version;
            Ok((etag(version), answer(StatusCode::OK, &Endpoint::from(*endpoint))).into_response())
        }
        Changed::Unknown => Err(Problem::not_found("endpoint")),
        Changed::Refused(problem) => Err(problem),
        Changed::UserFull(user, max) => {
            let limit = Limit { of: "endpointsPerUser", user: Some(&user), max };
            limit.reached(&state, &tenant, &by).await;
            Err(full("user", max))
        }
    }
}
