//! Shows one delivery with its attempts.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::DeliveryId;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Attempt, Delivery, ledger};
use crate::api::auth::Caller;
use crate::api::json::{Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;

/// A delivery with its attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryWithAttempts {
    #[serde(flatten)]
    delivery: Delivery,
    /// The first one and the newest 100, oldest first.
    attempts: Vec<Attempt>,
}

/// Show a delivery
///
/// With its attempts: what was sent, and what came back.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "deliveries", operation_id = "getDelivery",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::DeliveryId, Path, description = "The delivery")),
    responses((status = 200, description = "The delivery with its attempts", body = DeliveryWithAttempts), Reading))]
pub async fn get(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<DeliveryId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let detail =
        ledger::get(&state.pool, &tenant, id).await?.ok_or_else(|| Problem::not_found("delivery"))?;
    let attempts =
        detail.attempts.into_iter().map(|record| Attempt::new(record, detail.body.as_deref())).collect();
    let shown = DeliveryWithAttempts { delivery: detail.delivery.into(), attempts };
    Ok(answer(StatusCode::OK, &shown))
}
