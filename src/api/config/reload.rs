//! Has the configuration read again.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::action::Action;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::auth::Caller;
use crate::api::control::{self, NotReloaded, WrongSetting};
use crate::api::fields::ERRORS_MAX;
use crate::api::json::{Body, Nothing, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{FieldError, Kind, Problem, WritingAll};
use crate::api::state::State;
use crate::ledger::admin::act::Act;

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "sources": {"added": ["kumomta"], "removed": [], "changed": ["mail"], "unchanged": 3},
    "needRestart": ["server.listen"]})))]
pub struct Reloaded {
    sources: Changes,
    /// Settings that are others now, and come into force with a restart.
    #[schema(max_items = 1000)]
    need_restart: Vec<String>,
}

/// Of the configuration's `[[sources]]`, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changes {
    #[schema(max_items = 100)]
    added: Vec<String>,
    #[schema(max_items = 100)]
    removed: Vec<String>,
    #[schema(max_items = 100)]
    changed: Vec<String>,
    unchanged: usize,
}

impl From<control::Reloaded> for Reloaded {
    fn from(reloaded: control::Reloaded) -> Self {
        let control::Reloaded { added, removed, changed, unchanged, need_restart } = reloaded;
        Self { sources: Changes { added, removed, changed, unchanged }, need_restart }
    }
}

/// Read the configuration again
///
/// The node that answers reads its files again, as SIGHUP has it do, and puts the `[[sources]]` in force: what was added is read
/// from now on, what was removed is not, what is the same goes on undisturbed. Other settings need a restart; those that are
/// others now are named. A configuration that is wrong, or whose subjects NATS refuses, changes nothing: all that is wrong is
/// in the answer, each setting as a pointer. Each node is asked by itself.
#[utoipa::path(post, path = "/config/reload", tag = "configuration", operation_id = "reloadConfiguration",
    extensions(("x-permission" = json!("manage-tenants"))),
    request_body = Option<Nothing>,
    responses((status = 200, description = "It is in force", body = Reloaded), WritingAll))]
pub async fn reload(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    body.nothing()?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    let reloaded = state.control.reload().await.map_err(refused)?;
    let is_another =
        [&reloaded.added, &reloaded.removed, &reloaded.changed].iter().any(|names| !names.is_empty());
    let changed: &[&str] = if is_another { &["sources"] } else { &[] };
    act.note(Action::ConfigReloaded, None, state.control.node().0, changed);
    act.commit().await?;
    Ok(answer(StatusCode::OK, &Reloaded::from(reloaded)))
}

fn refused(why: NotReloaded) -> Problem {
    match why {
        NotReloaded::Wrong(settings) => {
            Problem::fields(settings.into_iter().take(ERRORS_MAX).map(FieldError::from).collect())
        }
        NotReloaded::Away => Problem::new(
            Kind::Unavailable,
            "nats is away, so that sources cannot be changed: nothing was changed",
        ),
    }
}

impl From<WrongSetting> for FieldError {
    fn from(WrongSetting { key, detail }: WrongSetting) -> Self {
        Self { pointer: format!("/{}", key.replace('.', "/")), detail }
    }
}
