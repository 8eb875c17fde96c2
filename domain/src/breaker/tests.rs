use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{EndpointId, EventId};

const LIMITS: Limits = Limits {
    failures: 5,
    deliveries: 2,
    pause_first: Duration::from_secs(5),
    pause_longest: Duration::from_mins(5),
};
const START: Duration = Duration::from_hours(1);

fn delivery(number: u128) -> DeliveryId {
    DeliveryId { event: EventId(Uuid::from_u128(number)), endpoint: EndpointId(Uuid::nil()) }
}

fn open() -> Breaker {
    let mut breaker = Breaker::default();
    for number in 0..5 {
        breaker.ended(delivery(number), Outcome::HttpError, &LIMITS, (START, 0.0));
    }
    breaker
}

#[test]
fn opens_after_five_failures_over_two_deliveries() {
    let mut breaker = Breaker::default();
    for _ in 0..9 {
        breaker.ended(delivery(1), Outcome::Timeout, &LIMITS, (START, 0.0));
        assert!(!breaker.is_open(), "one delivery is not the endpoint");
    }
    breaker.ended(delivery(2), Outcome::Timeout, &LIMITS, (START, 0.0));
    assert_eq!(breaker.permit(delivery(7), START), Permit::NotBefore(START + Duration::from_secs(5)));
}

#[test]
fn a_success_between_starts_the_row_again() {
    let mut breaker = Breaker::default();
    for number in 0..20 {
        let outcome = if number % 5 == 4 { Outcome::Succeeded } else { Outcome::HttpError };
        breaker.ended(delivery(number), outcome, &LIMITS, (START, 0.0));
    }
    assert!(!breaker.is_open());
}

#[test]
fn blocked_attempts_say_nothing_about_the_endpoint() {
    let mut breaker = Breaker::default();
    for number in 0..20 {
        breaker.ended(delivery(number), Outcome::Blocked, &LIMITS, (START, 0.0));
    }
    assert!(!breaker.is_open());
}

#[test]
fn one_probe_at_a_time_and_a_pause_that_doubles() {
    let mut breaker = open();
    let mut now = START;
    for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
        let until = now + Duration::from_secs(seconds);
        assert_eq!(breaker.permit(delivery(7), now), Permit::NotBefore(until));
        now = until;
        assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
        assert_eq!(breaker.permit(delivery(7), now), Permit::AfterProbe);
        breaker.ended(delivery(7), Outcome::HttpError, &LIMITS, (now, 0.0));
    }
    now += Duration::from_mins(5);
    assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
    breaker.ended(delivery(7), Outcome::Succeeded, &LIMITS, (now, 0.0));
    assert_eq!(breaker.permit(delivery(7), now), Permit::Free);
}

#[test]
fn what_was_under_way_when_it_opened_changes_nothing() {
    let mut breaker = open();
    breaker.ended(delivery(9), Outcome::HttpError, &LIMITS, (START + Duration::from_secs(1), 0.0));
    assert_eq!(breaker.permit(delivery(7), START), Permit::NotBefore(START + Duration::from_secs(5)));
}

#[test]
fn a_probe_that_was_not_made_leaves_the_next_one_free() {
    let mut breaker = open();
    let now = START + Duration::from_secs(5);
    assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
    breaker.not_made(delivery(7));
    assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
}

#[test]
fn only_the_probe_speaks_for_the_endpoint() {
    let mut breaker = open();
    let now = START + Duration::from_secs(5);
    assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
    // These were under way when it opened.
    breaker.not_made(delivery(1));
    breaker.ended(delivery(2), Outcome::Blocked, &LIMITS, (now, 0.0));
    breaker.ended(delivery(3), Outcome::Timeout, &LIMITS, (now, 0.0));
    assert_eq!(breaker.permit(delivery(8), now), Permit::AfterProbe);
    breaker.ended(delivery(7), Outcome::Timeout, &LIMITS, (now, 0.0));
    assert_eq!(breaker.permit(delivery(8), now), Permit::NotBefore(now + Duration::from_secs(10)));
}

#[test]
fn whatever_the_wall_says_by_now_a_pause_is_as_long_as_it_was() {
    const WALL: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);
    let known = open().pause(Moment { now: WALL, uptime: START });
    let Some(pause) = known else { panic!("it is open") };
    assert_eq!(pause.until, WALL + LIMITS.pause_first);
    // Of a former owner, whose clock was ahead by ten minutes, or behind.
    for (now, left) in [
        (WALL, LIMITS.pause_first),
        (WALL + Duration::from_secs(2), Duration::from_secs(3)),
        (WALL - Duration::from_mins(10), longest(LIMITS.pause_first)),
    ] {
        let resumed = Breaker::resume(known, Moment { now, uptime: Duration::ZERO });
        assert_eq!(resumed.peek(Duration::ZERO), Permit::NotBefore(left));
    }
    let now = WALL + Duration::from_mins(10);
    let resumed = Breaker::resume(known, Moment { now, uptime: Duration::ZERO });
    assert_eq!(resumed.peek(Duration::ZERO), Permit::Probe);
}

#[test]
fn slots_come_back_one_more_with_each_success_and_go_with_a_failure() {
    let mut breaker = open();
    let now = START + Duration::from_secs(5);
    assert_eq!(breaker.permit(delivery(7), now), Permit::Probe);
    breaker.ended(delivery(7), Outcome::Succeeded, &LIMITS, (now, 0.0));
    assert!(!breaker.is_open());
    let mut rounds = Vec::new();
    for round in 0..5 {
        let slots = breaker.slots(24);
        rounds.push(slots);
        for number in 0..slots {
            breaker.ended(
                delivery(u128::from(100 * round + number)),
                Outcome::Succeeded,
                &LIMITS,
                (now, 0.0),
            );
        }
    }
    assert_eq!(rounds, [2, 4, 8, 16, 24]);
    breaker.ended(delivery(1), Outcome::Timeout, &LIMITS, (now, 0.0));
    assert_eq!((breaker.slots(24), breaker.is_open()), (1, false));
    for _ in 0..ALL_SLOTS {
        breaker.ended(delivery(2), Outcome::Succeeded, &LIMITS, (now, 0.0));
    }
    assert_eq!(breaker.state, State::Closed);
}

#[test]
fn what_has_hardly_come_back_and_fails_again_opens_it_anew() {
    let mut breaker = open();
    let mut now = START + Duration::from_secs(5);
    breaker.permit(delivery(7), now);
    breaker.ended(delivery(7), Outcome::Succeeded, &LIMITS, (now, 0.0));
    for number in 0..5 {
        now += Duration::from_secs(1);
        assert_eq!(breaker.permit(delivery(number), now), Permit::Free);
        breaker.ended(delivery(number), Outcome::HttpError, &LIMITS, (now, 0.0));
    }
    assert_eq!(breaker.permit(delivery(7), now), Permit::NotBefore(now + LIMITS.pause_first));
}

/// A hundred endpoints that fail together for an hour: how many are probed in the worst second.
#[test]
fn endpoints_that_failed_together_are_not_probed_together() {
    let mut probes = Vec::new();
    for endpoint in 0..100_u32 {
        let (mut breaker, mut now) = (Breaker::default(), START);
        // Equally spread, and another each time.
        let mut chance = f64::from(endpoint) / 100.0;
        while now < START + Duration::from_hours(1) {
            chance = (chance + 0.618_034).fract();
            for number in 0..5 {
                breaker.ended(delivery(number), Outcome::Unreachable, &LIMITS, (now, chance));
            }
            let Some(rest) = breaker.rest() else { panic!("it is open") };
            now = rest.until;
            assert_eq!(breaker.permit(delivery(4), now), Permit::Probe);
            probes.push(now.saturating_sub(START).as_secs());
        }
    }
    let late: Vec<u64> = probes.into_iter().filter(|second| *second > 600).collect();
    let worst = late.iter().map(|at| late.iter().filter(|other| *other == at).count()).max();
    // Without chance all of them are probed in the same second.
    assert!(worst.is_some_and(|worst| worst <= 20), "{worst:?}");
}

proptest! {
    #[test]
    fn a_pause_is_longer_by_chance_and_never_shorter(random in -1.0..2.0_f64, early in 0..6_000_u64) {
        let mut breaker = Breaker::default();
        for number in 0..5 {
            breaker.ended(delivery(number), Outcome::HttpError, &LIMITS, (START, random));
        }
        let now = START + Duration::from_millis(early);
        match breaker.permit(delivery(7), now) {
            Permit::NotBefore(until) => prop_assert!(until <= START + longest(LIMITS.pause_first) && until > now),
            Permit::Probe => prop_assert!(early >= 5_000),
            Permit::Free | Permit::AfterProbe => prop_assert!(false),
        }
    }

    #[test]
    fn never_two_probes_and_never_a_free_request_while_open(steps in proptest::collection::vec(0_u8..4, 1..200)) {
        let mut breaker = open();
        let (mut now, mut under_way) = (START, 0);
        for step in steps {
            match step {
                0 => now += Duration::from_secs(7),
                1 if under_way > 0 => {
                    under_way -= 1;
                    breaker.ended(delivery(7), Outcome::HttpError, &LIMITS, (now, 0.0));
                }
                _ => match breaker.permit(delivery(7), now) {
                    Permit::Free => prop_assert!(false, "free while open"),
                    Permit::Probe => under_way += 1,
                    Permit::NotBefore(until) => prop_assert!(until > now),
                    Permit::AfterProbe => prop_assert_eq!(under_way, 1),
                },
            }
            prop_assert!(under_way <= 1);
        }
    }
}
