//! What exists in Hookyard and what is decided about it.

pub mod address;
pub mod bucket;
pub mod headers;
pub mod matching;
pub mod retry;
pub mod signature;
pub mod span;
