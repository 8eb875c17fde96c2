//! What exists in Hookyard and what is decided about it. Nothing here reads a clock, draws a random number
//! or touches the world: everything a decision needs is an argument.

pub mod action;
pub mod address;
pub mod attempt;
pub mod breaker;
pub mod bucket;
pub mod channels;
pub mod cloudevents;
pub mod counts;
pub mod credentials;
pub mod delivery;
pub mod endpoint;
pub mod event;
pub mod filter;
pub mod format;
pub mod headers;
pub mod histogram;
pub mod id;
pub mod inbound;
pub mod lease;
pub mod mapping;
pub mod matching;
pub mod message;
pub mod notice;
pub mod outcome;
pub mod pace;
pub mod retry;
pub mod share;
pub mod signature;
pub mod span;
pub mod template;
pub mod tenant;
pub mod timing;
pub mod trace;
pub mod turns;
pub mod verdict;
