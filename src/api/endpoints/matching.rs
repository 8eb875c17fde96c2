//! Says of an event whether an endpoint wants it, and why.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::channels::Channels;
use domain::event::Event;
use domain::filter::{Considered, Explanation, FOUND_MAX, Filter, Reading as EventReading};
use domain::id::EndpointId;
use domain::matching::Pattern;
use domain::tenant::Permission;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::input::choice;
use super::{EventFilter, ledger};
use crate::api::auth::Caller;
use crate::api::channels::names;
use crate::api::events::{NewEvent, Terms, read, read_one};
use crate::api::fields::Fields;
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Writing};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

/// Which events come to an endpoint.
#[derive(Debug)]
pub struct Choice {
    pub patterns: Vec<String>,
    pub channels: Channels,
    /// As it was written.
    pub filter: Option<String>,
}

impl From<ledger::Settings> for Choice {
    fn from(settings: ledger::Settings) -> Self {
        Self { patterns: settings.patterns, channels: settings.channels, filter: settings.filter }
    }
}

/// What an endpoint would take, and an event to try it on.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"webhook": {"events": ["order.>"], "filter": {"data.amount": [{"numeric": [">", 100]}]}},
    "event": {"event": "order.paid", "data": {"amount": 42}}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct ChoiceOnEvent {
    webhook: EventChoice,
    event: NewEvent,
}

/// Which events an endpoint would take: what of its settings says so.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"events": ["order.>"], "filter": {"data.amount": [{"numeric": [">", 100]}]}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct EventChoice {
    #[schema(min_items = 1, max_items = 100)]
    events: Vec<texts::EventPattern>,
    #[schema(required = false, max_items = 10)]
    channels: Vec<texts::Channel>,
    filter: Option<EventFilter>,
}

/// Whether an endpoint wants an event, and why. Its status says nothing here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"matches": false, "pattern": "order.>",
    "channels": {"matches": true, "wanted": ["emea"], "borne": ["emea", "vip"]}, "filter": {"matches": false, "conditions": [
    {"pointer": "/data.amount", "path": "data.amount", "found": ["42"], "more": 0, "holds": false}], "note": null}})))]
pub struct Match {
    /// Its type is one of the endpoint's, so is one of its channels, and the filter lets it through.
    matches: bool,
    /// The first of the endpoint's patterns that its type is of. Null: none is.
    #[schema(required, value_type = Option<texts::EventPattern>)]
    pattern: Option<String>,
    /// Null: the endpoint lists no channels.
    #[schema(required)]
    channels: Option<Chosen>,
    /// Null: the endpoint has no filter.
    #[schema(required)]
    filter: Option<Explained>,
}

/// What the endpoint's channels say of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Chosen {
    /// The event bears one of them.
    matches: bool,
    /// The endpoint's.
    #[schema(value_type = Vec<texts::Channel>, min_items = 1, max_items = 10)]
    wanted: Vec<String>,
    /// The event's.
    #[schema(value_type = Vec<texts::Channel>, max_items = 10)]
    borne: Vec<String>,
}

/// What a filter says of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explained {
    matches: bool,
    /// Each by itself, in the order the filter has them.
    conditions: Vec<Condition>,
    /// What they do not tell, each by itself.
    #[schema(required)]
    note: Option<&'static str>,
}

/// One list of a filter.
#[derive(Debug, Serialize, ToSchema)]
pub struct Condition {
    /// Where it is in the filter, as a JSON pointer.
    pointer: String,
    /// The field that it is about.
    path: String,
    /// What is there, as JSON, shortened; `{…}` is an object.
    #[schema(max_items = 5)]
    found: Vec<String>,
    /// How many values more are there.
    more: usize,
    holds: bool,
}

const _: () = assert!(FOUND_MAX == 5, "as the document has it");

impl From<Explanation> for Explained {
    fn from(explanation: Explanation) -> Self {
        let condition = |Considered { pointer, path, found, more, holds }| Condition {
            pointer,
            path,
            found,
            more,
            holds,
        };
        Self {
            matches: explanation.matches,
            conditions: explanation.conditions.into_iter().map(condition).collect(),
            note: explanation.note,
        }
    }
}

/// Try an event on an endpoint
///
/// Whether the endpoint would be owed it, and why: as it is set now, whatever its status. Nothing is published.
#[utoipa::path(post, path = "/webhooks/{id}/match", tag = "endpoints", operation_id = "matchEvent",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")), request_body = NewEvent,
    responses((status = 200, description = "Whether and why", body = Match), Writing))]
pub async fn matches(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let endpoint =
        ledger::get(&state.pool, &tenant, id).await?.ok_or_else(|| Problem::not_found("endpoint"))?;
    let event = read_one(body.one()?, &tenant, Terms::of(&state), chance::bytes())?.event;
    explained(endpoint.settings.into(), event).await
}

/// Try an event on an endpoint that is not there yet
///
/// As `POST /webhooks/{id}/match`, of settings that are sent with it. Nothing is published or kept.
#[utoipa::path(post, path = "/webhooks/match", tag = "endpoints", operation_id = "tryMatch",
    extensions(("x-permission" = json!("read"))),
    request_body = ChoiceOnEvent,
    responses((status = 200, description = "Whether and why", body = Match), Writing))]
pub async fn unsaved(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut fields = Fields::read(body.one()?)?;
    let choice = fields.within("webhook", choice);
    let event = fields.within("event", |fields| read(fields, &tenant, Terms::of(&state), chance::bytes()));
    let (choice, incoming) = fields.finish(choice.zip(event))?;
    explained(choice, incoming.event).await
}

async fn explained(choice: Choice, event: Event) -> Result<Response, Problem> {
    // What a filter may look at is bounded by what a body may be: but it may take its time.
    let shown = tokio::task::spawn_blocking(move || explain(&choice, &event)).await;
    let shown = shown.map_err(|error| Problem::internal(&error))??;
    Ok(answer(StatusCode::OK, &shown))
}

fn explain(choice: &Choice, event: &Event) -> Result<Match, Problem> {
    let is_of = |written: &&String| {
        written.parse::<Pattern>().is_ok_and(|pattern| pattern.matches(&event.event_type))
    };
    let pattern = choice.patterns.iter().find(is_of).cloned();
    let filter = choice.filter.clone().map(|written| {
        let written = RawValue::from_string(written).map_err(|error| Problem::internal(&error))?;
        let unreadable = |_| Problem::internal(&"stored filter cannot be read");
        let filter = Filter::parse(&written).map_err(unreadable)?;
        let (kind, public_id) = (&event.event_type, event.public_id());
        let reading = EventReading::new(kind, event.occurred_at, &public_id, &event.channels, &event.data);
        Ok::<_, Problem>(Explained::from(filter.explain(&reading)))
    });
    let filter = filter.transpose()?;
    let is_chosen = choice.channels.take(&event.channels);
    let channels = (!choice.channels.is_empty()).then(|| Chosen {
        matches: is_chosen,
        wanted: names(&choice.channels),
        borne: names(&event.channels),
    });
    let is_let_through = filter.as_ref().is_none_or(|filter| filter.matches);
    Ok(Match { matches: pattern.is_some() && is_chosen && is_let_through, pattern, channels, filter })
}
