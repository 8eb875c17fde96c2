//! Replays the dead letters of one endpoint.

use axum::extract::State as Given;
use axum::response::Response;
use domain::id::EndpointId;
use domain::tenant::Permission;

use super::{Replay, ReplayFilter, begin, ledger, read};
use crate::api::auth::Caller;
use crate::api::fields::Fields;
use crate::api::json::{Body, Id};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Writing};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::endpoints;

/// Replay an endpoint's dead letters
///
/// Each gets a fresh set of attempts. It goes on in the background, also after a restart.
#[utoipa::path(post, path = "/webhooks/{id}/replay", tag = "dead letters", operation_id = "replayEndpoint",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")), request_body = Option<ReplayFilter>,
    responses(
        (status = 202, description = "The replay, under way", body = Replay,
            headers(("Location" = String, description = "Where the replay is"))),
        Writing,
    ))]
pub async fn of_endpoint(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    if !endpoints::exists(&state.pool, &tenant, id).await? {
        return Err(Problem::not_found("endpoint"));
    }
    let filter = read(Fields::read(body.one_or_none()?)?)?;
    if filter.webhook_id.is_some_and(|named| named != id) {
        return Err(Problem::field("/webhookId", "is not the endpoint of the path"));
    }
    begin(&state, &caller.by(&state), &tenant, ledger::Filter { webhook_id: Some(id), ..filter }).await
}
