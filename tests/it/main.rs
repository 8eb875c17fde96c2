//! Journeys against real servers, one file each. `support` starts what they need.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod api_admin;
mod ledger_admin;
mod cli;
mod dev;
mod batch;
mod delivers_once;
mod from_nats;
mod giving_up;
mod matching;
mod payloads;
mod queue;
mod retries;
mod retry_after;
mod servers;
mod support;
