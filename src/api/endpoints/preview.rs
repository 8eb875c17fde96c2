//! Shows what an endpoint would get of an event.

use std::collections::BTreeMap;

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::EndpointId;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::test::find;
use crate::api::auth::Caller;
use crate::api::deliveries::joined;
use crate::api::events::{NewEvent, Terms, read_one};
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Writing};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

/// A request that is not sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"url": "https://example.com/hook", "contentType": "application/json",
    "headers": {"content-type": "application/json", "x-webhook-event": "order.paid", "webhook-signature": "***"},
    "body": "{\"event\":\"order.paid\",\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"eventId\":\"order-42-paid\",\"data\":{\"order\":42}}"})))]
pub struct Preview {
    /// Of Discord and Slack without its secret.
    #[schema(value_type = texts::Url)]
    url: String,
    content_type: String,
    /// Signatures, and what is named like a secret, are `***`.
    headers: BTreeMap<String, String>,
    body: String,
}

/// Show what an endpoint would get
///
/// Of this event, whether it matches or not. An event that its template cannot be rendered for is answered with 422, with
/// line and column. Nothing is published, sent or kept.
#[utoipa::path(post, path = "/webhooks/{id}/preview", tag = "endpoints", operation_id = "previewEvent",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")), request_body = NewEvent,
    responses((status = 200, description = "What would be sent", body = Preview), Writing))]
pub async fn preview(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let endpoint = find(&state, &tenant, id).await?;
    let event = read_one(body.one()?, &tenant, Terms::of(&state), chance::bytes())?.event;
    let preview = state.control.preview(endpoint, event).await;
    let preview = preview.map_err(|wrong| Problem::field("", format!("its template: {wrong}")))?;
    let headers = joined(preview.headers);
    let shown = Preview {
        url: preview.url,
        content_type: headers.get("content-type").cloned().unwrap_or_default(),
        headers,
        body: String::from_utf8_lossy(&preview.body).into_owned(),
    };
    Ok(answer(StatusCode::OK, &shown))
}
