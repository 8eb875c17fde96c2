//! Which endpoints want an event: what their filters say of it.
//!
//! Who acts: whoever publishes, before its request waits with the others; and intake, where an endpoint was changed
//! since. Promises: a request of one tenant, however much its filters look at, makes nobody else's wait: little is
//! decided at once, more on a thread beside the runtime, one request at a time, and what is more than
//! [`REQUEST_STEPS`] is refused. Leaves out: which endpoints may want it by its type, which the directory knows.

use std::collections::HashMap;
use std::sync::Arc;

use domain::event::Event;
use domain::filter::{Effort, Filter, Reading, Wants};
use domain::id::EndpointId;
use tokio::sync::Semaphore;

use super::{Incoming, Refusal};
use crate::directory::Directory;

/// Decided where the request is: about as long as ten other steps of a publish take.
const QUICK_STEPS: u64 = 20_000;
/// Of one event, whoever wants it.
pub(super) const EVENT_STEPS: u64 = 1_000_000;
/// Of one request, however many events it brings.
const REQUEST_STEPS: u64 = 10_000_000;

/// What the filters of those who may want a request's events said.
#[derive(Debug, Default)]
pub(super) struct Choices {
    /// The filter that each was asked about; `None` where it was another one for another event.
    asked: HashMap<EndpointId, Option<Arc<Filter>>>,
    /// For each event who does not want it, in order.
    unwanted: Vec<Vec<EndpointId>>,
}

/// More is to be looked at than may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct TooMuch;

impl Choices {
    /// Takes away those that do not want the event at this place of its request. `effort` is for what was not asked
    /// before.
    pub fn keep_wanting(
        &self,
        at: usize,
        event: &Event,
        endpoints: &mut Vec<EndpointId>,
        to_ask: &[(EndpointId, Wants)],
        effort: &mut Effort,
    ) -> Result<(), TooMuch> {
        if to_ask.is_empty() {
            return Ok(());
        }
        let unwanted = self.unwanted(at, event, to_ask, effort)?;
        endpoints.retain(|endpoint| unwanted.binary_search(endpoint).is_err());
        Ok(())
    }

    /// Those of these who do not want it, in their order.
    fn unwanted(
        &self,
        at: usize,
        event: &Event,
        to_ask: &[(EndpointId, Wants)],
        effort: &mut Effort,
    ) -> Result<Vec<EndpointId>, TooMuch> {
        let mut reading = None;
        let mut unwanted = Vec::new();
        for (endpoint, wants) in to_ask {
            let is_wanted = match wants {
                Wants::All => true,
                Wants::Nothing => false,
                Wants::Matching(filter) => {
                    if let Some(is_wanted) = self.known(at, *endpoint, filter) {
                        is_wanted
                    } else {
                        let reading = reading.get_or_insert_with(|| read(event, effort));
                        filter.matches_within(reading, effort).ok_or(TooMuch)?
                    }
                }
            };
            if !is_wanted {
                unwanted.push(*endpoint);
            }
        }
        Ok(unwanted)
    }

    /// What this very filter said before.
    fn known(&self, at: usize, endpoint: EndpointId, filter: &Arc<Filter>) -> Option<bool> {
        let asked = self.asked.get(&endpoint)?.as_ref()?;
        let unwanted = self.unwanted.get(at)?;
        Arc::ptr_eq(asked, filter).then(|| unwanted.binary_search(&endpoint).is_err())
    }

    fn note(&mut self, to_ask: Vec<(EndpointId, Wants)>, unwanted: Vec<EndpointId>) {
        for (endpoint, wants) in to_ask {
            if let Wants::Matching(filter) = wants {
                let asked = self.asked.entry(endpoint).or_insert_with(|| Some(Arc::clone(&filter)));
                asked.take_if(|asked| !Arc::ptr_eq(asked, &filter));
            }
        }
        self.unwanted.push(unwanted);
    }
}

fn read(event: &Event, effort: &mut Effort) -> Reading {
    effort.read(event.data.get().len(), 1);
    Reading::new(&event.event_type, event.occurred_at, &event.public_id(), &event.channels, &event.data)
}

/// Asks on behalf of requests.
#[derive(Clone)]
pub(super) struct Choosing {
    directory: Arc<Directory>,
    /// Whose turn it is beside the runtime.
    turn: Arc<Semaphore>,
}

impl Choosing {
    pub fn new(directory: Arc<Directory>) -> Self {
        Self { directory, turn: Arc::new(Semaphore::new(1)) }
    }

    /// What is decided of these events before they wait.
    pub async fn ask(&self, events: Vec<Incoming>) -> Result<(Vec<Incoming>, Choices), Refusal> {
        let any = events.iter().any(|incoming| self.directory.has_choosy(&incoming.event.tenant));
        if !any {
            return Ok((events, Choices::default()));
        }
        if let Ok(choices) = choose(&self.directory, &events, QUICK_STEPS, QUICK_STEPS) {
            return Ok((events, choices));
        }
        let gone = |_| Refusal::Unavailable("intake is ending".to_owned());
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(gone)?;
        let directory = Arc::clone(&self.directory);
        let asked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let choices = choose(&directory, &events, REQUEST_STEPS, EVENT_STEPS);
            choices.map(|choices| (events, choices))
        });
        match asked.await {
            Ok(asked) => asked.map_err(|TooMuch| Refusal::Choosing),
            Err(_) => Err(Refusal::Unavailable("filters could not be asked".to_owned())),
        }
    }
}

fn choose(directory: &Directory, events: &[Incoming], of_all: u64, of_each: u64) -> Result<Choices, TooMuch> {
    let mut choices = Choices::default();
    let mut left = of_all;
    for (at, Incoming { event, deliver_at, .. }) in events.iter().enumerate() {
        let (mut endpoints, mut to_ask) = (Vec::new(), Vec::new());
        if deliver_at.is_none() {
            directory.matches(event, &mut endpoints, &mut to_ask);
        }
        let mut effort = Effort::new(left.min(of_each));
        let unwanted = choices.unwanted(at, event, &to_ask, &mut effort)?;
        left -= left.min(of_each) - effort.left();
        choices.note(to_ask, unwanted);
    }
    Ok(choices)
}
