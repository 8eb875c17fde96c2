//! Which endpoints an event goes to, as far as its type decides: event type × patterns → endpoints.
//!
//! [`EventType`] and [`Pattern`] are what producers and endpoints' owners write; one that exists is valid.
//! [`Index`] holds every tenant's patterns and answers without looking at those that do not match. Left out:
//! channels and filters, which are asked of the few endpoints found here.

mod event_type;
mod index;
mod pattern;

pub use event_type::{EVENT_TYPE_CHARS_MAX, EventType, NotAnEventType};
pub use index::Index;
pub use pattern::{NotAPattern, PATTERN_CHARS_MAX, Pattern};

/// Whether a token is one that an event type may hold: letters, digits, `_` and `-`, at least one.
fn is_token(token: &str) -> bool {
    !token.is_empty()
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
