//! A backlog of fifty thousand behind a pause: it costs the queue, the memory and the neighbours nothing, and resumed it
//! drains at the limit, each once. How much later a neighbour gets what it is owed meanwhile, the benchmark `backlog` says.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::support::memory::resident_bytes;
use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::wait;
use crate::support::window::assert_never_more;
use crate::support::{Receiver, app};

const BACKLOG: usize = 50_000;
/// The most that one batch takes.
const BATCH: usize = 1000;
const PER_MINUTE: u32 = 24_000;
const BURST: usize = 100;
/// So long the limit is looked at.
const WINDOW: Duration = Duration::from_secs(8);
/// So many are waited for: all of them take a debug build a minute and more.
const DRAINED: usize = 10_000;
/// How long a machine with other work may hold up the receiver.
const SLACK: Duration = Duration::from_millis(250);
/// Bodies of what was just published are kept for a while, bounded in bytes; and what an allocator costs.
const MEMORY_BYTES: usize = 48 << 20;

/// Publishes an event for the neighbour, and waits until it has it.
async fn ping(tenant: &Tenant, neighbour: &Receiver) {
    let count = neighbour.count();
    tenant.publish("ping", &json!({})).await;
    neighbour.wait_for(count + 1).await;
}

/// Publishes the backlog. With each batch the neighbour gets something.
async fn pile_up(tenant: &Tenant, neighbour: &Receiver) {
    let mut first = 0;
    for from in (0..BACKLOG).step_by(BATCH) {
        tokio::join!(tenant.publish_numbers("order.paid", from..from + BATCH), ping(tenant, neighbour));
        if from == BACKLOG / 5 {
            first = resident_bytes();
        }
    }
    let grown = resident_bytes().saturating_sub(first);
    assert!(grown < MEMORY_BYTES, "{} KiB for {} more", grown >> 10, BACKLOG / 5 * 4);
}

/// What was never tried, by the ledger.
async fn waiting(tenant: &Tenant, endpoint: &Endpoint) -> usize {
    tenant.deliveries(&format!("webhookId={}&status=pending", endpoint.id)).await.len()
}

#[tokio::test]
async fn fifty_thousand_wait_behind_a_pause_and_drain_at_the_limit() {
    let (app, receiver, quick) = (app().await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxRequestsPerMinute": PER_MINUTE, "burst": BURST, "maxInFlight": 32});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    tenant.neighbour(&endpoint, &quick.url(), &["ping"]).await;
    tenant.change(&endpoint, &json!({"status": "paused"})).await;
    pile_up(&tenant, &quick).await;
    wait::until("the queue to hold none of it", async || app.queued().await, |queued| *queued == 0).await;
    assert_eq!((waiting(&tenant, &endpoint).await, receiver.count()), (BACKLOG, 0));

    // At a limit that a debug build can keep up with, it is kept up with.
    tenant.change(&endpoint, &json!({"status": "active"})).await;
    receiver.wait_for(BURST).await;
    let (from, before) = (Instant::now(), receiver.count());
    while from.elapsed() < WINDOW {
        ping(&tenant, &quick).await;
    }
    let (took, sent) = (from.elapsed(), receiver.count() - before);
    let due = f64::from(PER_MINUTE) / 60.0 * took.as_secs_f64();
    assert!(sent as f64 >= due * 0.9, "{sent} of {due} in {took:?}");
    assert_never_more(&receiver.arrivals(), PER_MINUTE, BURST, SLACK);

    // As fast as it can, and then hardly at all.
    tenant.change(&endpoint, &json!({"maxRequestsPerMinute": 300_000})).await;
    wait::until("most of it", async || receiver.count(), |count| *count >= DRAINED).await;
    tenant.change(&endpoint, &json!({"maxRequestsPerMinute": 1, "burst": 1})).await;
    let look = async || (waiting(&tenant, &endpoint).await, receiver.count());
    let what = "the rest to wait still, and no more";
    wait::until(what, look, |(rest, arrived)| rest + arrived == BACKLOG).await;
    assert_eq!(tenant.show(&endpoint).await["status"], "active");
    let mut numbers = receiver.look(|requests| requests.iter().map(Request::number).collect::<Vec<_>>());
    let arrived = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), arrived, "something came twice");
    assert!(app.queued().await <= 32 + 8);
    assert_eq!(app.counter("hookyard_audit_requeued_total").await, 0);
}
