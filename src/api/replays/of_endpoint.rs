//! Replays what one endpoint did not get.

use axum::extract::State as Given;
use axum::response::Response;
use domain::id::EndpointId;
use domain::tenant::Permission;

use super::{Replay, ReplayFilter, Sent, begin, ledger, read};
use crate::api::auth::Caller;
use crate::api::fields::Fields;
use crate::api::idempotency::Idempotency;
use crate::api::json::{Body, Id};
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, Problem, Replaying};
use crate::api::state::State;
use crate::api::texts;

/// Replay to an endpoint
///
/// `["dead"]`: its dead letters; each gets a fresh set of attempts. `["unsent"]`: a backfill. Kept events that match its
/// patterns, were published before this request, and were never owed to it become owed, oldest first, as fast as it takes
/// them, and new events come between; until they are tried they stand as `retrying`. It goes on in the background, also
/// after a restart; a backfill ends with its endpoint, when that is disabled, failed or deleted.
#[utoipa::path(post, path = "/webhooks/{id}/replay", tag = "dead letters", operation_id = "replayEndpoint",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")), request_body = Option<ReplayFilter>,
    responses(
        (status = 202, description = "The replay, under way", body = Replay,
            headers(("Location" = String, description = "Where the replay is"))),
        Creating, Replaying,
    ))]
pub async fn of_endpoint(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let filter = read(Fields::read(body.one_or_none()?)?)?;
    if filter.webhook_id.is_some_and(|named| named != id) {
        return Err(Problem::field("/webhookId", "is not the endpoint of the path"));
    }
    begin(
        &state,
        &caller.by(&state),
        &tenant,
        Sent { asked, body },
        ledger::Filter { webhook_id: Some(id), ..filter },
    )
    .await
}
