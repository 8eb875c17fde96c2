//! The HTTP API: what clients may ask of the service, and how it answers.
//!
//! A request is given an id ([`request`]), its key is checked ([`auth`]), its body and query are read field by field
//! ([`fields`], [`page`]), the ledger or intake does the work, and what cannot be done is a [`problem`]. One verb a
//! file. Promises: nothing is accepted and ignored, every wrong field is named at once, and another tenant's things
//! do not exist. Leaves out: deciding, sending, SQL.

mod audit_log;
pub mod auth;
mod browser;
mod channels;
mod chaos;
mod config;
mod control;
mod cursor;
mod dead_letters;
mod deliveries;
mod doctor;
mod document;
mod endpoints;
mod etag;
mod event_types;
mod events;
mod fields;
mod health;
mod idempotency;
mod inbound;
mod json;
mod keys;
mod limit;
mod overlap;
mod page;
mod problem;
mod query;
mod quota;
pub mod replays;
mod request;
mod router;
mod settings;
mod sources;
mod state;
mod stats;
mod status;
mod stream;
mod templates;
mod tenants;
mod texts;
mod unroutable;
mod whoami;

pub use control::{Control, Finding, Health, NotReloaded, Part, Preview, Reloaded, Rendered, WrongSetting};
pub use events::{Terms, read_one as read_event};
pub use router::{Elsewhere, openapi, router};
pub use settings::{DeliveryDefaults, GithubSource, Settings};
pub use state::{Parts, State};
