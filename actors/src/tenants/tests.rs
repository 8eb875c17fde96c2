use std::num::NonZeroU32;

use domain::id::Shard;
use domain::lease::Lease;
use domain::pace::Moment;
use time::OffsetDateTime;

use super::*;

const START: Duration = Duration::from_secs(5);
const SHARDS: u16 = 2;

fn per_second(rate: u32) -> RateLimit {
    RateLimit::per_second(NonZeroU32::new(rate).unwrap())
}

fn lease(shard: u16) -> Lease {
    Lease { shard: Shard(shard), epoch: 1 }
}

/// Holds these since the beginning.
fn holding(shards: u16) -> (Tenants, Leases) {
    let leases = Leases::new(SHARDS);
    for shard in 0..shards {
        take(&leases, shard, Duration::ZERO);
    }
    (Tenants::new(leases.clone()), leases)
}

fn take(leases: &Leases, shard: u16, uptime: Duration) {
    leases.take(lease(shard), Duration::MAX, Moment { now: OffsetDateTime::UNIX_EPOCH, uptime });
}

fn who(number: u128) -> (EndpointId, usize) {
    (EndpointId(uuid::Uuid::from_u128(number)), 0)
}

fn first_of(asks: &[Ask]) -> &Ask {
    assert_eq!(asks.len(), 1);
    &asks[0]
}

#[test]
fn endpoints_of_a_tenant_share_its_turns_and_others_have_their_own() {
    let (tenants, _) = holding(SHARDS);
    let limit = per_second(10);
    let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
    let wait = |tenant, limit| {
        let turn = tenants.take_turn(tenant, limit, who(1), START).unwrap();
        turn.wait(Some(limit), START).unwrap_or_default()
    };
    let waits: Vec<_> = (0..3).map(|_| wait(&acme, limit)).collect();
    assert_eq!(waits, [0, 100, 200].map(Duration::from_millis));
    assert_eq!(wait(&other, limit), Duration::ZERO);
    assert!(wait(&acme, per_second(100)) < Duration::from_millis(50));
}

#[test]
fn a_turn_is_worth_nothing_under_another_limit_or_long_after() {
    let (tenants, _) = holding(SHARDS);
    let (slow, fast) = (per_second(1), per_second(100));
    let (acme, second) = ("acme".parse().unwrap(), Duration::from_secs(1));
    let _first = tenants.take_turn(&acme, slow, who(1), START);
    let turn = tenants.take_turn(&acme, slow, who(1), START).unwrap();
    assert_eq!(turn.wait(Some(slow), START), Some(second));
    assert_eq!((turn.wait(Some(fast), START), turn.wait(None, START)), (None, None));
    let honours = |limit, uptime| tenants.honours(turn, limit, uptime);
    assert!(honours(Some(slow), START + second + TURN_KEPT));
    assert!(!honours(Some(fast), START) && !honours(None, START));
    assert!(!honours(Some(slow), START + second + TURN_KEPT + Duration::from_millis(1)));
}

#[test]
fn one_among_several_nodes_has_the_turns_that_it_took_of_the_line() {
    let (tenants, _) = holding(1);
    let (acme, limit) = ("acme".parse().unwrap(), per_second(10));
    let interval = Duration::from_millis(100);
    assert_eq!(tenants.take_turn(&acme, limit, who(1), START), None);
    // What it sent before, as one alone, is not on the line.
    assert!(matches!(tenants.asks(START), (asks, true) if asks.is_empty()));
    let now = START + interval;
    let (asks, _) = tenants.asks(now);
    assert_eq!(first_of(&asks).length(), interval);
    let first = turns::Turn { at: now, until: now + TURN_KEPT };
    let given = tenants.taken(first_of(&asks), first);
    assert!(given.len() == 1 && given[0].0 == who(1).0 && tenants.honours(given[0].1, Some(limit), now));
}

#[test]
fn turns_from_elsewhere_are_worth_nothing_once_all_or_not_all_is_held() {
    let (tenants, leases) = holding(SHARDS);
    let (acme, limit) = ("acme".parse().unwrap(), per_second(1));
    let second = Duration::from_secs(1);
    let alone = tenants.take_turn(&acme, limit, who(1), START).unwrap();
    leases.hand_over(lease(1));
    assert!(!tenants.honours(alone, Some(limit), START));
    assert_eq!(tenants.take_turn(&acme, limit, who(1), START), None);
    leases.let_go(lease(1));
    let now = START + second;
    let (asks, _) = tenants.asks(now);
    let ask = first_of(&asks);
    let [(_, shared)] = tenants.taken(ask, turns::Turn { at: now, until: now + TURN_KEPT })[..] else {
        panic!()
    };
    assert!(tenants.honours(shared, Some(limit), now));
    take(&leases, 1, now);
    assert!(!tenants.honours(shared, Some(limit), now));
    // The other node may have used its turn a moment ago.
    let alone = tenants.take_turn(&acme, limit, who(1), now).unwrap();
    assert_eq!(alone.wait(Some(limit), now), Some(second));
    assert!(tenants.taken(ask, turns::Turn { at: now, until: now + TURN_KEPT }).is_empty(), "too late");
}
