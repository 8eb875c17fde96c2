//! What a message says of an event, before any provider's form: known types as people speak of them, every other as
//! a title and a list of what its data hold. All texts are as they came, bounded, not yet escaped.

use serde_json::Value;

use super::github;
use super::markup::{clean, cut, is_blank, link};
use crate::event::EventView;

pub const TITLE_UNITS_MAX: usize = 200;
pub const TEXT_UNITS_MAX: usize = 1_500;
pub const NAME_UNITS_MAX: usize = 60;
pub const VALUE_UNITS_MAX: usize = 300;
pub const FIELDS_MAX: usize = 15;

pub const GREEN: u32 = 0x2e_a0_43;
pub const RED: u32 = 0xcf_22_2e;
pub const BLUE: u32 = 0x09_69_da;
pub const PURPLE: u32 = 0x82_50_df;
pub const GREY: u32 = 0x6e_77_81;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub emoji: &'static str,
    pub title: String,
    pub url: Option<String>,
    pub author: Option<Author>,
    pub text: Option<String>,
    /// Lines of a list, such as commits.
    pub items: Vec<Item>,
    pub fields: Vec<Field>,
    /// RGB.
    pub colour: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    pub name: String,
    pub url: Option<String>,
    pub icon: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub label: String,
    pub url: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: String,
}

impl Summary {
    pub fn of(event: &EventView<'_>) -> Self {
        github::summary(event).unwrap_or_else(|| general(event))
    }

    /// What a notification shows.
    pub fn headline(&self) -> String {
        format!("{} {}", self.emoji, self.title)
    }
}

/// Any event: «New member: Ada», its description, and its other members as fields.
fn general(event: &EventView<'_>) -> Summary {
    let tokens: Vec<&str> = event.event_type.tokens().collect();
    let (family, verb) = (tokens[0], tokens.get(1..).and_then(<[_]>::last).copied().unwrap_or_default());
    let (subject, wrapped) = match (event.data.get(family), event.data.get("name")) {
        (Some(inner @ Value::Object(_)), None) => (inner, Some(family)),
        _ => (event.data, None),
    };
    let name = first(subject, &["name", "title", "displayName", "fullName", "username", "subject"]);
    let text = first(subject, &["description", "summary", "message", "text", "bio"]);
    let url = first(subject, &["url", "link", "href", "html_url", "permalink"])
        .and_then(|(key, text)| Some((key, link(&text)?)));
    let icon = first(subject, &["avatarUrl", "avatar_url", "avatar"]);
    let told: Vec<&str> = [&name, &text, &url, &icon].into_iter().flatten().map(|(key, _)| *key).collect();
    let mut heading = match tokens.as_slice() {
        [family, "created"] => format!("New {}", words(family)),
        tokens => words(&tokens.join(" ")),
    };
    heading = capitalised(&heading);
    if let Some((_, name)) = &name {
        heading = format!("{heading}: {}", one_line(name));
    }
    let fields = members(subject, &told).into_iter();
    let outside = wrapped.map(|family| members(event.data, &[family])).unwrap_or_default();
    Summary {
        emoji: emoji(family, verb),
        title: cut(&heading, TITLE_UNITS_MAX),
        url: url.map(|(_, url)| url),
        author: None,
        text: text.map(|(_, text)| cut(&text, TEXT_UNITS_MAX)),
        items: Vec::new(),
        fields: bounded(fields.chain(outside).collect()),
        colour: colour(verb),
    }
}

fn first<'k>(value: &Value, keys: &[&'k str]) -> Option<(&'k str, String)> {
    keys.iter().find_map(|key| Some((*key, text(value.get(key)?)?)))
}

/// A string that shows something.
pub fn text(value: &Value) -> Option<String> {
    value.as_str().map(clean).map(|text| text.trim().to_owned()).filter(|text| !is_blank(text))
}

pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The members of an object as fields, those with nothing to show left out; any other value as one field.
pub fn members(value: &Value, without: &[&str]) -> Vec<Field> {
    let Value::Object(members) = value else {
        return shown(value).map(|value| Field { name: "Data".to_owned(), value }).into_iter().collect();
    };
    let others = members.iter().filter(|(key, _)| !without.contains(&key.as_str()));
    others.filter_map(|(key, value)| Some(field(&label(key), shown(value)?))).collect()
}

pub fn field(name: &str, value: impl AsRef<str>) -> Field {
    Field { name: cut(name, NAME_UNITS_MAX), value: cut(value.as_ref(), VALUE_UNITS_MAX) }
}

/// Not more than [`FIELDS_MAX`], the last of which counts those left out.
pub fn bounded(mut fields: Vec<Field>) -> Vec<Field> {
    if fields.len() > FIELDS_MAX {
        let left_out = fields.len() - (FIELDS_MAX - 1);
        fields.truncate(FIELDS_MAX - 1);
        fields.push(field("More", format!("{left_out} more")));
    }
    fields
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(is_so) => Some(if *is_so { "yes" } else { "no" }.to_owned()),
        Value::String(_) => text(value),
        Value::Array(items) if items.is_empty() => None,
        Value::Object(members) if members.is_empty() => None,
        Value::Array(items) if items.iter().all(|item| item.is_string() || item.is_number()) => {
            let items = items.iter().take(VALUE_UNITS_MAX);
            let items: Vec<String> =
                items.map(|item| text(item).unwrap_or_else(|| item.to_string())).collect();
            Some(items.join(", "))
        }
        Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(clean(&value.to_string())),
    }
}

/// `createdAt`, `created_at` → «Created at».
fn label(key: &str) -> String {
    let mut spaced = String::new();
    let mut was_lower = false;
    for c in clean(key).chars().take(2 * NAME_UNITS_MAX) {
        if c.is_uppercase() && was_lower {
            spaced.push(' ');
            spaced.extend(c.to_lowercase());
        } else {
            spaced.push(c);
        }
        was_lower = c.is_lowercase();
    }
    let label = capitalised(&words(&spaced));
    if is_blank(&label) { "?".to_owned() } else { label }
}

pub fn words(token: &str) -> String {
    one_line(&token.replace(['_', '-'], " "))
}

pub fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn emoji(family: &str, verb: &str) -> &'static str {
    match (family, verb) {
        ("member", "created" | "joined" | "invited") => "👋",
        ("member" | "user", _) => "👤",
        ("event", _) => "📅",
        ("hackathon", "finished" | "ended" | "winner" | "winners") => "🏆",
        ("hackathon", _) => "🚀",
        ("community", _) => "🌍",
        ("order" | "cart", _) => "🛒",
        ("payment" | "invoice" | "subscription", _) => "💳",
        ("webhook" | "endpoint" | "delivery", _) => "🪝",
        ("github", _) => "🐙",
        (_, "failed" | "error" | "dead") => "⚠️",
        _ => "🔔",
    }
}

fn colour(verb: &str) -> u32 {
    match verb {
        "created" | "joined" | "opened" | "published" | "started" | "paid" | "completed" | "succeeded"
        | "approved" | "recovered" => GREEN,
        "deleted" | "removed" | "left" | "cancelled" | "canceled" | "failed" | "rejected" | "expired"
        | "banned" | "error" | "dead" => RED,
        "updated" | "edited" | "changed" | "renamed" => BLUE,
        _ => GREY,
    }
}
