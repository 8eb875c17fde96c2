//! What is sent to Discord and Slack for an event.
//!
//! An endpoint of one of these kinds gets a message: from its own template for the event's type where it has one
//! ([`Templates`]), else the default one, made from what the event is known to mean ([`summary`]). Promised: a
//! provider takes it, whatever the event's data hold (its limits are in [`discord`] and [`slack`], each with the
//! rule that it comes from), and nothing in the data mentions anybody or is read as markup. Left out: sending it.

pub mod discord;
mod github;
pub mod markup;
pub mod slack;
pub mod summary;
mod webhook_url;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::event::EventView;
use crate::matching::{EventType, Pattern};
use crate::template::{Form, Target, Template, Wrong};

pub use webhook_url::{NotAWebhook, check, hide, shown};

/// Of one endpoint, besides the one for all events.
pub const TEMPLATES_MAX: usize = 50;

/// Who reads the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    Discord,
    Slack,
}

impl Provider {
    pub fn target(self) -> Target {
        match self {
            Self::Discord => Target::Discord,
            Self::Slack => Target::Slack,
        }
    }
}

/// The templates of an endpoint, as they were written: ready to be rendered, one takes a hundred times as much memory.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    /// `templates`: for the types of a pattern.
    by_type: Vec<(Pattern, Arc<str>)>,
    /// `template`: for all others.
    general: Option<Arc<str>>,
}

/// A field of an endpoint that is wrong: where it is as a JSON pointer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongField {
    pub pointer: String,
    pub detail: String,
}

impl Templates {
    /// Reads `template` and `templates` of an endpoint, and tells of every wrong one at once.
    pub fn parse(
        target: Target,
        general: Option<&str>,
        by_type: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<WrongField>> {
        let mut wrong = Vec::new();
        let mut refuse = |pointer: String, detail: String| wrong.push(WrongField { pointer, detail });
        let mut templates = Self::default();
        if by_type.len() > TEMPLATES_MAX {
            refuse("/templates".to_owned(), format!("there are at most {TEMPLATES_MAX} templates"));
        }
        for (written, source) in by_type.iter().take(TEMPLATES_MAX) {
            // A pattern has no character that a pointer escapes; what is none may have.
            let pointer = format!("/templates/{}", written.replace('~', "~0").replace('/', "~1"));
            match (Pattern::try_from(written.as_str()), Template::parse(source, target)) {
                (Ok(pattern), Ok(_)) => templates.by_type.push((pattern, source.as_str().into())),
                (Err(error), _) => refuse(pointer, error.to_string()),
                (_, Err(error)) => refuse(pointer, error.to_string()),
            }
        }
        match general.map(|source| Template::parse(source, target)).transpose() {
            Ok(_) => templates.general = general.map(Arc::from),
            Err(error) => refuse("/template".to_owned(), error.to_string()),
        }
        if wrong.is_empty() { Ok(templates) } else { Err(wrong) }
    }

    /// Of what was vetted when it was set.
    pub fn from_ledger(general: Option<&str>, by_type: &BTreeMap<String, String>) -> Self {
        let read = |(written, source): (&String, &String)| {
            Some((Pattern::try_from(written.as_str()).ok()?, Arc::from(source.as_str())))
        };
        Self { by_type: by_type.iter().filter_map(read).collect(), general: general.map(Arc::from) }
    }

    /// The one of the most specific pattern: of two that match, the first token that differs decides, and there a word
    /// comes before `*`, and `*` before `>`.
    pub fn of(&self, event_type: &EventType) -> Option<&Arc<str>> {
        let matching = self.by_type.iter().filter(|(pattern, _)| pattern.matches(event_type));
        matching
            .min_by_key(|(pattern, _)| vagueness(pattern))
            .map(|(_, template)| template)
            .or(self.general.as_ref())
    }
}

fn vagueness(pattern: &Pattern) -> Vec<u8> {
    let of_token = |token| match token {
        ">" => 2,
        "*" => 1,
        _ => 0,
    };
    pattern.tokens().map(of_token).collect()
}

/// The body of the request: JSON. An error is the template's.
pub fn body(
    provider: Provider,
    template: Option<&Template>,
    event: &EventView<'_>,
) -> Result<Vec<u8>, Wrong> {
    let message = match template {
        None => default(provider, event),
        Some(template) => {
            let rendered = template.render(event)?;
            match (template.form(), provider) {
                (Form::Text, Provider::Discord) => discord::text(&rendered)?,
                (Form::Text, Provider::Slack) => slack::text(&rendered)?,
                (Form::Json, Provider::Discord) => discord::fit(&object(&rendered)?)?,
                (Form::Json, Provider::Slack) => slack::fit(&object(&rendered)?)?,
            }
        }
    };
    Ok(message.to_string().into_bytes())
}

/// The message of an endpoint without a template for it.
pub fn default(provider: Provider, event: &EventView<'_>) -> Value {
    let summary = summary::Summary::of(event);
    match provider {
        Provider::Discord => discord::message(&summary, event),
        Provider::Slack => slack::message(&summary, event),
    }
}

fn object(rendered: &str) -> Result<Value, Wrong> {
    json(rendered)
        .and_then(|json| if json.is_object() { Ok(json) } else { Err(refused("", "a message is an object")) })
}

/// Reads what a template rendered; places in an error are of that text, not of the template.
pub(crate) fn json(rendered: &str) -> Result<Value, Wrong> {
    serde_json::from_str(rendered).map_err(|error| {
        Wrong::without_place(format!(
            "it renders what is no JSON: {error} of the rendered text (is a value outside quotes written with | json?)"
        ))
    })
}

fn refused(pointer: &str, why: &str) -> Wrong {
    let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
    Wrong::without_place(format!("the message is refused: {place}{why}"))
}

/// Every member that is not among the known ones is refused: ignored by the provider, it would silently do nothing.
fn only(value: &Value, known: &[&str], pointer: &str) -> Result<(), Wrong> {
    let Some(members) = value.as_object() else { return Err(refused(pointer, "it must be an object")) };
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            let name = markup::cut(&markup::clean(name), 60);
            Err(refused(pointer, &format!("{name:?} is not known here; known are {}", known.join(", "))))
        }
        None => Ok(()),
    }
}

fn list<'a>(value: &'a Value, at: &str) -> Result<&'a [Value], Wrong> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(refused(at, "it must be a list"))
        }
    }
}

/// A member as text: cut, and none where a reader would see nothing.
fn text_of(value: &Value, units_max: usize) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => markup::clean(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            markup::clean(&value.to_string())
        }
    };
    let text = markup::cut(text.trim(), units_max);
    (!markup::is_blank(&text)).then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_most_specific_template_is_taken() {
        let at = time::OffsetDateTime::UNIX_EPOCH;
        let tenant = "acme".parse::<crate::tenant::TenantId>().unwrap();
        let patterns = [
            ">",
            "order.>",
            "order.*",
            "*.paid",
            "order.paid",
            "order.*.late",
            "order.paid.*",
            "github.pr.*",
        ];
        let by_type = patterns.map(|pattern| (pattern.to_owned(), pattern.to_owned())).into();
        let mut templates = Templates::parse(Target::Discord, Some("general"), &by_type).unwrap();
        let mut taken = |event_type: &str, without: &[&str]| {
            templates.by_type.retain(|(pattern, _)| !without.contains(&pattern.as_str()));
            let event_type = EventType::try_from(event_type).unwrap();
            let event = EventView {
                event_type: &event_type,
                public_id: "1",
                occurred_at: at,
                tenant: &tenant,
                data: &Value::Null,
            };
            let source = templates.of(&event_type).unwrap();
            Template::parse(source, Target::Discord).unwrap().render(&event).unwrap()
        };
        assert_eq!(taken("github.pull_request.opened", &[]), "github.pr.*");
        assert_eq!(taken("order.paid.late", &[]), "order.paid.*");
        assert_eq!(taken("order.sent.late", &[]), "order.*.late");
        assert_eq!(taken("order.paid", &[]), "order.paid");
        assert_eq!(taken("order.paid", &["order.paid"]), "order.*");
        assert_eq!(taken("order.paid", &["order.*"]), "order.>");
        assert_eq!(taken("order.paid", &["order.>"]), "*.paid");
        assert_eq!(taken("order.paid", &["*.paid"]), ">");
        assert_eq!(taken("order.paid", &[">"]), "general");
    }

    #[test]
    fn every_wrong_template_is_told_of_with_its_place() {
        let by_type = [("a.>.b", "x"), ("a/~", "x"), ("order.*", "{{ x"), ("order.paid", "{{ data.x }}")];
        let by_type = by_type.map(|(pattern, source)| (pattern.to_owned(), source.to_owned())).into();
        let wrong = Templates::parse(Target::Slack, Some("{{ data.x | uper }}"), &by_type).unwrap_err();
        let pointers: Vec<&str> = wrong.iter().map(|wrong| wrong.pointer.as_str()).collect();
        assert_eq!(pointers, ["/templates/a.>.b", "/templates/a~1~0", "/templates/order.*", "/template"]);
        assert_eq!(wrong[3].detail, "line 1, column 13: there is no filter \"uper\"");
        let many = (0..=TEMPLATES_MAX).map(|number| (format!("a.{number}"), "x".to_owned())).collect();
        assert_eq!(Templates::parse(Target::Slack, None, &many).unwrap_err()[0].pointer, "/templates");
    }
}
