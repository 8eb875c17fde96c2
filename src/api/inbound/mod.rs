//! Inbound: webhooks that others send to us, to a source.
//!
//! Whoever knows a source's URL can send to it, so a request is nobody's until its signature is seen to be right.
//! Promises: before that nothing of it counts towards the source's rate, and whoever knows no secret can take up no more than
//! a part of what publishing may hold in memory ([`Doors`]), half of it at one source, and the time of one processor.
//! After it: one that says too much is told when to come again, and one that is no event is told why. Leaves out: what a
//! request is, which `domain::inbound` knows.

mod doors;
pub mod github;
mod receive;
pub mod source;

pub use doors::Doors;
