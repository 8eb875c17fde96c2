//! Makes a tenant.

use axum::extract::State as Given;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::tenant::{Permission, TenantId};
use utoipa::ToSchema;

use super::{Change, Tenant, ledger, name};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::fields::{Fields, parsed};
use crate::api::idempotency::{Begun, Idempotency};
use crate::api::json::{Body, answer};
use crate::api::page::NoQuery;
use crate::api::problem::{CreatingAll, Kind, Problem, TenantTaken};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

/// Letters and digits that cannot be taken for one another (Crockford's base32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A tenant to be made.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"id": "acme", "name": "Acme Corporation", "maxDeliveriesPerSecond": 10})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct NewTenant {
    /// Made when absent.
    #[schema(required = false)]
    id: texts::TenantId,
    name: texts::Line,
    /// What all its endpoints together may be sent a second. Null: as much as each allows.
    #[schema(minimum = 1, maximum = 100_000)]
    max_deliveries_per_second: Option<u32>,
    /// Endpoints it may have. Null: as many as the configuration says.
    #[schema(maximum = 1_000_000)]
    max_endpoints: Option<u32>,
    /// Endpoints one `userId` of it may have. Null: as many as the configuration says.
    #[schema(maximum = 1_000_000)]
    max_endpoints_per_user: Option<u32>,
    /// True: nothing is sent to its endpoints, and what they are owed waits.
    #[schema(required = false)]
    paused: bool,
}

/// Make a tenant
///
/// An id is given once: that of a deleted tenant stays taken.
#[utoipa::path(post, path = "/tenants", tag = "tenants", operation_id = "createTenant",
    extensions(("x-permission" = json!("manage-tenants"))),
    request_body = NewTenant,
    responses(
        (status = 201, description = "The tenant", body = Tenant,
            headers(("Location" = String, description = "Where the tenant is"),
                ("ETag" = texts::EntityTag, description = "Its version"))),
        TenantTaken,
        CreatingAll,
    ))]
pub async fn create(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let mut fields = Fields::read(body.one()?)?;
    let id = fields.optional("id", parsed(str::parse::<TenantId>));
    let wanted = fields.required("name", name);
    let change = Change::read(&mut fields);
    let name = fields.finish(wanted)?;
    let settings = change.of(&ledger::Settings {
        name,
        max_deliveries_per_second: None,
        max_endpoints: None,
        max_endpoints_per_user: None,
        paused: false,
    });
    let id = match id {
        Some(id) => id,
        None => made(chance::bytes())?,
    };
    let mut once = match asked.begin(&state, &caller.by(&state), None, &body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    let tenant = ledger::create(&mut once.act, &id, &settings).await?;
    let tenant =
        tenant.ok_or_else(|| Problem::new(Kind::TenantExists, format!("the tenant id {id} is taken")))?;
    let location = format!("/api/v1/tenants/{id}");
    let (tag, shown) = (etag(tenant.version), Tenant::from(tenant));
    let made = ([(header::LOCATION, location)], tag, answer(StatusCode::CREATED, &shown));
    let made = once.commit(&state, made.into_response()).await?;
    state.control.changed().await;
    Ok(made)
}

fn made(random: [u8; 16]) -> Result<TenantId, Problem> {
    let letters: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
    format!("t_{letters}").parse().map_err(|error| Problem::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_id_is_a_tenant_id() {
        assert!(made([255; 16]).is_ok_and(|id| id.as_str() == "t_zzzzzzzzzzzzzzzz"));
    }
}
