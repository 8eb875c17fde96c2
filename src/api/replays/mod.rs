//! Replays: deliveries owed again, or for the first time, worked off in the background.

pub mod cancel;
pub mod get;
pub mod list;
pub mod of_endpoint;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::delivery::{Reason, Status};
use domain::event::instant;
use domain::id::{EndpointId, ReplayId};
use domain::matching::Pattern;
use domain::tenant::TenantId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::deliveries::reason;
use super::fields::{Fields, parsed};
use super::idempotency::{Begun, Idempotency};
use super::json::{Body, answer, time};
use super::problem::{Kind, Problem};
use super::state::State;
use super::texts;
use crate::chance;
use crate::ledger::admin::act::By;
use crate::ledger::admin::replays::Which;
use crate::ledger::admin::{endpoints, replays as ledger};

/// Which deliveries to replay; what is absent leaves nothing out.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"since": "2026-01-02T00:00:00Z", "status": ["dead"]})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct ReplayFilter {
    /// Of events accepted at this instant or later.
    #[schema(required = false)]
    since: texts::Instant,
    /// Of events accepted before this instant.
    #[schema(required = false)]
    until: texts::Instant,
    /// `["dead"]` where it is absent.
    #[schema(required = false, min_items = 1, max_items = 1)]
    status: Vec<texts::ReplayStatus>,
    /// Dead for this reason; not with `["unsent"]`.
    #[schema(required = false)]
    dead_reason: texts::DeadReasonOfLetter,
    /// Of events of this type, or of types of this pattern.
    #[schema(required = false)]
    event: texts::EventPattern,
    /// To this endpoint.
    #[schema(required = false)]
    webhook_id: texts::EndpointId,
}

/// A replay.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "rpl_01h455vb4pex5vsknk084sn02q", "status": "dead", "webhookId": null, "total": 1200, "done": 500,
    "owed": 480, "createdAt": "2026-01-02T03:04:05.678Z", "finishedAt": null, "cancelledAt": null})))]
pub struct Replay {
    #[schema(value_type = texts::ReplayId)]
    id: String,
    #[schema(value_type = texts::ReplayStatus)]
    status: &'static str,
    /// Of this endpoint alone.
    #[schema(required, value_type = Option<texts::EndpointId>)]
    webhook_id: Option<String>,
    /// What it looks through, as far as it was counted when it was asked for: dead letters of its reason, or events, within
    /// its times; a million at most. It grows with `done`.
    total: u64,
    /// How many of them were looked at so far.
    done: u64,
    /// How many of these became owed.
    owed: u64,
    #[schema(value_type = texts::Time)]
    created_at: String,
    /// When it ended, however it did.
    #[schema(required, value_type = Option<texts::Time>)]
    finished_at: Option<String>,
    /// Set too where it was ended before it was through: on request, or with its endpoint.
    #[schema(required, value_type = Option<texts::Time>)]
    cancelled_at: Option<String>,
}

impl From<ledger::Replay> for Replay {
    fn from(replay: ledger::Replay) -> Self {
        Self {
            id: replay.id.to_string(),
            status: replay.filter.status.as_str(),
            webhook_id: replay.filter.webhook_id.map(|id| id.to_string()),
            total: replay.total,
            done: replay.done,
            owed: replay.owed,
            created_at: time(replay.created_at),
            finished_at: replay.finished_at.map(time),
            cancelled_at: replay.cancelled_at.map(time),
        }
    }
}

/// Which deliveries a body asks for.
pub fn read(mut fields: Fields<'_>) -> Result<ledger::Filter, Problem> {
    let which = fields.optional("status", status).unwrap_or_default();
    if which == Which::Unsent && fields.has("deadReason") {
        fields.refuse("deadReason", r#"must be left out with ["unsent"]: only dead letters have one"#);
    }
    let filter = ledger::Filter {
        status: which,
        dead_reason: fields.optional("deadReason", parsed(dead_reason)),
        since: fields.optional("since", parsed(instant)),
        until: fields.optional("until", parsed(instant)),
        event: fields.optional("event", parsed(str::parse::<Pattern>)),
        webhook_id: fields.optional("webhookId", parsed(str::parse::<EndpointId>)),
    };
    fields.finish(Some(filter))
}

fn dead_reason(written: &str) -> Result<Reason, String> {
    reason(written, Some(Status::Dead))
}

fn status(value: Value) -> Result<Which, String> {
    let words = serde_json::from_value::<[Which; 1]>(value);
    words.map(|[which]| which).map_err(|_| r#"must be ["dead"] or ["unsent"]"#.to_owned())
}

/// The request for a replay, as it came.
pub struct Sent {
    pub asked: Idempotency,
    pub body: Body,
}

/// Writes a replay down: whoever keeps the house works it off.
pub async fn begin(
    state: &State,
    by: &By,
    tenant: &TenantId,
    sent: Sent,
    filter: ledger::Filter,
) -> Result<Response, Problem> {
    let id = ReplayId::new(by.at, chance::bytes());
    let mut once = match sent.asked.begin(state, by, Some(tenant), &sent.body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    if let Some(endpoint) = filter.webhook_id {
        let status = endpoints::status(once.act.conn(), tenant, endpoint).await?;
        let status = status.ok_or_else(|| Problem::not_found("endpoint"))?;
        if filter.status == Which::Unsent && !status.is_owed() {
            let detail = "the endpoint is disabled or failed: set it to active first";
            return Err(Problem::new(Kind::EndpointNotActive, detail));
        }
    }
    let open_max = state.settings.replays_per_tenant;
    let replay = ledger::create(&mut once.act, tenant, id, &filter, open_max).await?;
    let replay = replay.ok_or_else(|| {
        let detail =
            format!("a tenant may have {open_max} replays under way: cancel one, or wait for its end");
        Problem::new(Kind::ReplayLimitReached, detail)
    })?;
    let location = format!("/api/v1/replays/{id}");
    let begun = ([(header::LOCATION, location)], answer(StatusCode::ACCEPTED, &Replay::from(replay)));
    once.commit(state, begun.into_response()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_replay_is_read_field_by_field() {
        let of = |body: &str| Fields::read(body.as_bytes()).and_then(read);
        assert_eq!(of("{}"), Ok(ledger::Filter::default()));
        assert!(of(r#"{"status":["dead"],"event":"order.>"}"#).is_ok_and(|filter| filter.event.is_some()));
        let gone = of(r#"{"deadReason":"gone"}"#).unwrap();
        assert_eq!((gone.status, gone.dead_reason), (Which::Dead, Some(Reason::Gone)));
        assert!(of(r#"{"deadReason":"expired"}"#).is_err(), "only what was skipped is so");
        assert!(of(r#"{"status":["unsent"],"deadReason":"gone"}"#).is_err());
        assert!(of(r#"{"status":["unsent"]}"#).is_ok_and(|filter| filter.status == Which::Unsent));
        let problem = of(r#"{"status":["dead","unsent"],"since":"x","webhookId":"y"}"#).unwrap_err();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/status", "/since", "/webhookId"]);
    }
}
