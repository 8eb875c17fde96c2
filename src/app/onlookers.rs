//! Those who are told of every event that is accepted and every attempt that is recorded.

use std::sync::Arc;

use actors::ports::{Observer, Record};
use domain::event::Event;

use super::announcing::Announcing;
use crate::live::Live;
use crate::tally::Tally;

pub struct Onlookers {
    pub live: Arc<Live>,
    pub tally: Arc<Tally>,
    pub announcing: Announcing,
}

impl Observer for Onlookers {
    fn recorded(&self, record: &Record) {
        self.tally.tell(record);
        self.live.tell(record);
    }

    fn accepted(&self, event: &Event) {
        self.tally.accepted(event);
        self.announcing.accepted(event);
    }
}
