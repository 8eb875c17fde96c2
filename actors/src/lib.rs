//! Who acts in Hookyard, on ports alone. See README.md beside this crate for the tree and the messages.

pub mod address;
pub mod auditor;
pub mod directory;
pub mod draining;
pub mod endpoint;
pub mod feeder;
pub mod intake;
pub mod metrics;
pub mod ports;
pub mod recorder;
pub mod registry;
#[cfg(test)]
mod simulation;
pub mod supervisor;
#[cfg(test)]
mod testing;
