//! Changes a key: its name, what it allows, when it ends.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::event::instant;
use domain::id::KeyId;
use domain::tenant::{Permission, Role};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{Key, ledger};
use crate::api::auth::Caller;
use crate::api::etag::{IfMatch, Precondition, etag};
use crate::api::fields::{Fields, parsed, text};
use crate::api::json::{Body, Id, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{Conditional, Problem, WritingAll};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::act::Act;

/// What changes of a key; what is absent stays as it is.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"name": "checkout service", "expiresAt": "2027-01-01T00:00:00Z"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct KeyChange {
    #[schema(required = false)]
    name: texts::Line,
    /// An operator's key stays one, and no other becomes one.
    #[schema(required = false)]
    role: texts::Role,
    /// It is valid until then, which is not past. Null: for ever.
    expires_at: Option<texts::Instant>,
}

/// Change a key
///
/// What is left out stays as it is. It counts here at once, at other nodes within a second.
#[utoipa::path(patch, path = "/keys/{id}", tag = "keys", operation_id = "changeKey",
    extensions(("x-permission" = json!("manage-keys"))),
    params(("id" = texts::KeyId, Path, description = "The key's id"), Precondition),
    request_body = KeyChange,
    responses(
        (status = 200, description = "The key as it is now", body = Key,
            headers(("ETag" = texts::EntityTag, description = "Its version"))),
        Conditional,
        WritingAll,
    ))]
pub async fn patch(
    Given(state): Given<State>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<KeyId>,
    if_match: IfMatch,
    body: Body,
) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::ManageKeys, &state).await?;
    let fields = Fields::read(body.one()?)?;
    let mut act = Act::begin(&state.pool, &caller.by(&state)).await?;
    let decide = |before: &ledger::Key| {
        if_match.check(before.version)?;
        read(fields, before.role, state.now())
    };
    let changed = ledger::change(&mut act, scope.as_ref(), id, decide).await?;
    let key = changed.ok_or_else(|| Problem::not_found("key"))?;
    act.commit().await?;
    state.control.changed().await;
    Ok((etag(key.version), answer(StatusCode::OK, &Key::from(key))).into_response())
}

fn read(mut fields: Fields<'_>, before: Role, now: OffsetDateTime) -> Result<ledger::Change, Problem> {
    let change = ledger::Change {
        name: fields.optional("name", text(1..=200)),
        role: fields.optional("role", parsed(str::parse::<Role>)).filter(|role| *role != before),
        expires_at: fields.nullable("expiresAt", parsed(instant)),
    };
    if change.role == Some(Role::Operator) {
        fields.refuse("role", "no other key becomes an operator's");
    } else if change.role.is_some() && before == Role::Operator {
        fields.refuse("role", "an operator's key stays one");
    }
    if change.expires_at.flatten().is_some_and(|end| end <= now) {
        fields.refuse("expiresAt", "is in the past");
    }
    fields.finish(Some(change))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-02 03:04:05 UTC);

    fn read_body(body: &str, before: Role) -> Result<ledger::Change, Problem> {
        read(Fields::read(body.as_bytes())?, before, NOW)
    }

    #[test]
    fn an_operators_key_stays_one_and_no_other_becomes_one() {
        let of = |before, role: &str| read_body(&format!(r#"{{"role":"{role}"}}"#), before);
        assert_eq!(of(Role::Editor, "viewer").map(|change| change.role), Ok(Some(Role::Viewer)));
        assert_eq!(of(Role::Operator, "operator"), Ok(ledger::Change::default()));
        assert!(of(Role::Editor, "operator").is_err() && of(Role::Operator, "admin").is_err());
    }

    #[test]
    fn every_wrong_field_is_named_and_null_is_no_end() {
        let body = r#"{"name":"","role":"king","expiresAt":"2026-01-02T03:04:05Z","tenantId":"acme"}"#;
        let problem = read_body(body, Role::Editor).unwrap_err();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/role", "/expiresAt", "/tenantId"]);
        let change = read_body(r#"{"expiresAt":null}"#, Role::Editor).unwrap();
        assert_eq!(change, ledger::Change { expires_at: Some(None), ..ledger::Change::default() });
    }
}
