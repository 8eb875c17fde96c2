//! Endpoints, made over the API by several who ask at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use hookyard::bench::Connection;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::api::{self, PATIENCE};
use crate::context::Context;
use crate::stage::Stage;

const CONNECTIONS: u32 = 32;
const LOOK_EVERY: Duration = Duration::from_millis(100);
const PATH: &str = "/api/v1/webhooks";

pub struct Crowd {
    pub tenants: Vec<String>,
    /// In no order.
    pub ids: Vec<String>,
    pub made_per_second: f64,
}

/// One on the sink without any limit but its slots.
pub fn endpoint(number: u32, url: &str, event: &str) -> Value {
    json!({"name": format!("Bench {number}"), "url": url, "events": [event], "rateLimitEnabled": false})
}

impl Crowd {
    /// Makes so many, `body` of each by its number, in a tenant of this name.
    pub async fn of(
        cx: &mut Context,
        stage: &Stage,
        tenant: &str,
        count: u32,
        body: impl Fn(u32) -> Value + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        Self::over(cx, stage, vec![tenant.to_owned()], count, body).await
    }

    /// The same, where they go round several tenants.
    pub async fn over(
        cx: &mut Context,
        stage: &Stage,
        tenants: Vec<String>,
        count: u32,
        body: impl Fn(u32) -> Value + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        if count > 1 {
            cx.begin(&format!("making {count} endpoints"));
        }
        let headers = tenants.iter().map(|tenant| stage.api.headers(tenant));
        let headers: Vec<HeaderMap> = headers.collect::<Result<_, _>>()?;
        for tenant in &tenants {
            stage.api.make_tenant(tenant).await?;
        }
        let to = stage.api.address;
        let (next, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let shared = Arc::new((headers, body));
        let began = Instant::now();
        let mut makers = JoinSet::new();
        for _ in 0..CONNECTIONS.min(count) {
            let (next, done, shared) = (Arc::clone(&next), Arc::clone(&done), Arc::clone(&shared));
            makers.spawn(async move {
                let (headers, body) = &*shared;
                let mut connection = Connection::open(to, PATIENCE).await?;
                let mut ids = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return anyhow::Ok(ids);
                    }
                    let headers = &headers[number as usize % headers.len()];
                    let body = Bytes::from(body(number).to_string());
                    let answer = connection.ask(Method::POST, PATH, headers, body).await?;
                    let made = api::success(&answer, PATH)?;
                    ids.push(made["id"].as_str().context("an endpoint without id")?.to_owned());
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut ids = Vec::with_capacity(count as usize);
        while !makers.is_empty() {
            tokio::select! {
                Some(made) = makers.join_next() => ids.extend(made??),
                () = sleep(LOOK_EVERY) => {
                    cx.show("endpoints made", done.load(Ordering::Relaxed).into(), count.into());
                }
            }
        }
        let made_per_second = f64::from(count) / began.elapsed().as_secs_f64();
        Ok(Self { tenants, ids, made_per_second })
    }
}
