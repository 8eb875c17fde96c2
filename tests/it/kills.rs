//! Actors killed and panicking, with at least fifty requests held open each time: all that was published arrives, and
//! nothing comes twice but what was cut off.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::support::app::TestApp;
use crate::support::app_with;
use crate::support::chaos::{actor_of, strike};
use crate::support::crowd::{Crowd, SETTINGS};
use crate::support::wait;

const RESTARTS: &str = "hookyard_actor_restarts_total";
/// Between two publishes of a client.
const PACE: Duration = Duration::from_millis(40);

async fn crowd() -> (TestApp, Crowd) {
    let app = app_with(&SETTINGS).await;
    let tenant = app.tenant("acme").await;
    (app, Crowd::new(tenant, &["100ms", "200ms"]).await)
}

async fn until_restarts(app: &TestApp, count: u64) {
    let look = async || app.counter(RESTARTS).await;
    wait::until("all to be started again", look, |restarts| *restarts >= count).await;
}

/// An endpoint's actor is struck while every hand is full, and so are those that follow it.
async fn an_endpoint_is_struck(how: &str) {
    let (app, mut crowd) = crowd().await;
    let load = crowd.load(1, PACE);
    let struck = crowd.endpoints[1].clone();
    let mut held = crowd.hold().await;
    for _ in 0..3 {
        let at = Instant::now();
        strike(&app, &actor_of(&struck), how).await;
        crowd.cut_off(&held, &struck);
        // Its successor sends before anybody answers; what the others hold open is what they held.
        held = crowd.held_anew(&struck, at).await;
    }
    load.until_accepted(20).await;
    crowd.receiver.open();
    load.until_accepted(20).await;
    load.stop().await;
    crowd.account(app.settled(&crowd.tenant)).await;
    // Nothing was held to be poison.
    assert_eq!(crowd.tenant.dead_letters().await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_endpoints_actor_killed_costs_only_what_it_had_in_flight() {
    an_endpoint_is_struck("kill").await;
}

#[tokio::test]
async fn an_endpoints_actor_that_panics_costs_only_what_it_had_in_flight() {
    an_endpoint_is_struck("panic").await;
}

/// These are struck together, in so many rounds under load, with every hand full. No request dies with them.
async fn are_struck(actors: &[&str], rounds: usize, clients: usize) -> usize {
    let (app, crowd) = crowd().await;
    let load = crowd.load(clients, PACE);
    let before = app.counter(RESTARTS).await;
    for round in 0..rounds {
        crowd.hold().await;
        // Every other time the answers are on their way when it strikes.
        let answered_first = round % 4 < 2;
        if answered_first {
            crowd.receiver.open();
        }
        for actor in actors {
            strike(&app, actor, ["kill", "panic"][round % 2]).await;
        }
        crowd.receiver.open();
        load.until_accepted(clients).await;
    }
    // More often than any of them may die by itself.
    until_restarts(&app, before + (rounds * actors.len()) as u64).await;
    let seen = load.stop().await;
    crowd.account(app.settled(&crowd.tenant)).await;
    seen.refused
}

#[tokio::test]
async fn the_recorder_struck_again_and_again_repeats_nothing() {
    are_struck(&["recorder"], 16, 2).await;
}

#[tokio::test]
async fn every_feeder_struck_again_and_again_repeats_nothing() {
    are_struck(&["feeder:0", "feeder:1", "feeder:2", "feeder:3"], 12, 2).await;
}

#[tokio::test]
async fn intake_struck_again_and_again_keeps_what_it_accepted_and_takes_nothing_twice() {
    let refused = are_struck(&["intake"], 16, 8).await;
    assert!(refused > 0, "nobody noticed");
}

#[tokio::test]
async fn anybody_struck_for_ten_seconds() {
    const LAST: Duration = Duration::from_secs(10);

    let (app, mut crowd) = crowd().await;
    let load = crowd.load(2, PACE);
    let begun = Instant::now();
    let mut rounds = 0;
    while begun.elapsed() < LAST || rounds < 20 {
        let held = crowd.hold().await;
        let hit = strike(&app, "random", ["kill", "panic"][rounds % 2]).await;
        let id = hit.strip_prefix("endpoint:");
        if let Some(endpoint) = crowd.endpoints.iter().find(|one| Some(one.id.as_str()) == id).cloned() {
            crowd.cut_off(&held, &endpoint);
        }
        crowd.receiver.open();
        rounds += 1;
    }
    load.until_accepted(10).await;
    load.stop().await;
    crowd.account(app.settled(&crowd.tenant)).await;
    assert_eq!(crowd.tenant.dead_letters().await, Vec::<Value>::new());
}
