//! Lists dead letters.

use axum::extract::State as Given;
use axum::http::Uri;
use axum::response::Response;
use domain::delivery::Status;
use domain::tenant::Permission;
use utoipa::IntoParams;

use crate::api::auth::Caller;
use crate::api::deliveries::{Delivery, list as deliveries};
use crate::api::page::{Page, Paging, Query};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// Which dead letters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Which {
    /// Dead for this reason.
    dead_reason: Option<texts::DeadReasonOfLetter>,
    /// Of events of this type, or of types of this pattern.
    event: Option<texts::EventPattern>,
    /// To this endpoint.
    webhook_id: Option<texts::EndpointId>,
    /// Of events accepted at this instant or later.
    since: Option<texts::Instant>,
    /// Of events accepted before this instant.
    until: Option<texts::Instant>,
}

/// List dead letters
///
/// A page looks at 20,000 dead letters at most: with filters it may be short, and still have a `nextCursor`.
#[utoipa::path(get, path = "/dead-letters", tag = "dead letters", operation_id = "listDeadLetters",
    extensions(("x-permission" = json!("read"))),
    params(Which, Paging),
    responses((status = 200, description = "Dead letters, newest first", body = Page<Delivery>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let filter = deliveries::filter_within(&mut query, Some(Status::Dead));
    deliveries::found(&state, &tenant, query, filter).await
}
