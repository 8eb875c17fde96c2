//! Bodies in the shape that GitHub documents for its webhooks: large, with Unicode in every spelling, escapes, nulls,
//! and numbers that no double holds.

pub const GITHUB_PUSH: &str = include_str!("../../fixtures/github_push.json");
/// Indented, and with a line end behind it.
pub const GITHUB_PULL_REQUEST: &str = include_str!("../../fixtures/github_pull_request.json");
