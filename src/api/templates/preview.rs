//! Renders a template on an event.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::endpoint::Kind;
use domain::template::Template;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::auth::Caller;
use crate::api::endpoints::kind;
use crate::api::events::{Terms, read};
use crate::api::fields::{Fields, parsed};
use crate::api::json::{Body, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Writing};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

/// A template, and an event to try it on.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"kind": "slack", "template": "Order {{ data.order }} is paid", "event": "order.paid",
    "data": {"order": 42}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct TemplateOnEvent {
    /// What the template is for; `http` when absent.
    #[schema(required = false)]
    kind: texts::EndpointKind,
    /// Absent: the default message of Discord or Slack.
    #[schema(required = false)]
    template: String,
    event: texts::EventType,
    #[schema(required = false)]
    event_id: texts::PublicEventId,
    #[schema(required = false)]
    timestamp: texts::Instant,
    /// Any JSON.
    #[schema(value_type = Value)]
    data: (),
}

/// What is made of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"contentType": "application/json",
    "body": "{\"link_names\":false,\"text\":\"Order 42 is paid\"}"})))]
pub struct Rendered {
    content_type: &'static str,
    body: String,
}

/// Try a template on an event
///
/// A template that is wrong, or cannot be rendered for this event, is answered with 422, with its line and column.
/// Nothing is published, sent or kept.
#[utoipa::path(post, path = "/templates/preview", tag = "endpoints", operation_id = "previewTemplate",
    extensions(("x-permission" = json!("read"))),
    request_body = TemplateOnEvent,
    responses((status = 200, description = "What would be sent", body = Rendered), Writing))]
pub async fn preview(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut fields = Fields::read(body.one()?)?;
    let kind = fields.optional("kind", parsed(kind)).unwrap_or_default();
    if kind == Kind::Http && !fields.has("template") {
        fields.refuse("template", "is required for http");
    }
    let parse = |source: &str| Template::parse(source, kind.target());
    let template = fields.optional("template", parsed(parse));
    let event = read(&mut fields, &tenant, Terms::of(&state), chance::bytes());
    let event = fields.finish(event)?.event;
    let made = state.control.render(kind, template, event).await;
    let made = made.map_err(|wrong| Problem::field("/template", wrong.to_string()))?;
    let body = String::from_utf8_lossy(&made.body).into_owned();
    Ok(answer(StatusCode::OK, &Rendered { content_type: made.content_type, body }))
}
