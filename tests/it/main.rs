//! Journeys against real servers, one file each. `support` starts what they need.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod api_admin;
mod batch;
mod cli;
mod delivers_once;
mod dev;
mod from_nats;
mod ledger_admin;
mod matching;
mod payloads;
mod servers;
mod support;
mod tidy;
