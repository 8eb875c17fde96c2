//! What the events go to: a tenant, and its endpoints on the sink, made over the API as anyone would.

use anyhow::Context as _;
use hookyard::bench::EVENT_TYPE;
use hookyard::chance;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::cli::client::Client;

pub(super) struct Target {
    client: Client,
    pub(super) tenant: String,
    /// Made here, and deleted at the end.
    is_own: bool,
    endpoints: Vec<String>,
}

/// Where the service is, and who asks.
pub(super) struct Access {
    pub(super) url: Url,
    pub(super) key: String,
}

impl Target {
    /// The tenant that was named, or a new one.
    pub(super) async fn of(access: &Access, named: Option<String>) -> anyhow::Result<Self> {
        let is_own = named.is_none();
        let tenant = named.unwrap_or_else(|| format!("bench-{:08x}", u32::from_le_bytes(chance::bytes())));
        let client = Client::new(access.url.clone(), access.key.clone(), Some(tenant.clone()))?;
        if is_own {
            let body = json!({"id": tenant, "name": "Bench"}).to_string();
            let made = client.ask(Method::POST, "/api/v1/tenants", Some(body)).await?;
            made.success().context("make a tenant")?;
        }
        Ok(Self { client, tenant, is_own, endpoints: Vec::new() })
    }

    /// Endpoints without any limit but their slots.
    pub(super) async fn add_endpoints(&mut self, count: u32, slots: u32, url: &str) -> anyhow::Result<()> {
        for number in 1..=count {
            let name = format!("Bench {number}");
            let body = json!({"name": name, "url": url, "events": [EVENT_TYPE], "maxInFlight": slots,
                "rateLimitEnabled": false});
            let made = self.client.ask(Method::POST, "/api/v1/webhooks", Some(body.to_string())).await?;
            let made = made.success().with_context(|| format!("make endpoint {number}"))?;
            self.endpoints.push(made.text("/id").to_owned());
        }
        Ok(())
    }

    /// Deliveries that the ledger has as succeeded.
    pub(super) async fn recorded(&self) -> anyhow::Result<u64> {
        let (mut recorded, mut cursor) = (0, String::new());
        loop {
            let path = format!("/api/v1/webhooks?limit=250&q=Bench{cursor}");
            let page = self.client.ask(Method::GET, &path, None).await?.success()?;
            let items = page.body["items"].as_array().into_iter().flatten();
            let ours = |item: &&Value| self.endpoints.iter().any(|id| item["id"] == id.as_str());
            recorded += items.filter(ours).filter_map(|item| item["successCount"].as_u64()).sum::<u64>();
            match page.text("/nextCursor") {
                "" => return Ok(recorded),
                next => cursor = format!("&cursor={next}"),
            }
        }
    }

    /// Deletes what was made.
    pub(super) async fn remove(&self) -> anyhow::Result<()> {
        if self.is_own {
            let path = format!("/api/v1/tenants/{}", self.tenant);
            self.client.ask(Method::DELETE, &path, None).await?.success()?;
            return Ok(());
        }
        for id in &self.endpoints {
            let path = format!("/api/v1/webhooks/{id}");
            self.client.ask(Method::DELETE, &path, None).await?.success()?;
        }
        Ok(())
    }
}
