//! What happens, as it happens.

pub mod follow;
mod written;
