//! Templates that are tried before an endpoint has them.

pub mod preview;
