//! The real world behind the ports of `actors`, and the service made of it.

pub mod api;
pub mod app;
pub mod bench;
pub mod bus;
pub mod chance;
pub mod clock;
pub mod config;
pub mod courier;
pub mod egress;
pub mod ledger;
pub mod live;
pub mod metrics;
pub mod receiver;
pub mod servers;
pub mod sse;
pub mod tally;
pub mod telemetry;
pub mod vault;
mod web;
