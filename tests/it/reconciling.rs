//! The reconciler of the chaos tests: it has to find what it is there for, in records made by hand.

use std::time::Duration;

use domain::delivery::{Reason, Status};

use self::reconciler::{
    Account, Arrival, Expected, Fate, Findings, Published, Rate, Row, longest_pause, reconcile,
};

#[path = "../chaos/reconciler.rs"]
mod reconciler;

const GOOD: usize = 0;
const PICKY: usize = 1;

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn event(number: u32, fate: Fate) -> Published {
    let asked = at(u64::from(number) * 10);
    Published { number, fate, asked, known: asked + at(5) }
}

fn arrival(endpoint: usize, number: u32, succeeded: bool) -> Arrival {
    let webhook_id = format!("dlv_{endpoint}_{number}").into();
    Arrival { endpoint, number, webhook_id, at: at(u64::from(number) * 10 + 7), succeeded }
}

fn row(endpoint: usize, number: u32, status: Status, reason: Option<Reason>) -> Row {
    Row { endpoint, number, status, reason }
}

fn expected(name: &str, kinds: &'static [u32]) -> Expected {
    Expected {
        name: name.to_owned(),
        kinds,
        from: Duration::ZERO,
        until: Duration::MAX,
        excuses: &[],
        may_end: |_| true,
        ordered: false,
        rate: None,
    }
}

/// Two events to an endpoint that takes all, and one of them to one that gives up multiples of three.
fn account() -> Account {
    let picky = Expected {
        excuses: &[Reason::Exhausted],
        may_end: |number| number % 3 == 0,
        ..expected("picky", &[3])
    };
    Account {
        published: vec![event(1, Fate::Accepted), event(3, Fate::Accepted)],
        arrivals: vec![arrival(GOOD, 1, true), arrival(GOOD, 3, true), arrival(PICKY, 3, false)],
        rows: vec![
            row(GOOD, 1, Status::Success, None),
            row(GOOD, 3, Status::Success, None),
            row(PICKY, 3, Status::Dead, Some(Reason::Exhausted)),
        ],
        expected: vec![expected("good", &[0, 1, 2, 3, 4, 5, 6, 7]), picky],
    }
}

fn found(change: impl FnOnce(&mut Account)) -> Findings {
    let mut account = account();
    change(&mut account);
    reconcile(&account)
}

#[test]
fn nothing_is_found_where_all_is_well() {
    assert_eq!(found(|_| {}), Findings { delivered: 2, dead: 1, ..Findings::default() });
}

#[test]
fn what_was_accepted_and_ended_nowhere_is_lost() {
    let losses: [fn(&mut Account); 6] = [
        // The ledger never had it.
        |account| {
            account.rows.remove(0);
            account.arrivals.remove(0);
        },
        // It had it, and says that it was delivered.
        |account| drop(account.arrivals.remove(0)),
        // It arrived, and was not answered 2xx.
        |account| account.arrivals[0].succeeded = false,
        |account| {
            account.rows[0].status = Status::Retrying;
        },
        // It is a dead letter, for a reason that nobody foresaw, …
        |account| {
            account.arrivals.remove(0);
            account.rows[0] = row(GOOD, 1, Status::Dead, Some(Reason::Poison));
        },
        // … or that was foreseen of others.
        |account| {
            account.published.push(event(11, Fate::Accepted));
            account.arrivals.push(arrival(GOOD, 11, true));
            account.rows.push(row(GOOD, 11, Status::Success, None));
            account.rows.push(row(PICKY, 11, Status::Dead, Some(Reason::Exhausted)));
        },
    ];
    for (number, loss) in losses.into_iter().enumerate() {
        let findings = found(loss);
        assert_eq!(findings.lost.len(), 1, "{number}: {findings:?}");
    }
}

#[test]
fn what_may_have_been_accepted_is_owed_if_the_ledger_has_any_of_it() {
    let unknown = |account: &mut Account| account.published[1].fate = Fate::Unknown;
    assert_eq!(found(unknown).lost, Vec::<String>::new());
    let findings = found(|account| {
        unknown(account);
        account.rows.pop();
        account.arrivals.pop();
    });
    assert_eq!(findings.lost, ["event 3 to picky: the ledger owes nothing"]);
    let findings = found(|account| {
        unknown(account);
        account.rows.retain(|row| row.number == 1);
        account.arrivals.retain(|arrival| arrival.number == 1);
    });
    assert_eq!(findings, Findings { delivered: 1, ..Findings::default() });
}

#[test]
fn an_endpoint_is_owed_what_was_published_while_it_was_there() {
    let gone = |until: Duration| {
        found(|account| {
            account.expected[GOOD].until = until;
            account.rows.remove(1);
            account.arrivals.remove(1);
        })
    };
    assert_eq!(gone(at(34)).lost, Vec::<String>::new());
    assert_eq!(gone(at(36)).lost, ["event 3 to good: the ledger owes nothing"]);
}

#[test]
fn what_was_refused_or_never_published_and_arrives_is_a_phantom() {
    let refused = found(|account| account.published[0].fate = Fate::Refused);
    assert_eq!(refused.phantom, ["event 1 to good: it was refused"]);
    let unheard_of = found(|account| account.arrivals.push(arrival(GOOD, 9, false)));
    assert_eq!(unheard_of.phantom, ["event 9 to good: nobody published it"]);
    let not_asked_for = found(|account| account.arrivals.push(arrival(PICKY, 1, true)));
    assert_eq!(not_asked_for.phantom, ["event 1 to picky: it did not subscribe to it"]);
    let unowed = found(|account| {
        account.published.push(event(5, Fate::Unknown));
        account.arrivals.push(arrival(GOOD, 5, true));
    });
    assert_eq!(unowed.phantom, ["event 5 to good: the ledger does not know of it"]);
}

#[test]
fn what_is_answered_twice_is_duplicated_and_what_comes_under_two_ids_is_split() {
    let twice = found(|account| account.arrivals.push(arrival(GOOD, 1, true)));
    assert_eq!((twice.duplicated.len(), twice.split.len(), twice.delivered), (1, 0, 2), "{twice:?}");
    // A second attempt at what failed is none.
    let retried = found(|account| account.arrivals.push(arrival(GOOD, 1, false)));
    assert_eq!(retried.duplicated, Vec::<String>::new());
    let under_another = |webhook_id: &'static str| {
        found(move |account| {
            account.arrivals.push(Arrival { webhook_id: webhook_id.into(), ..arrival(GOOD, 1, true) });
        })
    };
    let split = under_another("dlv_other");
    assert_eq!((split.duplicated.len(), split.split.len()), (0, 1), "{split:?}");
    // And one id for two deliveries.
    assert!(!under_another("dlv_0_3").split.is_empty());
}

#[test]
fn order_is_broken_by_what_was_known_before_the_other_was_asked_for() {
    let swapped = |ordered: bool, known: Duration| {
        found(move |account| {
            account.expected[GOOD].ordered = ordered;
            account.published[0].known = known;
            account.arrivals[0].at = at(90);
        })
    };
    assert_eq!(swapped(true, at(15)).overtaken, ["good: event 1 came after 3"]);
    assert_eq!(swapped(false, at(15)).overtaken, Vec::<String>::new());
    // Both were under way at a time: either may be the first.
    assert_eq!(swapped(true, at(31)).overtaken, Vec::<String>::new());
    // A repeat is not out of order.
    let repeated = found(|account| {
        account.expected[GOOD].ordered = true;
        account.arrivals.push(Arrival { at: at(90), ..arrival(GOOD, 1, true) });
    });
    assert_eq!(repeated.overtaken, Vec::<String>::new());
}

#[test]
fn more_than_the_rate_in_any_window_is_too_fast() {
    let with_gap = |gap_millis: u64| {
        let mut account = account();
        account.expected[GOOD].rate = Some(Rate { per_second: 10.0, burst: 5.0 });
        let one = |turn: u64| Arrival { at: at(turn * gap_millis), ..arrival(GOOD, 1, false) };
        account.arrivals.extend((0..100).map(one));
        reconcile(&account).too_fast
    };
    assert_eq!(with_gap(100), Vec::<String>::new());
    // A tenth faster: nothing in a second, ten in ten.
    assert_eq!(with_gap(90).len(), 1);
}

#[test]
fn the_longest_pause_is_found_wherever_it_is() {
    let arrivals = [arrival(GOOD, 1, true), arrival(GOOD, 3, true), arrival(GOOD, 8, true)];
    assert_eq!(longest_pause(&arrivals, GOOD, at(90)), at(50));
    assert_eq!(longest_pause(&arrivals, GOOD, at(200)), at(113));
    assert_eq!(longest_pause(&arrivals, PICKY, at(200)), at(200));
}
