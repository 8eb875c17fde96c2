//! Makes a key. This answer is the only place that ever shows it.

use axum::extract::State as Given;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::event::instant;
use domain::id::KeyId;
use domain::tenant::{Permission, Role, TenantId};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{Key, ledger};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::fields::{Fields, parsed, text};
use crate::api::idempotency::{Begun, Idempotency};
use crate::api::json::{Body, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{CreatingAll, Kind, Problem};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

/// A key to be made.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"name": "checkout service", "role": "producer", "tenantId": "acme"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct NewKey {
    name: texts::Line,
    /// Only an operator makes operators.
    role: texts::Role,
    /// The tenant it belongs to; one's own when absent. An operator's key belongs to none.
    #[schema(required = false)]
    tenant_id: texts::TenantId,
    /// It is valid until then, which is not past; for ever when absent.
    #[schema(required = false)]
    expires_at: texts::Instant,
}

/// A key that was made, with what its owner sends.
#[derive(Serialize, ToSchema)]
pub struct CreatedKey {
    #[serde(flatten)]
    known: Key,
    /// The key itself: shown here and never again.
    #[schema(value_type = texts::BearerKey)]
    key: String,
}

struct Wanted {
    name: String,
    role: Role,
    tenant: Option<TenantId>,
    expires_at: Option<OffsetDateTime>,
}

/// Make a key
///
/// The answer shows it, and nothing ever shows it again.
#[utoipa::path(post, path = "/keys", tag = "keys", operation_id = "createKey",
    extensions(("x-permission" = json!("manage-keys"))),
    request_body = NewKey,
    responses(
        (status = 201, description = "The key, shown once", body = CreatedKey,
            headers(("Location" = String, description = "Where the key is, without what it is itself"),
                ("ETag" = texts::EntityTag, description = "Its version"))),
        CreatingAll,
    ))]
pub async fn create(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::ManageKeys, &state).await?;
    let wanted = read(body.one()?, state.now())?;
    let tenant = whose(&wanted, caller.role, scope.clone())?;
    let (by, secret) = (caller.by(&state), ledger::secret(chance::bytes()));
    let key = ledger::NewKey {
        id: KeyId::new(by.at, chance::bytes()),
        tenant: tenant.as_ref(),
        name: &wanted.name,
        role: wanted.role,
        secret: &secret,
        expires_at: wanted.expires_at,
    };
    let mut once = match asked.begin(&state, &by, scope.as_ref(), &body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    let key = ledger::create(&mut once.act, key).await?;
    let key = key.ok_or_else(|| Problem::field("/tenantId", "there is no such tenant"))?;
    let location = format!("/api/v1/keys/{}", key.id);
    let version = key.version;
    let created = CreatedKey { known: key.into(), key: secret };
    let made = ([(header::LOCATION, location)], etag(version), answer(StatusCode::CREATED, &created));
    once.commit(&state, made.into_response()).await
}

fn read(body: &[u8], now: OffsetDateTime) -> Result<Wanted, Problem> {
    let mut fields = Fields::read(body)?;
    let name = fields.required("name", text(1..=200));
    let role = fields.required("role", parsed(str::parse::<Role>));
    let tenant = fields.optional("tenantId", parsed(str::parse::<TenantId>));
    let expires_at = fields.optional("expiresAt", parsed(instant));
    if expires_at.is_some_and(|end| end <= now) {
        fields.refuse("expiresAt", "is in the past");
    }
    fields.finish(name.zip(role).map(|(name, role)| Wanted { name, role, tenant, expires_at }))
}

/// The tenant of the new key: what the body says and whose things the caller may manage have to agree.
fn whose(wanted: &Wanted, caller: Role, scope: Option<TenantId>) -> Result<Option<TenantId>, Problem> {
    if wanted.role == Role::Operator {
        return match (caller, &wanted.tenant) {
            (Role::Operator, None) => Ok(None),
            (Role::Operator, Some(_)) => Err(Problem::field("/tenantId", "an operator's key has no tenant")),
            _ => Err(Problem::new(Kind::Forbidden, "only an operator makes operators")),
        };
    }
    match (scope, &wanted.tenant) {
        (Some(scope), Some(named)) if scope != *named && caller == Role::Operator => {
            Err(Problem::field("/tenantId", "is not the tenant that the request is about"))
        }
        (Some(scope), Some(named)) if scope != *named => Err(Problem::not_found("tenant")),
        (None, None) => Err(Problem::field("/tenantId", "is required for this role")),
        (scope, named) => Ok(scope.or_else(|| named.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(role: Role, tenant: Option<&str>) -> Wanted {
        let tenant = tenant.map(|tenant| tenant.parse().unwrap());
        Wanted { name: "n".to_owned(), role, tenant, expires_at: None }
    }

    #[test]
    fn nobody_makes_a_key_beyond_what_is_theirs() {
        let acme: TenantId = "acme".parse().unwrap();
        let of = |role, tenant, caller, scope: Option<&TenantId>| {
            whose(&wanted(role, tenant), caller, scope.cloned())
        };
        assert_eq!(of(Role::Editor, None, Role::Admin, Some(&acme)), Ok(Some(acme.clone())));
        assert_eq!(of(Role::Editor, Some("acme"), Role::Operator, None), Ok(Some(acme.clone())));
        assert_eq!(of(Role::Operator, None, Role::Operator, Some(&acme)), Ok(None));
        assert!(of(Role::Editor, Some("other"), Role::Admin, Some(&acme)).is_err());
        assert!(of(Role::Operator, None, Role::Admin, Some(&acme)).is_err());
        assert!(of(Role::Viewer, None, Role::Operator, None).is_err());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
        let body = br#"{"role":"king","expiresAt":"2001-01-01T00:00:00Z","tenantId":"A","x":1}"#;
        let problem = read(body, now).err().unwrap();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/role", "/tenantId", "/expiresAt", "/x"]);
    }
}
