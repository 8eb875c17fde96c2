//! Journeys against real servers, one file each. `support` starts what they need.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod api_admin;
mod attempts;
mod backlog;
mod backlog_large;
mod bad_input;
mod batch;
mod breaker;
mod cli;
mod delivers_once;
mod deploy;
mod dev;
mod drain;
mod from_nats;
mod giving_up;
mod hostile;
mod kills;
mod kills_of_servers;
mod ledger_admin;
mod ledger_order;
mod many_endpoints;
mod matching;
mod mid_retry;
mod ordered;
mod outages;
mod payloads;
mod queue;
mod rate_limit;
mod retention;
mod retries;
mod retry_after;
mod second_node;
mod servers;
mod supervision;
mod support;
mod tidy;
