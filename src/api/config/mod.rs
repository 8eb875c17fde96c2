//! The configuration of the node that answers.

pub mod reload;
