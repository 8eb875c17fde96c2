//! Changes a key's name, or when it ends.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::KeyId;
use domain::tenant::Permission;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{Key, ledger};
use crate::api::auth::Caller;
use crate::api::fields::{Fields, parsed, text};
use crate::api::json::{Body, Id, answer};
use crate::api::problem::{Problem, Writing};
use crate::api::state::State;
use domain::event::instant;

/// What may be changed of a key. Role and tenant stay: make another key for another role.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"name": "checkout service", "expiresAt": null}))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct KeyChange {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// From then on it opens nothing; null for never.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// Change a key
///
/// What is left out stays as it is. On this node it applies at once, on others within 5 seconds.
#[utoipa::path(patch, path = "/keys/{id}", tag = "keys", operation_id = "changeKey",
    params(("id" = String, Path)), request_body = KeyChange,
    responses((status = 200, description = "The key as it is now", body = Key), Writing))]
pub async fn patch(
    Given(state): Given<State>,
    caller: Caller,
    Id(id): Id<KeyId>,
    body: Body,
) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::ManageKeys, &state).await?;
    let change = read(body.one()?, state.now())?;
    let changed = ledger::change(&state.pool, scope.as_ref(), id, &change).await?;
    let (key, hash) = changed.ok_or_else(|| Problem::not_found("key"))?;
    state.keys().forget(&hash);
    Ok(answer(StatusCode::OK, &Key::from(key)))
}

fn read(body: &[u8], now: OffsetDateTime) -> Result<ledger::Change, Problem> {
    let mut fields = Fields::read(body)?;
    let name = fields.optional("name", text(1..=200));
    let expires_at = fields.nullable("expiresAt", parsed(instant));
    if expires_at.flatten().is_some_and(|end| end <= now) {
        fields.refuse("expiresAt", "is in the past");
    }
    fields.finish(Some(ledger::Change { name, expires_at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_stays_and_null_is_never() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
        let change = |body: &str| read(body.as_bytes(), now);
        assert_eq!(change("{}").unwrap(), ledger::Change::default());
        assert_eq!(change(r#"{"expiresAt":null}"#).unwrap().expires_at, Some(None));
        let problem =
            change(r#"{"name":"","expiresAt":"2001-01-01T00:00:00Z","role":"viewer"}"#).unwrap_err();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/expiresAt", "/role"]);
    }
}
