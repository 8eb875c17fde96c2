//! Endpoints made, changed, paused and deleted while all others go on.

use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use domain::delivery::Reason;
use rand::RngExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Fault, Plan};
use crate::cast::{HEALTHY, Manner, Role};
use crate::scene::Scene;

/// One in so many changes is a visit: an endpoint is made, and deleted a little later.
const VISIT_EVERY: u32 = 4;

pub struct Edit;

#[async_trait]
impl Fault for Edit {
    fn name(&self) -> &'static str {
        "edit"
    }

    fn about(&self) -> &'static str {
        "endpoints are made, changed, paused and deleted all the time"
    }

    fn plan(&self) -> Plan {
        Plan::of(40)
    }

    async fn strike(&self, scene: &mut Scene<'_>) -> anyhow::Result<()> {
        for moment in scene.moments(scene.length.as_secs() as usize) {
            scene.at(moment).await;
            if scene.random.random_ratio(1, VISIT_EVERY) {
                visit(scene).await?;
            } else {
                change(scene).await?;
            }
        }
        Ok(())
    }
}

async fn visit(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    let role = Role {
        name: "visitor",
        manner: Manner::Slow,
        kind: Some(0),
        settings: json!({"maxRetries": 100, "retrySchedule": ["0s", "200ms"]}),
        excuses: &[Reason::EndpointDeleted],
        may_end: |_| true,
        is_doomed: false,
    };
    let mut member = scene.stage.invite(&role, scene.sink).await?;
    member.expected.from = scene.began.elapsed();
    scene.a_while(100..=1500).await;
    member.expected.until = scene.began.elapsed();
    scene.stage.api.insist(Method::DELETE, &format!("/webhooks/{}", member.id), None).await?;
    scene.cast.push(member);
    Ok(())
}

/// Something of one that is neither switched off nor measured.
async fn change(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    let changeable = scene.cast.iter().enumerate();
    let changeable =
        changeable.filter(|(place, member)| *place != HEALTHY && member.expected.until == Duration::MAX);
    let paths: Vec<String> = changeable.map(|(_, member)| format!("/webhooks/{}", member.id)).collect();
    let path = &paths[scene.random.random_range(0..paths.len())];
    let api = scene.stage.api.clone();
    let patch = async |change: Value| api.insist(Method::PATCH, path, Some(&change)).await;
    match scene.random.random_range(0..4) {
        0 => drop(patch(json!({"maxInFlight": scene.random.random_range(1..=32)})).await?),
        1 => {
            let shown = api.insist(Method::GET, path, None).await?;
            let url = shown["url"].as_str().context("an endpoint without a URL")?;
            let url = url.split('?').next().unwrap_or_default();
            patch(json!({"url": format!("{url}?version={}", scene.strikes)})).await?;
        }
        2 => {
            let rotate = json!({"overlap": "1h"});
            api.insist(Method::POST, &format!("{path}/rotate-secret"), Some(&rotate)).await?;
        }
        _ => {
            patch(json!({"status": "paused"})).await?;
            scene.a_while(100..=1500).await;
            patch(json!({"status": "active"})).await?;
        }
    }
    Ok(())
}
