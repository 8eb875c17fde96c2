#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const KEPT: Duration = Duration::from_secs(1);
const EPOCH: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A stretch on its way to who asked for it.
struct Answer {
    arrives: Duration,
    first: Turn,
    count: usize,
}

/// A node: its turns, those that its endpoints keep until they use them, and what it asked for.
struct Node {
    turns: Turns<u8>,
    kept: HashMap<u8, Turn>,
    answers: Vec<Answer>,
}

impl Node {
    fn new(interval: Duration) -> Self {
        Self { turns: Turns::new(interval), kept: HashMap::new(), answers: Vec::new() }
    }

    /// Asks, and is answered after so long: never before its turn by the ledger's clock, nor for longer after it.
    fn ask(&mut self, line: &mut Option<OffsetDateTime>, now: Duration, takes: Duration) {
        let count = self.turns.ask(now);
        if count == 0 {
            return;
        }
        let from = begin(*line, EPOCH + now);
        *line = Some(from + self.turns.interval * count as u32);
        let wait = Duration::try_from(from - (EPOCH + now)).unwrap();
        let first = Turn { at: now + takes + wait, until: now + wait + KEPT };
        self.answers.push(Answer { arrives: now + takes, first, count });
    }

    fn hear(&mut self, now: Duration) {
        for answer in self.answers.extract_if(.., |answer| answer.arrives <= now) {
            self.kept.extend(self.turns.taken(answer.first, answer.count));
        }
    }

    /// One of its endpoints sends, if it has a turn that has come; it wants another if it has more.
    fn send(&mut self, who: u8, more: usize, now: Duration) -> bool {
        let turn = self.kept.remove(&who).filter(|turn| now <= turn.until);
        match turn.or_else(|| self.turns.take(who, more, now)) {
            Some(turn) if turn.at <= now => true,
            Some(turn) => {
                self.kept.insert(who, turn);
                false
            }
            None => false,
        }
    }
}

fn assert_never_more(sent: &[Duration], rate: f64) {
    for (first, from) in sent.iter().enumerate() {
        for (last, to) in sent.iter().enumerate().skip(first) {
            let count = (last - first + 1) as f64;
            let most = 1.0 + rate * (to.saturating_sub(*from) + KEPT).as_secs_f64() + 1e-6;
            assert!(count <= most, "{count} from {from:?} to {to:?}");
        }
    }
}

#[test]
fn who_waits_is_served_in_order_and_none_twice() {
    let mut turns = Turns::new(ms(100));
    let now = ms(1000);
    assert!((1..=3).all(|who| turns.take(who, 0, now).is_none()));
    assert_eq!(turns.take(1, 0, now), None);
    assert_eq!((turns.ask(now), turns.is_short()), (3, true));
    let first = Turn { at: ms(1050), until: ms(2000) };
    let given = turns.taken(first, 4);
    let at = |n: u64| Turn { at: ms(1050 + 100 * n), until: ms(2000 + 100 * n) };
    assert_eq!(given, [(1, at(0)), (2, at(1)), (3, at(2))]);
    assert_eq!((turns.take(9, 0, now), turns.take(9, 0, now)), (Some(at(3)), None));
}

#[test]
fn a_turn_that_nobody_took_in_time_is_past() {
    let mut turns = Turns::new(ms(100));
    turns.taken(Turn { at: ms(0), until: ms(1000) }, 2);
    assert_eq!(turns.take(1, 0, ms(1050)), Some(Turn { at: ms(100), until: ms(1100) }));
    turns.taken(Turn { at: ms(1200), until: ms(2200) }, 1);
    assert_eq!(turns.take(1, 0, ms(2300)), None);
}

#[test]
fn no_more_is_asked_for_than_there_is_to_send_nor_further_ahead_than_a_moment() {
    let mut turns = Turns::new(ms(10));
    turns.take(1, 4, ms(0));
    assert_eq!((turns.ask(ms(0)), turns.ask(ms(0))), (5, 1), "who waits still wants one");
    for who in 1..=200 {
        turns.take(who, 0, ms(0));
    }
    assert_eq!(turns.ask(ms(0)), 100);
    turns.taken(Turn { at: ms(0), until: KEPT }, 100);
    assert_eq!((turns.ask(ms(0)), turns.ask(ms(500))), (1, 51));
    let mut slow = Turns::new(ms(60_000));
    slow.take(1, 10, ms(0));
    assert_eq!(slow.ask(ms(0)), 1, "one, however long it takes");
}

#[test]
fn a_line_that_was_written_by_a_clock_set_back_since_begins_anew() {
    let now = EPOCH;
    assert_eq!(begin(None, now), now);
    assert_eq!(begin(Some(now - ms(1)), now), now);
    assert_eq!(begin(Some(now + ms(1)), now), now + ms(1));
    assert_eq!(begin(Some(now + Duration::from_mins(10)), now), now);
}

/// Three nodes for half a minute: how much each sent. One has as much as it likes for five endpoints, one for one, and
/// one has an event now and then.
fn half_a_minute(rate: u32, ask_each: u64, takes: Duration) -> [usize; 3] {
    let interval = Duration::from_secs(1) / rate;
    let mut nodes = [Node::new(interval), Node::new(interval), Node::new(interval)];
    let (mut line, mut sent, mut counts) = (None, Vec::new(), [0; 3]);
    let mut trickle = 0_usize;
    for tick in 0..30_000 {
        let now = ms(tick);
        trickle += usize::from(tick % 500 == 0);
        for (number, node) in nodes.iter_mut().enumerate() {
            node.hear(now);
            let who = [5, 1, u8::from(trickle > 0)][number];
            for who in 0..who {
                let more = if number == 2 { trickle - 1 } else { 15 };
                if node.send(who, more, now) {
                    sent.push(now);
                    counts[number] += 1;
                    trickle -= usize::from(number == 2);
                }
            }
            if (tick + 37 * number as u64).is_multiple_of(ask_each) {
                node.ask(&mut line, now, takes);
            }
        }
    }
    assert_never_more(&sent, f64::from(rate));
    counts
}

#[test]
fn what_one_has_no_use_for_is_anothers_and_the_whole_limit_is_used() {
    for rate in [1, 7, 40, 300] {
        let counts = half_a_minute(rate, 100, ms(20));
        let all: usize = counts.iter().sum();
        let expected = 30 * rate as usize;
        assert!(all * 100 >= expected * 98 && all <= expected + rate as usize, "{rate}: {counts:?}");
        if rate >= 40 {
            assert!(counts[2] >= 59, "{rate}: {counts:?}");
            // Who has more to send gets more.
            assert!(4 * counts[0] > 5 * counts[1], "{rate}: {counts:?}");
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Send { node: usize, who: u8, more: usize },
    Ask { node: usize, takes: Duration, lost: bool },
    Die { node: usize },
}

fn step() -> impl Strategy<Value = (u64, Step)> {
    let node = || 0..4_usize;
    let step = prop_oneof![
        8 => (node(), 0..4_u8, 0..20_usize).prop_map(|(node, who, more)| Step::Send { node, who, more }),
        4 => (node(), 0..3000_u64, prop::bool::weighted(0.2))
            .prop_map(|(node, takes, lost)| Step::Ask { node, takes: ms(takes), lost }),
        1 => node().prop_map(|node| Step::Die { node }),
    ];
    (prop_oneof![Just(0), 0..50_u64, 0..900_u64], step)
}

proptest! {
    #[test]
    fn never_more_than_the_limit_whatever_is_lost_late_or_dies(
        rate in 1..200_u32,
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let interval = Duration::from_secs(1) / rate;
        let mut nodes: Vec<Node> = (0..4).map(|_| Node::new(interval)).collect();
        let (mut line, mut now, mut sent) = (None, Duration::ZERO, Vec::new());
        for (wait, step) in steps {
            now += ms(wait);
            for node in &mut nodes {
                node.hear(now);
            }
            match step {
                Step::Send { node, who, more } => {
                    while nodes[node].send(who, more, now) {
                        sent.push(now);
                    }
                }
                Step::Ask { node, takes, lost } => {
                    nodes[node].ask(&mut line, now, takes);
                    if lost {
                        nodes[node].answers.pop();
                    }
                }
                Step::Die { node } => nodes[node] = Node::new(interval),
            }
        }
        assert_never_more(&sent, f64::from(rate));
    }
}
