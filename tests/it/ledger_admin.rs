//! The ledger's administrative half against a real Postgres: what is promised of limits, of ends, of retries and of
//! pages, where SQL keeps the promise.

use std::collections::BTreeSet;
use std::time::Duration;

use actors::ports::Ledger as _;
use domain::delivery::{Reason, Status};
use domain::endpoint::Status as EndpointStatus;
use domain::id::{DeliveryId, EndpointId, KeyId, ReplayId};
use domain::tenant::{Role, TenantId};
use hookyard::chance;
use hookyard::ledger::admin::deliveries::{self, Retried};
use hookyard::ledger::admin::endpoints::{self, Changed, Created, Settings};
use hookyard::ledger::admin::{Made, events, keys, replays, tenants};

use crate::support::ledger::{ANY, LIMITS, by, now, secret, settings, world};

#[tokio::test]
async fn endpoints_of_a_user_never_pass_the_limit_however_many_ask_at_once() {
    let world = world().await;
    let mine = Settings { user_id: Some("u_1".to_owned()), ..settings("a") };
    let asked = futures_util::future::join_all((0..12).map(|_| world.try_endpoint(&mine))).await;
    let made = asked.iter().filter(|created| matches!(created, Created::Done(_))).count();
    let refused = asked.iter().filter(|created| matches!(created, Created::UserFull(_))).count();
    assert_eq!((made, refused), (5, 7));
    // Another's endpoint may not become his either.
    let other = world.endpoint("a").await;
    let decide = |_: &endpoints::Endpoint| Ok::<_, ()>(mine.clone());
    let changed =
        endpoints::change(&world.pool, &by(), &world.tenant, other, decide, None, LIMITS).await.unwrap();
    assert!(matches!(changed, Changed::UserFull(..)), "{changed:?}");
}

#[tokio::test]
async fn every_change_is_seen_above_the_version_before_it() {
    let world = world().await;
    let before = world.ledger.changes_since(-1).await.unwrap().version;
    let id = world.endpoint("order.>").await;
    let changes = world.ledger.changes_since(before).await.unwrap();
    assert_eq!(
        changes.endpoints.iter().map(|(endpoint, exists)| (endpoint.id, *exists)).collect::<Vec<_>>(),
        [(id, true)]
    );
    let created = changes.version;
    world.set_status(id, EndpointStatus::Paused).await;
    let changes = world.ledger.changes_since(created).await.unwrap();
    assert_eq!(changes.endpoints[0].0.status, EndpointStatus::Paused);
    let paused = changes.version;
    assert!(endpoints::delete(&world.pool, &by(), &world.tenant, id, ANY).await.unwrap());
    let changes = world.ledger.changes_since(paused).await.unwrap();
    assert!(!changes.endpoints[0].1 && changes.version > paused);
    assert!(!endpoints::delete(&world.pool, &by(), &world.tenant, id, ANY).await.unwrap());
}

#[tokio::test]
async fn a_refused_change_leaves_everything_as_it_was() {
    let world = world().await;
    let id = world.endpoint("a").await;
    let before = world.ledger.changes_since(-1).await.unwrap().version;
    let refused = |_: &endpoints::Endpoint| Err("no");
    let secret = secret("bbbb");
    let changed =
        endpoints::change(&world.pool, &by(), &world.tenant, id, refused, Some(&secret), LIMITS).await;
    assert!(matches!(changed.unwrap(), Changed::Refused("no")));
    assert_eq!(world.ledger.changes_since(-1).await.unwrap().version, before);
    let other: TenantId = "other".parse().unwrap();
    assert!(endpoints::get(&world.pool, &other, id).await.unwrap().is_none());
    assert!(!endpoints::delete(&world.pool, &by(), &other, id, ANY).await.unwrap());
}

#[tokio::test]
async fn what_a_disabled_endpoint_was_owed_is_dead_and_a_deleted_one_skipped() {
    let world = world().await;
    let (disabled, deleted) = (world.endpoint("a").await, world.endpoint("a").await);
    let events = world.publish(&["a", "a"], &[disabled, deleted]).await;
    assert_eq!(endpoints::get(&world.pool, &world.tenant, disabled).await.unwrap().unwrap().queued, 2);
    let after = world.set_status(disabled, EndpointStatus::Disabled).await;
    assert_eq!((after.settings.status, after.queued), (EndpointStatus::Disabled, 0));
    endpoints::delete(&world.pool, &by(), &world.tenant, deleted, ANY).await.unwrap();
    for event in events {
        let delivery = world.delivery(event, disabled).await;
        assert_eq!((delivery.status, delivery.reason), (Status::Dead, Some(Reason::EndpointDisabled)));
        let delivery = world.delivery(event, deleted).await;
        assert_eq!((delivery.status, delivery.reason), (Status::Skipped, Some(Reason::EndpointDeleted)));
    }
    let dead = deliveries::Filter { status: Some(Status::Dead), ..deliveries::Filter::default() };
    let dead = deliveries::list(&world.pool, &world.tenant, &dead, None, 10).await.unwrap();
    assert_eq!(dead.deliveries.len(), 2);
    assert!(dead.deliveries.iter().all(|delivery| delivery.id.endpoint == disabled));
}

#[tokio::test]
async fn a_dead_letter_is_owed_again_only_to_an_endpoint_that_may_be_owed() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let event = world.publish(&["a"], &[endpoint]).await[0];
    let id = DeliveryId { event, endpoint };
    let retry = || world.retry(&world.tenant, id);
    // Pending: it is on its way.
    assert!(matches!(retry().await, Retried::OnItsWay(_)));
    world.set_status(endpoint, EndpointStatus::Disabled).await;
    assert_eq!(retry().await, Retried::EndpointEnded);
    world.set_status(endpoint, EndpointStatus::Active).await;
    assert!(matches!(retry().await, Retried::Owed(reference, _) if reference.delivery == id));
    let delivery = world.delivery(event, endpoint).await;
    assert_eq!((delivery.status, delivery.reason), (Status::Retrying, None));
    assert!(delivery.next_attempt_at.is_some_and(|at| at <= now()));
    let owed = world.ledger.owed(endpoint, 0, now(), 10).await.unwrap();
    assert_eq!(owed.owed.iter().map(|owed| owed.delivery).collect::<Vec<_>>(), [id]);
    endpoints::delete(&world.pool, &by(), &world.tenant, endpoint, ANY).await.unwrap();
    assert_eq!(retry().await, Retried::Finished(Status::Skipped));
    let other: TenantId = "other".parse().unwrap();
    assert_eq!(world.retry(&other, id).await, Retried::Unknown);
}

#[tokio::test]
async fn a_replay_goes_on_behind_what_it_did_and_takes_each_dead_letter_once() {
    let world = world().await;
    let (wanted, other) = (world.endpoint("a").await, world.endpoint("a").await);
    let types: Vec<&str> = (0..700).map(|at| if at % 2 == 0 { "order.paid" } else { "order.made" }).collect();
    world.publish(&types, &[wanted, other]).await;
    for endpoint in [wanted, other] {
        world.set_status(endpoint, EndpointStatus::Disabled).await;
    }
    world.set_status(wanted, EndpointStatus::Active).await;
    let id = ReplayId::new(now(), chance::bytes());
    let filter = replays::Filter {
        event: Some("order.paid".parse().unwrap()),
        webhook_id: Some(wanted),
        ..replays::Filter::default()
    };
    let mut act = world.act().await;
    let replay = replays::create(&mut act, &world.tenant, id, &filter, 1).await.unwrap().unwrap();
    act.commit().await.unwrap();
    assert_eq!((replay.total, replay.done, replay.owed), (700, 0, 0));
    let first = replays::step(&world.pool, id, now()).await.unwrap().unwrap();
    assert!(!first.finished);
    assert_eq!(replays::open(&world.pool, &[], 10).await.unwrap(), [(id, Some(wanted))]);
    // Two who go on at once wait for each other.
    let (second, third) =
        tokio::join!(replays::step(&world.pool, id, now()), replays::step(&world.pool, id, now()));
    let rest: Vec<_> = [second.unwrap(), third.unwrap()].into_iter().flatten().collect();
    assert!(rest.len() == 1 && rest[0].finished);
    let owed: Vec<DeliveryId> = [first]
        .into_iter()
        .chain(rest)
        .flat_map(|step| step.owed)
        .map(|reference| reference.delivery)
        .collect();
    assert_eq!((owed.len(), owed.iter().collect::<BTreeSet<_>>().len()), (350, 350));
    assert!(owed.iter().all(|delivery| delivery.endpoint == wanted));
    let replay = replays::get(&world.pool, &world.tenant, id).await.unwrap().unwrap();
    assert!(replay.done == 700 && replay.owed == 350 && replay.finished_at.is_some());
    assert_eq!(replay.cancelled_at, None);
    assert!(replays::open(&world.pool, &[], 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_hold_every_delivery_once_whatever_the_way_and_the_size() {
    let world = world().await;
    let (one, other) = (world.endpoint("a").await, world.endpoint("a").await);
    let mut events =
        world.publish(&["order.paid", "order.made", "user.made", "order.paid"], &[one, other]).await;
    events.extend(world.publish(&["nobody.wants"], &[]).await);
    world.set_status(other, EndpointStatus::Disabled).await;
    let all: BTreeSet<DeliveryId> = events[..4]
        .iter()
        .flat_map(|event| [one, other].map(|endpoint| DeliveryId { event: *event, endpoint }))
        .collect();
    for limit in [1, 2, 3, 250] {
        let found = world.walk(&deliveries::Filter::default(), limit).await;
        assert_eq!(
            (found.len(), found.iter().copied().collect::<BTreeSet<_>>()),
            (8, all.clone()),
            "{limit}"
        );
        assert!(found.is_sorted_by(|newer, older| newer > older), "newest first");
        let of_one = deliveries::Filter { endpoint: Some(one), ..deliveries::Filter::default() };
        let found = world.walk(&of_one, limit).await;
        assert_eq!(found.len(), 4, "{limit}");
        let dead = deliveries::Filter { status: Some(Status::Dead), ..deliveries::Filter::default() };
        let found = world.walk(&dead, limit).await;
        assert_eq!(found.len(), 4, "{limit}");
        assert!(found.iter().all(|delivery| delivery.endpoint == other));
        let paid = deliveries::Filter {
            pattern: Some("order.*".parse().unwrap()),
            status: Some(Status::Pending),
            ..deliveries::Filter::default()
        };
        assert_eq!(world.walk(&paid, limit).await.len(), 3, "{limit}");
        let made = Made { since: Some(now() - Duration::from_mins(1)), until: Some(events[1].made_at()) };
        let early = deliveries::Filter { made, ..deliveries::Filter::default() };
        assert_eq!(world.walk(&early, limit).await.len(), 2, "{limit}");
    }
}

#[tokio::test]
async fn an_event_is_found_by_both_its_names_and_by_no_other_tenant() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let ids = world.publish(&["order.paid", "user.made"], &[endpoint]).await;
    for name in [ids[0].to_string(), "order.paid-0".to_owned()] {
        let events::Whole { event, data, .. } =
            events::get(&world.pool, &world.tenant, &name, None).await.unwrap().unwrap();
        assert_eq!(
            (event.id, data.as_ref().map(|data| data.get())),
            (ids[0], Some(r#"{"z":1.10,"a":null}"#))
        );
        let other: TenantId = "other".parse().unwrap();
        assert!(events::get(&world.pool, &other, &name, None).await.unwrap().is_none());
    }
    let filter = events::Filter { pattern: Some("user.>".parse().unwrap()), ..events::Filter::default() };
    let page = events::list(&world.pool, &world.tenant, &filter, None, 1).await.unwrap();
    assert_eq!(page.events.iter().map(|event| event.id).collect::<Vec<_>>(), [ids[1]]);
    let all = events::list(&world.pool, &world.tenant, &events::Filter::default(), None, 1).await.unwrap();
    let rest =
        events::list(&world.pool, &world.tenant, &events::Filter::default(), all.next, 5).await.unwrap();
    assert_eq!((all.events[0].id, rest.events[0].id, rest.next), (ids[1], ids[0], None));
}

#[tokio::test]
async fn endpoints_are_found_by_what_they_are() {
    let world = world().await;
    let orders = world.endpoint("order.>").await;
    let short = world.endpoint("github.pr.*").await;
    let find = async |filter: endpoints::Filter| -> Vec<EndpointId> {
        let found = endpoints::list(&world.pool, &world.tenant, &filter, None, 10).await.unwrap();
        found.endpoints.into_iter().map(|endpoint| endpoint.id).collect()
    };
    let event =
        |event: &str| endpoints::Filter { event: Some(event.to_owned()), ..endpoints::Filter::default() };
    assert_eq!(find(event("order.paid.late")).await, [orders]);
    assert_eq!(find(event("order")).await, []);
    assert_eq!(find(event("github.pull_request.opened")).await, [short]);
    assert_eq!(find(event("order.>")).await, [orders]);
    let text = |text: &str| endpoints::Filter { text: Some(text.to_owned()), ..endpoints::Filter::default() };
    assert_eq!(find(text("EXAMPLE.com")).await, [short, orders]);
    assert_eq!(find(text("%")).await, []);
    world.set_status(short, EndpointStatus::Paused).await;
    let paused = endpoints::Filter { status: Some(EndpointStatus::Paused), ..endpoints::Filter::default() };
    assert_eq!(find(paused).await, [short]);
    let none = endpoints::Filter::default();
    let first = endpoints::list(&world.pool, &world.tenant, &none, None, 1).await.unwrap();
    let second = endpoints::list(&world.pool, &world.tenant, &none, first.next, 1).await.unwrap();
    let ids = [first.endpoints[0].id, second.endpoints[0].id];
    assert_eq!((ids, second.next), ([short, orders], None));
}

#[tokio::test]
async fn secrets_overlap_as_long_as_asked_and_not_at_all_when_replaced() {
    let world = world().await;
    let id = world.endpoint("a").await;
    let signing = async || -> Vec<bool> {
        let changes = world.ledger.changes_since(-1).await.unwrap();
        changes.endpoints[0].0.secrets.iter().map(|secret| secret.expires_at.is_some()).collect()
    };
    let day = Duration::from_hours(24);
    let before = now();
    let rotated = world.rotate(id, &secret("bbbb"), day).await;
    let after = now();
    assert_eq!((rotated.unwrap().secret_hint.as_str(), signing().await), ("bbbb", vec![false, true]));
    let changes = world.ledger.changes_since(-1).await.unwrap();
    let end = changes.endpoints[0].0.secrets[1].expires_at.unwrap();
    // As Postgres keeps it, to the microsecond.
    let slack = Duration::from_micros(1);
    assert!((before + day - slack..=after + day + slack).contains(&end), "{end}");
    let at_once = Duration::ZERO;
    world.rotate(id, &secret("cccc"), at_once).await;
    assert_eq!(signing().await, [false]);
    for _ in 0..15 {
        world.rotate(id, &secret("dddd"), day).await;
    }
    assert_eq!(signing().await.len(), 10);
    let keep = |before: &endpoints::Endpoint| Ok::<_, ()>(before.settings.clone());
    endpoints::change(&world.pool, &by(), &world.tenant, id, keep, Some(&secret("eeee")), LIMITS)
        .await
        .unwrap();
    assert_eq!(signing().await, [false]);
}

#[tokio::test]
async fn the_operators_key_of_the_configuration_is_the_only_one_it_ever_had() {
    let world = world().await;
    let configure = async |secret: Option<&str>| {
        let id = KeyId::new(now(), chance::bytes());
        keys::ensure_operator(&world.pool, secret, id, now()).await.unwrap();
    };
    let opens =
        async |secret: &str| keys::find(&world.pool, &keys::hash(secret), now()).await.unwrap().is_some();
    world.make_key("by hand", None, Role::Operator, None).await.unwrap();
    configure(Some("first")).await;
    configure(Some("second")).await;
    assert_eq!((opens("first").await, opens("second").await), (false, true));
    configure(None).await;
    assert_eq!((opens("second").await, opens("by hand").await), (false, true));
}

#[tokio::test]
async fn keys_open_until_they_end_and_die_with_their_tenant() {
    let world = world().await;
    let find = async |secret: &str, at| keys::find(&world.pool, &keys::hash(secret), at).await.unwrap();
    let end = now() + Duration::from_mins(1);
    world.make_key("one", Some(&world.tenant), Role::Editor, Some(end)).await.unwrap();
    assert_eq!(find("one", now()).await.map(|key| key.role), Some(Role::Editor));
    assert!(find("one", end).await.is_none() && find("two", now()).await.is_none());
    let ghost: TenantId = "ghost".parse().unwrap();
    assert!(world.make_key("three", Some(&ghost), Role::Viewer, None).await.is_none());
    for _ in 0..2 {
        let id = KeyId::new(now(), chance::bytes());
        keys::ensure_operator(&world.pool, Some("the operator's key"), id, now()).await.unwrap();
    }
    assert_eq!(find("the operator's key", now()).await.map(|key| key.role), Some(Role::Operator));
    assert_eq!(keys::list(&world.pool, None, None, 10).await.unwrap().len(), 2);
    let endpoint = world.endpoint("a").await;
    let event = world.publish(&["a"], &[endpoint]).await[0];
    assert!(tenants::delete(&world.pool, &by(), &world.tenant, ANY).await.unwrap());
    assert!(find("one", now()).await.is_none());
    assert_eq!(world.delivery(event, endpoint).await.status, Status::Skipped);
    assert!(matches!(world.try_endpoint(&settings("a")).await, Created::TenantUnknown));
    assert!(world.make_tenant(&world.tenant, "Again").await.is_none());
}
