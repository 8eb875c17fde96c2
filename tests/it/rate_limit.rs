//! The rate limit of an endpoint, over a minute: never more and hardly less, whoever dies meanwhile, and nobody beside
//! it notices. After a restart there is no second burst, and a change is in force within a second.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use crate::support::app::TestApp;
use crate::support::chaos::{CHAOS, DEATHS, actor_of, strike};
use crate::support::receiver::Request;
use crate::support::tenant::{Tenant, text};
use crate::support::wait;
use crate::support::window::assert_never_more;
use crate::support::{Receiver, app, app_with};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
/// From the decision to the attempt's own beginning.
const DECISION: Duration = Duration::from_millis(50);

fn limit(per_minute: u32, burst: usize) -> Value {
    json!({"maxRequestsPerMinute": per_minute, "burst": burst, "maxInFlight": 32})
}

/// How much longer an attempt was on its way to the receiver than another: what makes windows look shorter here.
async fn jitter(tenant: &Tenant, requests: &[Request]) -> Duration {
    let origin = requests[0].at;
    let delays = stream::iter(requests).map(async |request| {
        let delivery = tenant.delivery(request.header("webhook-id")).await;
        // The last request is the one that was recorded: one before it died with its actor.
        let is_last = requests.iter().rfind(|other| same(request, other))?.at == request.at;
        let started = text(&delivery["attempts"].as_array()?.iter().find(|_| is_last)?["startedAt"]);
        let started = OffsetDateTime::parse(&started, &Rfc3339).expect("a time");
        Some((request.at - origin).as_secs_f64() - started.unix_timestamp_nanos() as f64 / 1e9)
    });
    let delays: Vec<f64> = delays.buffer_unordered(8).filter_map(async |delay| delay).collect().await;
    let (least, most) = delays
        .iter()
        .fold((f64::MAX, f64::MIN), |(least, most), delay| (least.min(*delay), most.max(*delay)));
    Duration::from_secs_f64(most - least)
}

fn same(one: &Request, other: &Request) -> bool {
    one.header("webhook-id") == other.header("webhook-id")
}

/// Publishes four events a second to everybody for a minute and a bit, while an actor dies every seven seconds.
/// Answers with when each event was published.
async fn a_minute_of_deaths(app: &TestApp, tenant: &Tenant, actor: &str, first: usize) -> Vec<Instant> {
    let mut beat = tokio::time::interval(SECOND / 4);
    let end = Instant::now() + MINUTE + SECOND / 2;
    let mut published = Vec::new();
    while beat.tick().await < end {
        published.push(Instant::now());
        tenant.publish("order.paid", &json!({"n": first + published.len() - 1})).await;
        if published.len() % 28 == 0 {
            strike(app, actor, DEATHS[published.len() / 28 % 2]).await;
        }
    }
    published
}

#[tokio::test]
async fn a_minute_at_the_limit_under_deaths_and_the_neighbour_is_served() {
    const PER_MINUTE: u32 = 600;
    const BURST: usize = 20;
    const BACKLOG: usize = 500;
    let (app, limited, quick) = (app_with(&CHAOS).await, Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&limited.url(), &["order.>"], &limit(PER_MINUTE, BURST)).await;
    tenant.neighbour(&endpoint, &quick.url(), &["order.>"]).await;
    tenant.publish_many("order.paid", BACKLOG).await;
    let actor = actor_of(&endpoint);
    let ((), published) = tokio::join!(
        async {
            quick.wait_for(BACKLOG).await;
            let behind = limited.count();
            assert!(behind < BACKLOG / 10 + BURST, "the limited one had {behind} by then");
        },
        a_minute_of_deaths(&app, &tenant, &actor, BACKLOG),
    );
    let all = BACKLOG + published.len();
    let requests = limited.requests();
    let times = limited.arrivals();
    let slack = jitter(&tenant, &requests).await + DECISION;
    assert!(slack < SECOND, "nothing is proven with a jitter of {slack:?}");
    assert_never_more(&times, PER_MINUTE, BURST, slack);
    let from = times[BURST - 1];
    let minute = times.iter().filter(|at| **at > from && **at <= from + MINUTE).count();
    assert!((570..=630).contains(&minute), "{minute} in the minute after the burst");

    // Without a limit the rest comes, and nothing of it is missing.
    tenant.change(&endpoint, &json!({"rateLimitEnabled": false})).await;
    tenant.until_count(&endpoint, "success", all).await;
    quick.wait_for(all).await;
    let mut lags: Vec<Duration> = quick.look(|requests| {
        let ticks = requests.iter().filter(|request| request.number() >= BACKLOG);
        ticks.map(|request| request.at - published[request.number() - BACKLOG]).collect()
    });
    lags.sort_unstable();
    let p99 = lags[lags.len() * 99 / 100];
    assert!(p99 < SECOND, "the neighbour's lag: {p99:?}");
    assert_eq!((quick.count(), lags.len()), (all, published.len()));
}

#[tokio::test]
async fn a_restart_gives_no_second_burst() {
    const BURST: usize = 10;
    /// At 120 a minute.
    const INTERVAL: Duration = Duration::from_millis(500);
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let mut tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &limit(120, BURST)).await;
    tenant.publish_many("order.paid", 40).await;
    let mut before = BURST;
    for gently in [false, true] {
        receiver.wait_for(before).await;
        if gently {
            app.stop().await;
        } else {
            app.kill();
        }
        before = receiver.count();
        let from = Instant::now();
        app.start().await;
        tenant = app.again(&tenant);
        receiver.wait_for(before + 4).await;
        for (number, at) in (1..).zip(&receiver.arrivals()[before..]) {
            assert!(*at >= from + number * INTERVAL, "number {number} after {:?}", *at - from);
        }
        before += 5;
    }
    tenant.change(&endpoint, &json!({"rateLimitEnabled": false})).await;
    tenant.until_count(&endpoint, "success", 40).await;
    app.settled_by_itself(&tenant).await;
}

/// What arrived more than a second after this instant, the first first, once there is so much.
async fn in_force(receiver: &Receiver, changed: Instant, count: usize) -> Vec<Request> {
    let under_it = |request: &Request| request.at > changed + SECOND;
    let look = async || receiver.look(|all| all.iter().filter(|one| under_it(one)).count());
    wait::until("arrivals under the new limit", look, |arrived| *arrived >= count).await;
    let mut requests = receiver.requests();
    requests.retain(under_it);
    requests.sort_unstable_by_key(|request| request.at);
    requests.truncate(count);
    requests
}

/// Never more than the limit, as exactly as this machine lets us see. Asked when all of it is recorded.
async fn assert_in_force(tenant: &Tenant, requests: &[Request], per_minute: u32) {
    let slack = jitter(tenant, requests).await + DECISION;
    assert!(slack < SECOND, "nothing is proven with a jitter of {slack:?}");
    let times: Vec<Instant> = requests.iter().map(|request| request.at).collect();
    assert_never_more(&times, per_minute, 1, slack);
}

#[tokio::test]
async fn a_change_is_in_force_within_a_second() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &limit(60, 1)).await;
    tenant.publish_many("order.paid", 400).await;
    receiver.wait_for(2).await;

    tenant.change(&endpoint, &json!({"maxRequestsPerMinute": 1200})).await;
    let faster = in_force(&receiver, Instant::now(), 41).await;
    // At the former rate it would be 40 seconds.
    let took = faster[40].at - faster[0].at;
    assert!(took < 5 * SECOND, "40 at 20 a second took {took:?}");

    tenant.change(&endpoint, &json!({"maxRequestsPerMinute": 60})).await;
    let slower = in_force(&receiver, Instant::now(), 4).await;

    tenant.change(&endpoint, &json!({"rateLimitEnabled": false})).await;
    let (changed, seen) = (Instant::now(), receiver.count());
    let times = receiver.wait_for(seen + 40).await;
    let took = times[seen + 39].at - changed;
    assert!(took < SECOND + SECOND, "40 of a backlog without a limit took {took:?}");
    app.settled_by_itself(&tenant).await;
    assert_in_force(&tenant, &faster, 1200).await;
    assert_in_force(&tenant, &slower, 60).await;
    let mut numbers: Vec<usize> = receiver.look(|requests| requests.iter().map(Request::number).collect());
    numbers.sort_unstable();
    assert_eq!(numbers, (0..400).collect::<Vec<_>>());
}
