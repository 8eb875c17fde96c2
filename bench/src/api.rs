//! The node's HTTP API, asked as its operator.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use hookyard::bench::{Answer, Connection};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

/// For an answer: more than the service takes before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Clone)]
pub struct Api {
    pub address: SocketAddr,
    pub key: String,
}

impl Api {
    /// Who asks, and about whose things.
    pub fn headers(&self, tenant: &str) -> anyhow::Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::try_from(format!("Bearer {}", self.key))?);
        headers.insert("x-tenant-id", HeaderValue::try_from(tenant)?);
        Ok(headers)
    }

    pub async fn make_tenant(&self, id: &str) -> anyhow::Result<()> {
        let body = json!({"id": id, "name": "Bench"});
        self.ask(Method::POST, "/api/v1/tenants", id, &body).await.map(drop)
    }

    pub async fn set_status(&self, tenant: &str, endpoint: &str, status: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/webhooks/{endpoint}");
        self.ask(Method::PATCH, &path, tenant, &json!({"status": status})).await.map(drop)
    }

    async fn ask(&self, method: Method, path: &str, tenant: &str, body: &Value) -> anyhow::Result<Value> {
        let mut connection = Connection::open(self.address, PATIENCE).await?;
        let headers = self.headers(tenant)?;
        let answer = connection.ask(method, path, &headers, Bytes::from(body.to_string())).await?;
        success(&answer, path)
    }

    /// Deliveries that are recorded as delivered since the node started.
    pub async fn delivered(&self) -> anyhow::Result<u64> {
        let mut connection = Connection::open(self.address, PATIENCE).await?;
        let answer = connection.ask(Method::GET, "/metrics", &HeaderMap::new(), Bytes::new()).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let name = "hookyard_deliveries_total{verdict=\"delivered\"} ";
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        Ok(value.with_context(|| format!("/metrics has no {name}"))? as u64)
    }
}

/// What a 2xx says; all else is told in the node's words.
pub fn success(answer: &Answer, path: &str) -> anyhow::Result<Value> {
    if !(200..300).contains(&answer.status) {
        bail!("{path} is answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}
