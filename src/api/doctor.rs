//! Has the doctor look.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::control;
use super::json::{answer, time};
use super::page::NoQuery;
use super::problem::{Problem, ReadingAll};
use super::state::State;
use super::texts;

/// What the doctor found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"at": "2026-01-02T03:04:05.678Z", "findings": [
    {"check": "nats.version", "state": "ok", "found": "2.15.1", "advice": null}]})))]
pub struct Findings {
    #[schema(value_type = texts::Time)]
    at: String,
    #[schema(max_items = 100)]
    findings: Vec<Finding>,
}

/// What one check came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"check": "nats.version", "state": "ok", "found": "2.15.1", "advice": null})))]
pub struct Finding {
    check: &'static str,
    #[schema(value_type = texts::FindingState)]
    state: &'static str,
    found: String,
    /// What to do about it.
    #[schema(required)]
    advice: Option<String>,
}

impl From<control::Finding> for Finding {
    fn from(control::Finding { check, state, found, advice }: control::Finding) -> Self {
        Self { check, state, found, advice }
    }
}

/// Have the doctor look
///
/// As `hookyard doctor` does, from the node that answers and with its configuration: at Postgres, NATS, the vault, the network
/// and the machine. Nothing is changed. It takes a second or more.
#[utoipa::path(get, path = "/doctor", tag = "status", operation_id = "askDoctor",
    extensions(("x-permission" = json!("manage-tenants"))),
    responses((status = 200, description = "What it found", body = Findings), ReadingAll))]
pub async fn examine(Given(state): Given<State>, caller: Caller, _: NoQuery) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    // It connects anew, and holds a while what others need as well.
    let _permit = state.rankings().acquire().await;
    let findings = state.control.examine().await.map_err(|error| Problem::internal(&*error))?;
    let findings = findings.into_iter().map(Finding::from).collect();
    Ok(answer(StatusCode::OK, &Findings { at: time(state.now()), findings }))
}
