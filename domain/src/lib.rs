//! What exists in Hookyard and what is decided about it.

pub mod address;
pub mod matching;
