//! Cancels an event whose time has not come.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::tenant::Permission;

use crate::api::auth::Caller;
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Cancelling, Kind, Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;
use crate::ledger::admin::scheduled::{self, Cancelled};

/// Cancel an event
///
/// One whose `deliverAt` has not come is never sent; its payload is deleted, and its `eventId` stays taken. Cancelled before, it
/// is answered the same.
#[utoipa::path(delete, path = "/events/{id}", tag = "events", operation_id = "cancelEvent",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::PublicEventId, Path, description = "The event's id: ours, or the producer's own")),
    responses((status = 204, description = "It is not sent"), Reading, Cancelling))]
pub async fn cancel(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(name): Id<String>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    match scheduled::cancel(&mut act, &tenant, &name).await? {
        Cancelled::Done => act.commit().await?,
        Cancelled::Released => {
            return Err(Problem::new(Kind::EventReleased, "its time has come: it is sent, or was"));
        }
        Cancelled::Unknown => return Err(Problem::not_found("event")),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
