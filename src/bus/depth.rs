//! How much waits in the queue: from what the auditor's look at streams and consumers tells anyway.

use async_nats::jetstream::{consumer, stream};
use metrics::{describe_gauge, gauge};

const QUEUE_MESSAGES: &str = "hookyard_queue_messages";

/// One shard's part of it, or all of them together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// To be handed out.
    ready: u64,
    /// Handed out and not acknowledged.
    in_flight: u64,
    /// Retries whose time has not come.
    scheduled: u64,
}

pub fn describe() {
    describe_gauge!(QUEUE_MESSAGES, "Messages in the queue: ready, in_flight, or scheduled for later");
}

impl Depth {
    pub fn new(stream: &stream::Info, consumer: &consumer::Info) -> Self {
        let (ready, in_flight) = (consumer.num_pending, consumer.num_ack_pending as u64);
        // The consumer sees all but the schedules. The two were asked one after the other.
        let scheduled = stream.state.messages.saturating_sub(ready + in_flight);
        Self { ready, in_flight, scheduled }
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            ready: self.ready + other.ready,
            in_flight: self.in_flight + other.in_flight,
            scheduled: self.scheduled + other.scheduled,
        }
    }

    pub fn tell(self) {
        gauge!(QUEUE_MESSAGES, "state" => "ready").set(self.ready as f64);
        gauge!(QUEUE_MESSAGES, "state" => "in_flight").set(self.in_flight as f64);
        gauge!(QUEUE_MESSAGES, "state" => "scheduled").set(self.scheduled as f64);
    }
}
