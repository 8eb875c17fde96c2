//! The producer: publishes events by HTTP at a steady rate, each under an id of its own, singly or in batches, and
//! remembers what became of each.
//!
//! Promised: what it has as accepted was answered 202, and what it has as refused was answered that nothing was taken. What
//! nobody answered, or an answer leaves open, it asks for again under the same id, every other time; else it stays unknown.
//! Some requests are wrong on purpose. An outage is caught up with, within a bound.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::api::{Api, Said};
use crate::cast::event_type;
use crate::reconciler::{Fate, KINDS, Published};

/// Requests under way at a time.
const PUBLISHERS: usize = 24;
const BATCH_MAX: u32 = 20;
/// One request in so many is a batch, and one is wrong.
const BATCH_EVERY: u32 = 8;
const WRONG_EVERY: u32 = 40;
/// What came due during an outage is published after it, but not more than this.
const CATCH_UP_MAX: Duration = Duration::from_secs(10);
/// So long one event is tried, and the last requests may take after the end.
const PATIENCE: Duration = Duration::from_secs(45);
const AGAIN: Duration = Duration::from_millis(100);

pub struct Producer {
    shared: Arc<Shared>,
    publishers: JoinSet<()>,
}

struct Shared {
    api: Api,
    began: Instant,
    /// Between two events.
    gap: Duration,
    stopped: AtomicBool,
    turn: Mutex<Turn>,
    book: Mutex<Vec<Published>>,
    accepted: AtomicUsize,
}

/// Whoever publishes next.
struct Turn {
    number: u32,
    due: Instant,
    random: StdRng,
}

/// One request that is to be made.
struct Request {
    numbers: Range<u32>,
    due: Instant,
    is_wrong: bool,
    /// Where its fate is unknown, it is asked for again.
    insists: bool,
}

impl Producer {
    pub fn start(api: Api, began: Instant, per_second: f64, seed: u64) -> Self {
        let turn = Turn { number: 0, due: Instant::now(), random: StdRng::seed_from_u64(seed) };
        let shared = Arc::new(Shared {
            api,
            began,
            gap: Duration::from_secs_f64(1.0 / per_second),
            stopped: AtomicBool::new(false),
            turn: Mutex::new(turn),
            book: Mutex::default(),
            accepted: AtomicUsize::new(0),
        });
        let mut publishers = JoinSet::new();
        for _ in 0..PUBLISHERS {
            publishers.spawn(Arc::clone(&shared).publish());
        }
        Self { shared, publishers }
    }

    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::Relaxed)
    }

    /// Ends when the last request has its answer, or none. What was under way then is unknown.
    pub async fn stop(mut self) -> Vec<Published> {
        self.shared.stopped.store(true, Ordering::Relaxed);
        while let Some(ended) = self.publishers.join_next().await {
            if let Err(error) = ended {
                eprintln!("a publisher broke: {error}");
            }
        }
        std::mem::take(&mut *lock(&self.shared.book))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn is_over(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    async fn publish(self: Arc<Self>) {
        while !self.is_over() {
            let request = self.next();
            sleep_until(request.due).await;
            if self.is_over() {
                return;
            }
            let asked = self.began.elapsed();
            let fate = self.ask(&request).await;
            let known = self.began.elapsed();
            if fate == Fate::Accepted {
                self.accepted.fetch_add(request.numbers.len(), Ordering::Relaxed);
            }
            let events = request.numbers.map(|number| Published { number, fate, asked, known });
            lock(&self.book).extend(events);
        }
    }

    fn next(&self) -> Request {
        let mut turn = lock(&self.turn);
        let is_batch = turn.random.random_ratio(1, BATCH_EVERY);
        let count = if is_batch { turn.random.random_range(2..=BATCH_MAX) } else { 1 };
        let request = Request {
            numbers: turn.number..turn.number + count,
            due: turn.due,
            is_wrong: turn.random.random_ratio(1, WRONG_EVERY),
            insists: turn.random.random_ratio(1, 2),
        };
        turn.number += count;
        let earliest = Instant::now().checked_sub(CATCH_UP_MAX);
        turn.due = (turn.due + self.gap * count).max(earliest.unwrap_or(turn.due));
        request
    }

    async fn ask(&self, request: &Request) -> Fate {
        let (path, body) = request.written();
        let mut may_be_there = false;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = timeout(PATIENCE, self.api.post(path, &body)).await.unwrap_or(Said::Nothing);
            match said {
                Said::Answer(202, _) => return Fate::Accepted,
                Said::Answer(status, problem) if is_refusal(status, &problem) => {
                    return if may_be_there { Fate::Unknown } else { Fate::Refused };
                }
                // It reached nobody: whoever comes up next is asked.
                Said::NotSent => {}
                Said::Answer(..) | Said::Nothing => may_be_there = true,
            }
            let gives_up = Instant::now() >= deadline || (may_be_there && !request.insists);
            if gives_up || (self.is_over() && !may_be_there) {
                return if may_be_there { Fate::Unknown } else { Fate::Refused };
            }
            sleep(AGAIN).await;
        }
    }
}

/// Whether the answer says that nothing was taken (docs/problems).
fn is_refusal(status: u16, body: &Value) -> bool {
    #[derive(Deserialize)]
    struct Problem {
        r#type: String,
    }
    let kind = Problem::deserialize(body).map(|problem| problem.r#type).unwrap_or_default();
    (400..500).contains(&status) || kind == "/problems/overloaded"
}

impl Request {
    fn written(&self) -> (&'static str, Value) {
        let last = self.numbers.end - 1;
        let one = |number| {
            let mut event = json!({"event": event_type(number % KINDS), "eventId": format!("chaos-{number}"),
                "data": {"n": number, "about": "an order that somebody placed, and that others want to hear of"}});
            if self.is_wrong && number == last {
                event["colour"] = json!("a field that there is not");
            }
            event
        };
        if self.numbers.len() == 1 {
            return ("/events", one(last));
        }
        ("/events/batch", self.numbers.clone().map(one).collect())
    }
}
