//! The reconciler: what was accepted, held against what arrived and what the ledger says became of it.
//!
//! Pure: records in, findings out. Promised: whatever was accepted and neither arrived nor ended for a reason that was
//! foreseen is found, and so is whatever arrived that should not have, twice, under two ids, out of order or too fast.
//! Left out: what the requests said, and how late they were.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use domain::delivery::{Reason, Status};
use serde::Serialize;

/// Kinds of events: the number of an event says which it is.
pub const KINDS: u32 = 8;

/// What a producer knows of its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was answered 202.
    Accepted,
    /// The answer says that nothing was taken.
    Refused,
    /// No answer, or one that leaves it open.
    Unknown,
}

/// An event as its producer remembers it. Times count from the beginning of the run.
#[derive(Debug, Clone, Copy)]
pub struct Published {
    pub number: u32,
    pub fate: Fate,
    /// When it was first asked for, and when its fate was known.
    pub asked: Duration,
    pub known: Duration,
}

/// A request that reached the sink.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its place in the cast.
    pub endpoint: usize,
    pub number: u32,
    pub webhook_id: Box<str>,
    pub at: Duration,
    /// It was answered 2xx, as far as the sink knows.
    pub succeeded: bool,
}

/// What the ledger says of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub endpoint: usize,
    pub number: u32,
    pub status: Status,
    pub reason: Option<Reason>,
}

/// What is to be expected of an endpoint.
#[derive(Debug, Clone)]
pub struct Expected {
    pub name: String,
    /// The kinds of events that it subscribes to.
    pub kinds: &'static [u32],
    /// It is owed all that is asked for from here on …
    pub from: Duration,
    /// … and known before this.
    pub until: Duration,
    /// Why a delivery to it may end undelivered, and which may.
    pub excuses: &'static [Reason],
    pub may_end: fn(u32) -> bool,
    pub ordered: bool,
    pub rate: Option<Rate>,
}

#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

/// All that is known of one run.
#[derive(Debug, Default)]
pub struct Account {
    pub published: Vec<Published>,
    pub arrivals: Vec<Arrival>,
    pub rows: Vec<Row>,
    pub expected: Vec<Expected>,
}

/// What was found, in words, one line each.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Deliveries that arrived and were answered 2xx.
    pub delivered: usize,
    /// Deliveries that ended undelivered, for a reason that was foreseen.
    pub dead: usize,
    pub lost: Vec<String>,
    pub duplicated: Vec<String>,
    pub phantom: Vec<String>,
    pub split: Vec<String>,
    pub overtaken: Vec<String>,
    pub too_fast: Vec<String>,
}

/// The sink may be late to look at a request, and several look like a burst then.
const SLACK_SECONDS: f64 = 0.5;

/// An endpoint and an event.
type Pair = (usize, u32);

struct Indexed<'a> {
    account: &'a Account,
    events: HashMap<u32, &'a Published>,
    rows: HashMap<Pair, &'a Row>,
    arrivals: BTreeMap<Pair, Vec<&'a Arrival>>,
    /// Numbers of which the ledger has something.
    known: HashSet<u32>,
}

pub fn reconcile(account: &Account) -> Findings {
    let mut arrivals: BTreeMap<Pair, Vec<&Arrival>> = BTreeMap::new();
    for arrival in &account.arrivals {
        arrivals.entry((arrival.endpoint, arrival.number)).or_default().push(arrival);
    }
    let indexed = Indexed {
        account,
        events: account.published.iter().map(|event| (event.number, event)).collect(),
        rows: account.rows.iter().map(|row| ((row.endpoint, row.number), row)).collect(),
        known: account.rows.iter().map(|row| row.number).collect(),
        arrivals,
    };
    let mut findings = Findings::default();
    indexed.owed(&mut findings);
    indexed.arrived(&mut findings);
    for (at, expected) in account.expected.iter().enumerate() {
        indexed.order(at, expected, &mut findings);
        if let Some(rate) = expected.rate {
            let times = account.arrivals.iter().filter(|arrival| arrival.endpoint == at);
            let mut times: Vec<f64> = times.map(|arrival| arrival.at.as_secs_f64()).collect();
            times.sort_unstable_by(f64::total_cmp);
            findings.too_fast.extend(beyond(&times, rate).map(|what| format!("{}: {what}", expected.name)));
        }
    }
    findings
}

/// The longest time in which nothing arrived at an endpoint, between its first arrival and this moment.
pub fn longest_pause(arrivals: &[Arrival], endpoint: usize, until: Duration) -> Duration {
    let times = arrivals.iter().filter(|arrival| arrival.endpoint == endpoint && arrival.at <= until);
    let mut times: Vec<Duration> = times.map(|arrival| arrival.at).collect();
    if times.is_empty() {
        return until;
    }
    times.push(until);
    times.sort_unstable();
    times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or_default()
}

impl Indexed<'_> {
    /// Whoever accepted it, or has something of it, owes all of it.
    fn is_kept(&self, event: &Published) -> bool {
        match event.fate {
            Fate::Accepted => true,
            Fate::Refused => false,
            Fate::Unknown => self.known.contains(&event.number),
        }
    }

    /// What is owed: by what was accepted, and by what the ledger has.
    fn owed(&self, findings: &mut Findings) {
        let mut owed: BTreeSet<Pair> = self.rows.keys().copied().collect();
        for event in self.account.published.iter().filter(|event| self.is_kept(event)) {
            for (at, expected) in self.account.expected.iter().enumerate() {
                let is_in_time = event.asked >= expected.from && event.known < expected.until;
                if is_in_time && expected.kinds.contains(&(event.number % KINDS)) {
                    owed.insert((at, event.number));
                }
            }
        }
        for pair in owed {
            self.became(pair, findings);
        }
    }

    fn became(&self, pair: Pair, findings: &mut Findings) {
        let (at, number) = pair;
        let expected = &self.account.expected[at];
        let row = self.rows.get(&pair);
        let has_arrived = self.arrivals.get(&pair).is_some_and(|all| all.iter().any(|one| one.succeeded));
        let excused = |reason: Reason| expected.excuses.contains(&reason) && (expected.may_end)(number);
        let what = match row.map(|row| (row.status, row.reason)) {
            Some((Status::Dead | Status::Skipped, Some(reason))) if excused(reason) => {
                findings.dead += 1;
                return;
            }
            // Where it is dead its answer got lost, and no further attempt came through.
            Some((Status::Success | Status::Dead | Status::Skipped, _)) if has_arrived => {
                findings.delivered += 1;
                return;
            }
            Some((Status::Success, _)) => "the ledger has it as delivered, and no answer was 2xx".to_owned(),
            Some((Status::Pending | Status::Retrying, _)) => "it did not end".to_owned(),
            Some((Status::Dead | Status::Skipped, reason)) => {
                format!("it ended: {}", reason.map_or("for no reason", Reason::as_str))
            }
            None => "the ledger owes nothing".to_owned(),
        };
        findings.lost.push(format!("event {number} to {}: {what}", expected.name));
    }

    fn arrived(&self, findings: &mut Findings) {
        let mut ids: HashMap<&str, Pair> = HashMap::new();
        for (pair @ (at, number), arrivals) in &self.arrivals {
            let name = &self.account.expected[*at].name;
            let what = || format!("event {number} to {name}");
            if let Some(why) = self.is_phantom(*pair) {
                findings.phantom.push(format!("{}: {why}", what()));
            }
            let mut successes: BTreeMap<&str, usize> = BTreeMap::new();
            for arrival in arrivals {
                *successes.entry(&arrival.webhook_id).or_default() += usize::from(arrival.succeeded);
                let first = ids.entry(&arrival.webhook_id).or_insert(*pair);
                if first != pair {
                    let id = &arrival.webhook_id;
                    findings.split.push(format!("{}: {id} is event {} to {} too", what(), first.1, first.0));
                }
            }
            if successes.len() > 1 {
                let ids: Vec<&str> = successes.keys().copied().collect();
                findings.split.push(format!("{}: {}", what(), ids.join(", ")));
            }
            let twice = successes.iter().filter(|(_, count)| **count > 1);
            findings.duplicated.extend(twice.map(|(id, count)| format!("{}: {id} {count} times", what())));
        }
    }

    fn is_phantom(&self, pair @ (at, number): Pair) -> Option<&'static str> {
        let Some(event) = self.events.get(&number) else { return Some("nobody published it") };
        if !self.account.expected[at].kinds.contains(&(number % KINDS)) {
            return Some("it did not subscribe to it");
        }
        match event.fate {
            Fate::Refused => Some("it was refused"),
            Fate::Accepted | Fate::Unknown if self.rows.contains_key(&pair) => None,
            Fate::Accepted | Fate::Unknown => Some("the ledger does not know of it"),
        }
    }

    /// Nothing arrives for the first time that was known before something was asked for that arrived before it.
    fn order(&self, at: usize, expected: &Expected, findings: &mut Findings) {
        if !expected.ordered {
            return;
        }
        let all = self.arrivals.range((at, 0)..=(at, u32::MAX));
        let first = all.filter_map(|((_, number), arrivals)| {
            let at = arrivals.iter().filter(|one| one.succeeded).map(|one| one.at).min()?;
            Some((at, *self.events.get(number)?))
        });
        let mut first: Vec<(Duration, &Published)> = first.collect();
        first.sort_unstable_by_key(|(at, _)| *at);
        let mut latest: Option<&Published> = None;
        for (_, event) in first {
            if let Some(before) = latest.filter(|before| event.known < before.asked) {
                let what = format!("{}: event {} came after {}", expected.name, event.number, before.number);
                findings.overtaken.push(what);
            }
            if latest.is_none_or(|latest| latest.asked < event.asked) {
                latest = Some(event);
            }
        }
    }
}

/// Where there is a window with more in it than the rate allows, the worst one. The times must be sorted.
fn beyond(times: &[f64], rate: Rate) -> Option<String> {
    let Rate { per_second, burst } = rate;
    let origin = times.first()?;
    let mut least = f64::MAX;
    let mut most = 0.0_f64;
    for (number, at) in times.iter().enumerate() {
        // Of all windows that end here, the one with the most beyond the rate begins where the least was beyond it.
        let beyond = number as f64 - per_second * (at - origin);
        least = least.min(beyond);
        most = most.max(beyond - least + 1.0);
    }
    let allowed = burst + per_second * SLACK_SECONDS;
    (most > allowed).then(|| format!("{most:.0} more than its rate in some window, and {allowed:.0} may be"))
}
