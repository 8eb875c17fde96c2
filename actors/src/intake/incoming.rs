//! An event on its way in.

use domain::event::Event;
use domain::id::EndpointId;
use time::OffsetDateTime;

#[derive(Debug, Clone)]
pub struct Incoming {
    pub event: Event,
    /// Of (tenant, event id), where a repeat must be noticed.
    pub dedupe: Option<u128>,
    /// Of (source, body), where that must be noticed too, for a day.
    pub same_body: Option<u128>,
    /// The endpoint that a notice is about, which is not told of it itself.
    pub about: Option<EndpointId>,
    /// Its id may be of a later time.
    pub came_at: OffsetDateTime,
    /// Kept until then, and owed to nobody before.
    pub deliver_at: Option<OffsetDateTime>,
}

impl Incoming {
    pub fn new(event: Event, dedupe: Option<u128>) -> Self {
        let came_at = event.id.made_at();
        Self { event, dedupe, same_body: None, about: None, came_at, deliver_at: None }
    }

    /// By what a repeat is noticed.
    pub(super) fn hashes(&self) -> impl Iterator<Item = u128> {
        self.dedupe.into_iter().chain(self.same_body)
    }
}
