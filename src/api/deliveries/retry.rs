//! Makes a delivery due again.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::DeliveryId;
use domain::tenant::Permission;

use super::ledger::Retried;
use super::{Delivery, ledger};
use crate::api::auth::Caller;
use crate::api::idempotency::{Begun, Idempotency};
use crate::api::json::{Body, Id, Nothing, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, Kind, Problem, Retrying};
use crate::api::state::State;
use crate::api::texts;

/// Retry a delivery
///
/// A dead letter gets a fresh set of attempts, whose numbers go on; one that waits for its retry is due now.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "deliveries", operation_id = "retryDelivery",
    extensions(("x-permission" = json!("write"))),
    params(("id" = texts::DeliveryId, Path, description = "The delivery")), request_body = Option<Nothing>,
    responses((status = 202, description = "It is owed, and due now", body = Delivery), Retrying, Creating))]
pub async fn retry(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    Id(id): Id<DeliveryId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    body.nothing()?;
    let mut once = match asked.begin(&state, &caller.by(&state), Some(&tenant), &body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    let (owed, delivery) = match ledger::retry(&mut once.act, &tenant, id).await? {
        Retried::Owed(reference, delivery) => (vec![reference], delivery),
        Retried::OnItsWay(delivery) => (Vec::new(), delivery),
        Retried::Unknown => return Err(Problem::not_found("delivery")),
        Retried::Finished(status) => {
            let detail = format!("its status is {}: there is nothing to retry", status.as_str());
            return Err(Problem::new(Kind::DeliveryFinished, detail));
        }
        Retried::PayloadExpired => {
            let detail = "its event is there still, but not what was to be sent: see retention.payload_days";
            return Err(Problem::new(Kind::PayloadExpired, detail));
        }
        Retried::EndpointEnded => {
            let detail = "its endpoint is disabled, failed or deleted: set it to active first";
            return Err(Problem::new(Kind::EndpointNotActive, detail));
        }
    };
    let retried = answer(StatusCode::ACCEPTED, &Delivery::from(*delivery));
    let retried = once.commit(&state, retried).await?;
    state.control.retry(owed).await;
    Ok(retried)
}
