//! The demo: a tenant, and an endpoint on the receiver of `hookyard dev`, made over the service's own API as anyone
//! would. Done at every start, and changes nothing that is right already.

use domain::signature::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::client::{Answer, Client};

pub(super) const TENANT: &str = "demo";
/// By which the endpoint is found again.
const ENDPOINT: &str = "Demo receiver";
const CONFLICT: u16 = 409;

/// Makes tenant and endpoint where they are missing, and leads the endpoint to `url`.
pub(super) async fn set_up(client: &Client, url: &str, secret: &Secret) -> anyhow::Result<()> {
    let tenant = json!({"id": TENANT, "name": "Demo"});
    let made = client.ask(Method::POST, "/api/v1/tenants", Some(tenant.to_string())).await?;
    if made.status != CONFLICT {
        made.success()?;
    }
    let found =
        client.ask(Method::GET, "/api/v1/webhooks?limit=250&q=Demo%20receiver", None).await?.success()?;
    let Some(endpoint) = endpoint(&found) else {
        let endpoint = json!({"name": ENDPOINT, "url": url, "events": [">"], "secret": secret.expose()});
        client.ask(Method::POST, "/api/v1/webhooks", Some(endpoint.to_string())).await?.success()?;
        return Ok(());
    };
    let mut change = json!({});
    if endpoint["url"] != url {
        change["url"] = url.into();
    }
    // Given up on while its receiver was away; paused or disabled it is by its owner's wish.
    if endpoint["status"] == "failed" {
        change["status"] = "active".into();
    }
    if change != json!({}) {
        let path = format!("/api/v1/webhooks/{}", endpoint["id"].as_str().unwrap_or_default());
        client.ask(Method::PATCH, &path, Some(change.to_string())).await?.success()?;
    }
    Ok(())
}

fn endpoint(found: &Answer) -> Option<&Value> {
    found.body["items"].as_array()?.iter().find(|endpoint| endpoint["name"] == ENDPOINT)
}
