//! What a source's owner may set, read and vetted.

use domain::inbound::{Kind, Manner};
use domain::signature::Secret;
use serde_json::Value;

use super::ledger::Settings;
use crate::api::fields::{Fields, number, parsed, text};

const PER_MINUTE_DEFAULT: u32 = 100;
const PER_MINUTE_MAX: u32 = 100_000;

/// The settings of a new source, with the secret that its owner chose; `None` when something in `fields` is wrong.
pub fn new(fields: &mut Fields<'_>) -> Option<(Settings, Option<Secret>)> {
    let kind = fields.required("kind", parsed(kind));
    let name = fields.required("name", text(1..=200));
    let per_minute = fields.optional("perMinute", number(1..=PER_MINUTE_MAX)).unwrap_or(PER_MINUTE_DEFAULT);
    let manner = match kind {
        Some(Kind::GenericHmac) => fields.required("hmac", generic),
        Some(Kind::Github) => Some(none_needed(fields, Manner::Github)),
        Some(Kind::Standard) => Some(none_needed(fields, Manner::Standard)),
        None => {
            fields.raw("hmac");
            None
        }
    };
    let secret = secret(fields, kind.unwrap_or(Kind::Github));
    Some((Settings { name: name?, manner: manner?, per_minute }, secret))
}

/// What a changed source becomes.
pub fn changed(fields: &mut Fields<'_>, before: &Settings) -> Settings {
    let mut after = before.clone();
    if let Some(name) = fields.optional("name", text(1..=200)) {
        after.name = name;
    }
    if let Some(per_minute) = fields.optional("perMinute", number(1..=PER_MINUTE_MAX)) {
        after.per_minute = per_minute;
    }
    let manner = match &before.manner {
        Manner::GenericHmac(_) => fields.optional("hmac", generic),
        Manner::Github | Manner::Standard => Some(none_needed(fields, before.manner.clone())),
    };
    if let Some(manner) = manner {
        after.manner = manner;
    }
    after
}

/// A secret that its owner chose, as senders of this kind use one.
pub fn secret(fields: &mut Fields<'_>, kind: Kind) -> Option<Secret> {
    fields.optional("secret", parsed(|written| kind.secret(written)))
}

fn kind(written: &str) -> Result<Kind, &'static str> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == written);
    kind.ok_or("must be github, standard or generic-hmac")
}

fn generic(value: Value) -> Result<Manner, String> {
    serde_json::from_value(value).map(Manner::GenericHmac).map_err(|error| error.to_string())
}

fn none_needed(fields: &mut Fields<'_>, manner: Manner) -> Manner {
    if fields.raw("hmac").is_some() {
        fields.refuse("hmac", "is for the kind generic-hmac: leave it out");
    }
    manner
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problem::Problem;

    fn read(body: &str) -> Result<(Settings, Option<Secret>), Problem> {
        let mut fields = Fields::read(body.as_bytes())?;
        let settings = new(&mut fields);
        fields.finish(settings)
    }

    fn pointers(body: &str) -> Vec<String> {
        let problem = read(body).map(|_| ()).unwrap_err();
        problem.errors().iter().map(|error| error.pointer.clone()).collect()
    }

    #[test]
    fn a_hundred_a_minute_unless_said() {
        let (settings, secret) = read(r#"{"kind":"github","name":"n"}"#).unwrap();
        assert_eq!((settings.manner, settings.per_minute, secret.is_none()), (Manner::Github, 100, true));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let body = r#"{"kind":"gitlab","perMinute":0,"secret":"short","hmac":1,"x":1}"#;
        assert_eq!(pointers(body), ["/kind", "/name", "/perMinute", "/secret", "/x"]);
        assert_eq!(pointers(r#"{"kind":"github","name":"n","hmac":null}"#), ["/hmac"]);
        assert_eq!(pointers(r#"{"kind":"generic-hmac","name":"n"}"#), ["/hmac"]);
        assert_eq!(pointers(r#"{"kind":"generic-hmac","name":"n","hmac":{"header":"X"}}"#), ["/hmac"]);
    }
}
