//! Dead letters: deliveries that ended without success.

pub mod list;
pub mod replay;
