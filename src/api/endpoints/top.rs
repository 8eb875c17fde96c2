//! Ranks endpoints by how they do.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::statistics::{Latency, Window};
use crate::api::auth::Caller;
use crate::api::json::{answer, time};
use crate::api::page::Query;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::statistics::{self as ledger, By};

const LIMIT_DEFAULT: usize = 10;
const LIMIT_MAX: usize = 50;

/// By what, how far back, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Asked {
    /// `failures`, by default: attempts that failed. `latency`: the mean time of an attempt. `backlog`: deliveries that wait
    /// now.
    by: Option<texts::TopBy>,
    /// From `1h` to `30d`; `24h` by default. Counted by whole hours, the one in which it begins included.
    window: Option<texts::Span>,
    /// Endpoints to show: 1 to 50, 10 by default.
    #[param(minimum = 1, maximum = 50, default = 10)]
    limit: Option<u32>,
}

/// Endpoints, the first of a ranking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Top {
    #[schema(value_type = texts::TopBy)]
    by: &'static str,
    #[schema(value_type = texts::Time)]
    since: String,
    #[schema(value_type = texts::Time)]
    until: String,
    #[schema(max_items = 50)]
    items: Vec<RankedEndpoint>,
}

/// An endpoint in a ranking.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "webhookId": "ep_01h455vb4pex5vsknk084sn02q", "name": "Orders", "status": "active", "attempts": 4, "failures": 1,
    "successRate": 0.75, "latencyMs": {"mean": 52, "p50": 49, "p95": 98, "p99": 98}, "queued": 12})))]
pub struct RankedEndpoint {
    #[schema(value_type = texts::EndpointId)]
    webhook_id: String,
    name: String,
    #[schema(value_type = texts::EndpointStatus)]
    status: &'static str,
    /// In the window, as all that follows but `queued`.
    attempts: u64,
    failures: u64,
    #[schema(required, minimum = 0, maximum = 1)]
    success_rate: Option<f64>,
    latency_ms: Latency,
    /// Deliveries that wait now, counted up to 5,000 that were never tried and 5,000 retries.
    queued: u64,
}

impl From<ledger::Ranked> for RankedEndpoint {
    fn from(ranked: ledger::Ranked) -> Self {
        Self {
            webhook_id: ranked.id.to_string(),
            name: ranked.name,
            status: ranked.status.as_str(),
            attempts: ranked.counts.attempts(),
            failures: ranked.counts.failures(),
            success_rate: ranked.counts.success_rate(),
            latency_ms: (&ranked.counts).into(),
            queued: ranked.queued,
        }
    }
}

fn by(text: &str) -> Result<By, &'static str> {
    By::ALL.into_iter().find(|by| by.as_str() == text).ok_or("must be failures, latency or backlog")
}

/// Rank endpoints
///
/// Those with the most failures, the slowest attempts or the longest backlog. Counted like an endpoint's statistics. One
/// of which there is nothing to count is left out.
#[utoipa::path(get, path = "/webhooks/top", tag = "endpoints", operation_id = "topEndpoints",
    extensions(("x-permission" = json!("read"))),
    params(Asked),
    responses((status = 200, description = "Endpoints, the first of the ranking first", body = Top), Reading))]
pub async fn top(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let by = query.parsed("by", by).unwrap_or(By::Failures);
    let window = Window::read(&mut query, state.now());
    let limit = query.limit_of(LIMIT_MAX, LIMIT_DEFAULT);
    query.finish()?;
    // Never closed: there is always a permit to come.
    let _permit = state.rankings().acquire().await;
    let ranked = ledger::top(&state.pool, &tenant, by, window.since, limit).await?;
    let top = Top {
        by: by.as_str(),
        since: time(window.since),
        until: time(window.until),
        items: ranked.into_iter().map(RankedEndpoint::from).collect(),
    };
    Ok(answer(StatusCode::OK, &top))
}
