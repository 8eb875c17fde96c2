//! Dead letters: deliveries that ended without success.

pub mod groups;
pub mod list;
pub mod replay;
