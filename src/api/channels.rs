//! The channels of an event or an endpoint, as requests name them.

use domain::channels::{Channels, Wrong};
use serde_json::Value;

use super::fields::Fields;

/// `None` where they are left out, or wrong: each wrong one is noted under its own pointer.
pub fn read(fields: &mut Fields<'_>) -> Option<Channels> {
    let written = fields.optional("channels", |value| {
        if let Value::Array(values) = value { Ok(values) } else { Err("must be a list of texts".to_owned()) }
    })?;
    // What is no text is no name either.
    let names: Vec<&str> = written.iter().map(|value| value.as_str().unwrap_or_default()).collect();
    match Channels::parse(&names) {
        Ok(channels) => Some(channels),
        Err(wrongs) => {
            for wrong in &wrongs {
                match wrong.at() {
                    Some(at) => fields.refuse_within("channels", &at.to_string(), wrong.to_string()),
                    None => fields.refuse("channels", Wrong::TooMany.to_string()),
                }
            }
            None
        }
    }
}

/// As answers have them.
pub fn names(channels: &Channels) -> Vec<String> {
    channels.names().map(str::to_owned).collect()
}
