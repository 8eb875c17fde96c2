//! How the instance stands.

pub mod get;
