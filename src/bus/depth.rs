//! How much waits in the queue: from what a look at stream and consumer tells anyway.

use actors::ports::Depth;
use async_nats::jetstream::{consumer, stream};

pub fn depth(stream: &stream::Info, consumer: &consumer::Info) -> Depth {
    let (ready, in_flight) = (consumer.num_pending, consumer.num_ack_pending as u64);
    // The consumer sees all but the schedules. The two were asked one after the other.
    let scheduled = stream.state.messages.saturating_sub(ready + in_flight);
    Depth { ready, in_flight, scheduled }
}
