//! What an endpoint is, and what it gets: its kind, the format of the body, templates.

use std::collections::BTreeMap;

use domain::address::EndpointUrl;
use domain::endpoint::Kind;
use domain::format::Format;
use domain::message::{Templates, check};
use serde_json::Value;

use super::set;
use crate::api::fields::{Fields, parsed};
use crate::ledger::admin::endpoints::Settings;

/// Of requests with the event, which messages are not.
const OF_HTTP: [&str; 4] = ["format", "signatures", "headerPrefix", "secret"];

/// Reads them. `url` is the one that was sent: without one, that of `before` stays.
pub(super) fn message(
    fields: &mut Fields<'_>,
    base: &mut Settings,
    before: Option<&Settings>,
    url: Option<&EndpointUrl>,
) {
    set(&mut base.kind, fields.optional("kind", parsed(kind)));
    let was = before.map(|before| before.kind);
    if was.is_some_and(|was| was != base.kind) && url.is_none() {
        fields.refuse("url", "it is of the former kind: send the new one with the kind");
    }
    if let Some(provider) = base.kind.provider() {
        if was.is_none() {
            // Their rate limits are short, and told with each answer: one at a time keeps them.
            base.max_in_flight = 1;
        }
        for name in OF_HTTP {
            if fields.raw(name).is_some() {
                fields.refuse(
                    name,
                    format!("an endpoint of kind {} gets messages: leave it out", base.kind.as_str()),
                );
            }
        }
        base.format = Format::default();
        if let Some(Err(wrong)) = url.map(|url| check(provider, url)) {
            fields.refuse("url", wrong.to_string());
        }
    } else {
        set(&mut base.format, fields.optional("format", parsed(format)));
    }
    templates(fields, base, was);
}

/// All are vetted together, and anew where they are of another kind than before.
fn templates(fields: &mut Fields<'_>, base: &mut Settings, was: Option<Kind>) {
    let general = fields.nullable("template", text);
    let by_type = fields.nullable("templates", |value| {
        let Value::Object(members) = value else { return Err("must be an object of texts".to_owned()) };
        let read = |(pattern, source)| Ok::<_, String>((pattern, text(source)?));
        members.into_iter().map(read).collect::<Result<BTreeMap<_, _>, _>>()
    });
    let is_as_before = general.is_none() && by_type.is_none() && was.is_none_or(|was| was == base.kind);
    if is_as_before {
        return;
    }
    set(&mut base.template, general);
    set(&mut base.templates, by_type.map(Option::unwrap_or_default));
    let read = Templates::parse(base.kind.target(), base.template.as_deref(), &base.templates);
    for wrong in read.err().into_iter().flatten() {
        match wrong.pointer.strip_prefix("/templates") {
            Some(below) => fields.refuse_below("templates", below, wrong.detail),
            None => fields.refuse("template", wrong.detail),
        }
    }
}

fn text(value: Value) -> Result<String, String> {
    let Value::String(text) = value else { return Err("must be a text".to_owned()) };
    if text.contains('\0') { Err("must hold no NUL".to_owned()) } else { Ok(text) }
}

pub(in crate::api) fn kind(written: &str) -> Result<Kind, &'static str> {
    Kind::parse(written).ok_or("must be http, discord or slack")
}

fn format(written: &str) -> Result<Format, &'static str> {
    Format::parse(written).ok_or("must be hookyard, standard, cloudevents or data")
}
