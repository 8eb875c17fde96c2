//! The real world behind the ports of `actors`, and the service made of it.

pub mod api;
pub mod chance;
pub mod config;
pub mod egress;
pub mod ledger;
pub mod servers;
pub mod telemetry;
pub mod vault;
