//! Replays a tenant's dead letters.

use axum::extract::State as Given;
use axum::response::Response;
use domain::tenant::Permission;

use crate::api::auth::Caller;
use crate::api::fields::Fields;
use crate::api::idempotency::Idempotency;
use crate::api::json::Body;
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, Problem, ReplayLimit};
use crate::api::replays::{Replay, ReplayFilter, Sent, begin, read};
use crate::api::state::State;
use crate::ledger::admin::replays::Which;

/// Replay dead letters
///
/// Each gets a fresh set of attempts, unless its endpoint is disabled, failed or deleted. It goes on in the
/// background, also after a restart.
#[utoipa::path(post, path = "/dead-letters/replay", tag = "dead letters", operation_id = "replayDeadLetters",
    extensions(("x-permission" = json!("write"))),
    request_body = Option<ReplayFilter>,
    responses(
        (status = 202, description = "The replay, under way", body = Replay,
            headers(("Location" = String, description = "Where the replay is"))),
        Creating, ReplayLimit,
    ))]
pub async fn replay(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let filter = read(Fields::read(body.one_or_none()?)?)?;
    if filter.status == Which::Unsent {
        return Err(Problem::field(
            "/status",
            "only one endpoint can be sent what it never was: POST /webhooks/{id}/replay",
        ));
    }
    begin(&state, &caller.by(&state), &tenant, Sent { asked, body }, filter).await
}
