//! Word of a limit that was reached, for the tenant's own endpoints.

use domain::event::rfc3339_millis;
use domain::notice::Notice;
use domain::tenant::TenantId;
use serde_json::json;

use super::state::State;
use crate::ledger::admin::act::By;
use crate::ledger::{Error, notices};

/// Up to the hour: `2026-01-02T03`.
const HOUR_CHARS: usize = 13;

/// Of what there is as much as there may be, `max`. Told of once an hour.
#[derive(Debug, Clone, Copy)]
pub struct Limit<'a> {
    pub of: &'static str,
    pub user: Option<&'a str>,
    pub max: u32,
}

impl Limit<'_> {
    /// The request is refused in any case: where this cannot be noted, it is left out.
    pub async fn reached(self, state: &State, tenant: &TenantId, by: &By) {
        let Self { of, user, max } = self;
        let mut hour = rfc3339_millis(by.at);
        hour.truncate(HOUR_CHARS);
        let key = format!("{of}:{}:{hour}", user.unwrap_or_default());
        let mut data = json!({"limit": of, "max": max});
        if let Some(user) = user {
            data["userId"] = user.into();
        }
        let noted: Result<(), Error> = async {
            let mut conn = state.pool.acquire().await?;
            notices::of_tenant(&mut conn, tenant, Notice::LimitReached, &data, Some(&key)).await
        }
        .await;
        if let Err(error) = noted {
            tracing::warn!(%tenant, limit = of, %error, "a limit that was reached is not told of");
        }
    }
}
