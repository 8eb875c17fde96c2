//! How long former secrets stay right beside a new one, as the rotation of an endpoint's and of a source's is asked for.

use std::time::Duration;

use domain::span::Span;

use super::fields::{Fields, parsed};

const DEFAULT: Duration = Duration::from_hours(24);
const MAX: Duration = Duration::from_hours(30 * 24);

/// Reads the field `overlap`; what is too long is refused.
pub fn overlap(fields: &mut Fields<'_>) -> Duration {
    let overlap = fields.optional("overlap", parsed(str::parse::<Span>)).map(Span::duration);
    if overlap.is_some_and(|overlap| overlap > MAX) {
        fields.refuse("overlap", "must be at most 30d");
    }
    overlap.unwrap_or(DEFAULT)
}
