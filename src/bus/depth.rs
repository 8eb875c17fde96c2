//! How much waits in the queue: from what a look at stream and consumer tells anyway.

use actors::ports::{Depth, Line};
use async_nats::jetstream::{consumer, stream};

/// Of a line of a shard. Retries that wait for their time are in one stream with those of all shards, and counted apart.
pub fn depth(line: Line, stream: &stream::Info, consumer: &consumer::Info) -> Depth {
    let (ready, in_flight) = (consumer.num_pending, consumer.num_ack_pending as u64);
    let scheduled = match line {
        // Schedules of a version before. The two were asked one after the other.
        Line::Fresh => stream.state.messages.saturating_sub(ready + in_flight),
        Line::Retries => 0,
    };
    Depth { ready, in_flight, scheduled }
}
