//! Shows what attempts at an endpoint came to.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::counts::Counts;
use domain::id::EndpointId;
use domain::tenant::Permission;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::ledger;
use super::statistics::{Latency, Outcomes, Window};
use crate::api::auth::Caller;
use crate::api::json::{Id, answer, time};
use crate::api::page::Query;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::statistics;

/// How far back.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Asked {
    /// From `1h` to `30d`; `24h` by default. Counted by whole hours, the one in which it begins included.
    window: Option<texts::Span>,
}

/// What attempts at an endpoint came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "since": "2026-01-01T03:00:00.000Z", "until": "2026-01-02T03:04:05.678Z", "attempts": 4,
    "outcomes": {"succeeded": 3, "http_error": 1, "timeout": 0, "unreachable": 0, "tls_error": 0,
        "protocol_error": 0, "blocked": 0},
    "successRate": 0.75, "latencyMs": {"mean": 52, "p50": 49, "p95": 98, "p99": 98},
    "hours": [{"hour": "2026-01-02T03:00:00.000Z", "attempts": 4,
        "outcomes": {"succeeded": 3, "http_error": 1, "timeout": 0, "unreachable": 0, "tls_error": 0,
            "protocol_error": 0, "blocked": 0},
        "successRate": 0.75, "latencyMs": {"mean": 52, "p50": 49, "p95": 98, "p99": 98}}]})))]
pub struct Stats {
    #[schema(value_type = texts::Time)]
    since: String,
    #[schema(value_type = texts::Time)]
    until: String,
    attempts: u64,
    outcomes: Outcomes,
    /// Of 0 to 1.
    #[schema(required, minimum = 0, maximum = 1)]
    success_rate: Option<f64>,
    latency_ms: Latency,
    /// Oldest first. An hour without attempts is left out.
    #[schema(max_items = 721)]
    hours: Vec<HourStats>,
}

/// The same of one hour.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HourStats {
    /// When it began.
    #[schema(value_type = texts::Time)]
    hour: String,
    attempts: u64,
    outcomes: Outcomes,
    #[schema(required, minimum = 0, maximum = 1)]
    success_rate: Option<f64>,
    latency_ms: Latency,
}

impl HourStats {
    fn of(hour: OffsetDateTime, counts: &Counts) -> Self {
        Self {
            hour: time(hour),
            attempts: counts.attempts(),
            outcomes: counts.into(),
            success_rate: counts.success_rate(),
            latency_ms: counts.into(),
        }
    }
}

/// Show statistics of an endpoint
///
/// Of attempts, counted when they are recorded, and shown a few seconds later; test events are not among them. A crash of
/// the service loses the counts of its last seconds: for what became of a delivery, ask for the delivery. They are kept
/// for as long as deliveries are.
#[utoipa::path(get, path = "/webhooks/{id}/stats", tag = "endpoints", operation_id = "getEndpointStats",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint"), Asked),
    responses((status = 200, description = "What attempts came to", body = Stats), Reading))]
pub async fn stats(
    Given(state): Given<State>,
    caller: Caller,
    Id(id): Id<EndpointId>,
    uri: Uri,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let window = Window::read(&mut query, state.now());
    query.finish()?;
    if !ledger::exists(&state.pool, &tenant, id).await? {
        return Err(Problem::not_found("endpoint"));
    }
    let hours = statistics::by_hour(&state.pool, id, window.since).await?;
    let mut all = Counts::default();
    for (_, counts) in &hours {
        all.merge(counts);
    }
    let stats = Stats {
        since: time(window.since),
        until: time(window.until),
        attempts: all.attempts(),
        outcomes: (&all).into(),
        success_rate: all.success_rate(),
        latency_ms: (&all).into(),
        hours: hours.iter().map(|(hour, counts)| HourStats::of(*hour, counts)).collect(),
    };
    Ok(answer(StatusCode::OK, &stats))
}
