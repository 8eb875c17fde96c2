//! Who is sent to: twelve endpoints of the sink, good and bad ones, what they ask for, and how they answer.

use std::time::Duration;

use domain::delivery::Reason;
use serde_json::{Value, json};

use crate::reconciler::{Expected, KINDS, Rate};

/// How an endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Manner {
    /// At once, 200.
    Good,
    /// 200, after a tenth to six tenths of a second.
    Slow,
    /// One in five fails, one in twenty is never answered.
    Flaky,
    /// One in twenty-five fails.
    Stumbling,
    /// Everything fails, and from that part of the load on nothing does.
    Asleep { until: f64 },
    /// 200 so often, then 410.
    Gone { after: usize },
    /// Multiples of three fail, always.
    Picky,
}

/// What a request is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Status(u16),
    Never,
}

/// One of the cast.
pub struct Role {
    pub name: &'static str,
    pub manner: Manner,
    /// None: all of them.
    pub kind: Option<u32>,
    /// Of its creation, besides URL and events.
    pub settings: Value,
    pub excuses: &'static [Reason],
    pub may_end: fn(u32) -> bool,
    /// It is switched off at some time: nobody can say what it is owed from then on.
    pub is_doomed: bool,
}

/// One of the cast as the service knows it.
pub struct Member {
    pub id: String,
    pub expected: Expected,
}

/// The one whose pauses are measured: it gets everything, and answers at once.
pub const HEALTHY: usize = 0;

const ALL_KINDS: [u32; KINDS as usize] = [0, 1, 2, 3, 4, 5, 6, 7];
/// As the limited one asks for it.
const PER_MINUTE: u32 = 1500;
const BURST: u32 = 5;

pub fn event_type(kind: u32) -> String {
    format!("chaos.kind{kind}")
}

/// Below every event's type.
pub const ALL_TYPES: &str = "chaos.>";

fn role(name: &'static str, kind: Option<u32>, manner: Manner, settings: Value) -> Role {
    Role { name, manner, kind, settings, excuses: &[], may_end: |_| true, is_doomed: false }
}

/// All twelve.
pub fn roles() -> Vec<Role> {
    let steady = json!({"maxRetries": 100, "retrySchedule": ["0s", "200ms", "500ms", "1s", "2s"]});
    let with = |more: Value| {
        let mut settings = steady.clone();
        for (name, value) in more.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        settings
    };
    let doomed = |role: Role| Role {
        excuses: &[Reason::Gone, Reason::EndpointFailed, Reason::Exhausted],
        is_doomed: true,
        ..role
    };
    vec![
        role("good, all events", None, Manner::Good, with(json!({"maxInFlight": 16}))),
        role("good", Some(0), Manner::Good, with(json!({}))),
        role("good too", Some(1), Manner::Good, with(json!({}))),
        role("ordered", Some(2), Manner::Stumbling, with(json!({"ordered": true}))),
        role(
            "limited",
            Some(3),
            Manner::Good,
            with(json!({"maxRequestsPerMinute": PER_MINUTE, "burst": BURST})),
        ),
        role("slow", Some(3), Manner::Slow, with(json!({"maxInFlight": 64}))),
        role("flaky", Some(4), Manner::Flaky, with(json!({"timeoutMs": 1500, "maxInFlight": 32}))),
        role("dead for a while", Some(5), Manner::Asleep { until: 0.5 }, with(json!({"maxInFlight": 32}))),
        Role {
            excuses: &[Reason::Exhausted],
            may_end: is_refused_by_the_picky,
            // One attempt each: retries that only fail would keep its breaker open, and all others waiting.
            ..role("picky", Some(6), Manner::Picky, json!({"maxRetries": 0}))
        },
        role("good once more", Some(6), Manner::Good, with(json!({}))),
        doomed(role("gone", Some(7), Manner::Gone { after: 100 }, with(json!({})))),
        doomed(role(
            "dead",
            Some(7),
            Manner::Asleep { until: f64::MAX },
            json!({"maxRetries": 3, "retrySchedule": ["0s", "200ms"], "autoDisableAfter": 10,
                "autoDisableMinDuration": "0s"}),
        )),
    ]
}

fn is_refused_by_the_picky(number: u32) -> bool {
    number.is_multiple_of(3)
}

impl Role {
    pub fn expected(&self) -> Expected {
        let is_limited = self.settings.get("maxRequestsPerMinute").is_some();
        Expected {
            name: self.name.to_owned(),
            kinds: self.kind.map_or(&ALL_KINDS, |kind| &ALL_KINDS[kind as usize..=kind as usize]),
            from: Duration::ZERO,
            until: if self.is_doomed { Duration::ZERO } else { Duration::MAX },
            excuses: self.excuses,
            may_end: self.may_end,
            ordered: self.settings.get("ordered").is_some(),
            rate: is_limited
                .then(|| Rate { per_second: f64::from(PER_MINUTE) / 60.0, burst: f64::from(BURST) }),
        }
    }

    pub fn events(&self) -> String {
        self.kind.map_or_else(|| ALL_TYPES.to_owned(), event_type)
    }
}

impl Manner {
    /// `chance` is any number that is the same for the same attempt; `count` how many requests it had before; `part`
    /// how much of the load is over.
    pub fn answer(self, chance: u64, number: u32, count: usize, part: f64) -> (Duration, Reply) {
        let at_once = |status| (Duration::ZERO, Reply::Status(status));
        match self {
            Self::Good => at_once(200),
            Self::Slow => (Duration::from_millis(100 + chance % 500), Reply::Status(200)),
            Self::Flaky if chance.is_multiple_of(20) => (Duration::ZERO, Reply::Never),
            Self::Flaky => at_once(if chance.is_multiple_of(5) { 500 } else { 200 }),
            Self::Stumbling => at_once(if chance.is_multiple_of(25) { 500 } else { 200 }),
            Self::Asleep { until } => at_once(if part < until { 500 } else { 200 }),
            Self::Gone { after } => at_once(if count < after { 200 } else { 410 }),
            Self::Picky => at_once(if is_refused_by_the_picky(number) { 500 } else { 200 }),
        }
    }
}
