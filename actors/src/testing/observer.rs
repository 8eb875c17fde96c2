//! Someone who looks on, in memory, and minds that every attempt is told once, when it is committed.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use domain::event::Event;
use domain::id::DeliveryId;

use super::{MemoryLedger, lock};
use crate::ports::{Observer, Record};

#[derive(Clone)]
pub struct MemoryObserver {
    ledger: MemoryLedger,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    attempts: HashSet<(DeliveryId, u32)>,
    wrongs: Vec<String>,
}

impl MemoryObserver {
    pub fn new(ledger: MemoryLedger) -> Self {
        Self { ledger, told: Arc::default() }
    }

    /// How many attempts it was told of.
    pub fn attempts(&self) -> usize {
        lock(&self.told).attempts.len()
    }

    pub fn wrongs(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.told).wrongs)
    }
}

impl Observer for MemoryObserver {
    fn accepted(&self, _: &Event) {}

    fn recorded(&self, record: &Record) {
        if record.report.is_none() {
            return;
        }
        let (delivery, number) = (record.delivery, record.number);
        let is_committed = self.ledger.attempts_at(delivery) >= number;
        let mut told = lock(&self.told);
        if !told.attempts.insert((delivery, number)) {
            told.wrongs.push(format!("attempt {number} of {delivery} is told again"));
        }
        if !is_committed {
            told.wrongs.push(format!("attempt {number} of {delivery} is told before it is committed"));
        }
    }
}
