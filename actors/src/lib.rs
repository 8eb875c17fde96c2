//! Who acts in Hookyard, on ports alone. See README.md beside this crate for the tree and the messages.

pub mod address;
mod alarm;
pub mod answering;
pub mod auditor;
pub mod chaos;
pub mod directory;
pub mod draining;
pub mod endpoint;
pub mod feeder;
pub mod intake;
mod kept;
pub mod leases;
pub mod metrics;
pub mod ports;
pub mod recorder;
pub mod registry;
pub mod restarts;
pub mod retrying;
pub mod role;
#[cfg(test)]
mod simulation;
pub mod supervisor;
mod takeovers;
pub mod tenants;
#[cfg(test)]
mod testing;
