//! Kills an actor, or has it panic.

use actors::chaos::{Chaos, How, Target};
use axum::extract::{FromRequestParts, State as Given};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use domain::action::Action;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::auth::Caller;
use crate::api::fields::{Fields, parsed};
use crate::api::json::{Body, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Kind, Problem, WritingAll};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;

/// Whom to hit, and how.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"actor": "feeder:0", "how": "panic"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Fault {
    /// `endpoint:<id>`, `recorder`, `intake`, `feeder:<shard>`, `auditor`, or `random`: whichever lives.
    #[schema(pattern = "^(endpoint:ep_[0-9a-z]{26}|feeder:[0-9]+|recorder|intake|auditor|random)$")]
    actor: String,
    /// `kill` where it is left out.
    #[schema(required = false)]
    how: texts::FaultKind,
}

/// Who was hit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"actor": "feeder:0", "how": "panic"})))]
pub struct Hit {
    /// By name, as it is asked for.
    actor: String,
    #[schema(value_type = texts::FaultKind)]
    how: &'static str,
}

/// Where faults on request are not enabled, the path leads nowhere, whoever asks.
pub struct Enabled(Chaos);

impl FromRequestParts<State> for Enabled {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, state: &State) -> Result<Self, Problem> {
        let chaos = state.control.chaos().cloned();
        chaos.map(Self).ok_or_else(|| Problem::new(Kind::NotFound, "the path leads nowhere"))
    }
}

/// Kill an actor
///
/// For tests from outside: whatever part of the service dies, nothing is lost. Only where `chaos.enabled` is set,
/// which production refuses, is there such a path: else it answers 404. The death counts neither towards too many
/// restarts nor against a delivery.
#[utoipa::path(post, path = "/chaos/kill", tag = "chaos", operation_id = "killActor",
    extensions(("x-permission" = json!("manage-tenants"))),
    request_body = Fault,
    responses((status = 200, description = "It was hit", body = Hit), WritingAll))]
pub async fn kill(
    Enabled(chaos): Enabled,
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let mut fields = Fields::read(body.one()?)?;
    let how = fields.optional("how", parsed(how)).unwrap_or(How::Kill);
    let target = fields.required("actor", parsed(str::parse::<Target>));
    let target = fields.finish(target)?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    let actor = chaos.strike(target, how).await.ok_or_else(|| Problem::not_found("actor alive"))?;
    act.note(Action::ActorKilled, None, &actor, &[]);
    act.commit().await?;
    Ok(answer(StatusCode::OK, &Hit { actor, how: name(how) }))
}

fn how(text: &str) -> Result<How, &'static str> {
    [How::Kill, How::Panic].into_iter().find(|how| name(*how) == text).ok_or("must be kill or panic")
}

fn name(how: How) -> &'static str {
    match how {
        How::Kill => "kill",
        How::Panic => "panic",
    }
}
