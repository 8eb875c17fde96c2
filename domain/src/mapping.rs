//! How messages of other people's NATS subjects become events: one of `[[sources]]`, read and vetted.
//!
//! Promises: a message is mapped by its subject, headers and payload alone, or it is said why not. Leaves out: whether there is
//! such a tenant, and the payload, which becomes `data` as it is.

use std::str::FromStr;

use serde_json::Value;
use time::OffsetDateTime;

use crate::event::{EventKey, instant};
use crate::matching::EventType;
use crate::tenant::TenantId;

/// Characters of a name, and of a subject.
const NAME_MAX: usize = 32;
const SUBJECT_MAX: usize = 256;

/// One of `[[sources]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// What it is called, in logs and in the name of its consumer.
    pub name: SourceName,
    pub subject: SubjectPattern,
    /// The stream that has it, somebody else's; `None`: it is published plainly, and EVENTS takes it in.
    pub stream: Option<String>,
    pub tenant: Rule,
    pub event_type: Rule,
    /// Put before what `event_type` finds.
    pub type_prefix: String,
    /// The producer's own id.
    pub event_id: Option<Rule>,
    /// When it happened.
    pub timestamp: Option<Rule>,
}

/// Lower-case letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceName(String);

/// A subject of NATS, in which `*` is any token and `>` is the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectPattern(String);

/// Where a text is taken from: `fixed:TEXT`, `token:N` (of the subject, from 1), `token:N..` (it and all behind it),
/// `header:NAME`, or `pointer:/PATH` (of the payload, a JSON pointer to a text or a number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    Fixed(String),
    Token(usize),
    TokensFrom(usize),
    Header(String),
    Pointer(String),
}

/// A message as rules see it.
pub struct Received<'a> {
    pub subject: &'a str,
    pub header: &'a dyn Fn(&str) -> Option<String>,
    pub payload: &'a [u8],
}

/// What a message says of its event, besides the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    pub tenant: TenantId,
    pub event_type: EventType,
    pub key: Option<EventKey>,
    pub occurred_at: Option<OffsetDateTime>,
}

impl SourceName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=NAME_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
        let wrong = || format!("a name is 1 to {NAME_MAX} lower-case letters, digits, - and _");
        fits.then(|| Self(text.to_owned())).ok_or_else(wrong)
    }
}

impl SubjectPattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn covers(&self, subject: &str) -> bool {
        let mut tokens = subject.split('.');
        for wanted in self.0.split('.') {
            let token = tokens.next();
            match wanted {
                ">" => return token.is_some(),
                "*" if token.is_some() => {}
                _ if token == Some(wanted) => {}
                _ => return false,
            }
        }
        tokens.next().is_none()
    }

    /// Whether some subject is of both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (mut ours, mut theirs) = (self.0.split('.'), other.0.split('.'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) | (Some(">"), Some(_)) | (Some(_), Some(">")) => return true,
                (Some(one), Some(other)) if one == other || one == "*" || other == "*" => {}
                _ => return false,
            }
        }
    }
}

impl FromStr for SubjectPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let tokens: Vec<&str> = text.split('.').collect();
        let is_token = |token: &&str| {
            !token.is_empty()
                && token.chars().all(|c| !c.is_whitespace() && !c.is_control())
                && (token.len() == 1 || !token.contains(['*', '>']))
        };
        if text.len() > SUBJECT_MAX || !tokens.iter().all(is_token) {
            return Err(format!("a subject is tokens between dots, {SUBJECT_MAX} characters at most"));
        }
        if tokens.iter().rev().skip(1).any(|token| *token == ">") {
            return Err("> stands for the rest of a subject: nothing comes behind it".to_owned());
        }
        // `$JS.API.…` and the like are NATS' own.
        if tokens[0].starts_with('$') || ["*", ">"].contains(&tokens[0]) {
            return Err("the first token of a subject is a word".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok().filter(|number| (1..=SUBJECT_MAX).contains(number));
        let rule = match text.split_once(':') {
            Some(("fixed", text)) if !text.is_empty() => Some(Self::Fixed(text.to_owned())),
            Some(("token", from)) if from.ends_with("..") => {
                number(&from[..from.len() - 2]).map(Self::TokensFrom)
            }
            Some(("token", token)) => number(token).map(Self::Token),
            Some(("header", name)) if !name.is_empty() => Some(Self::Header(name.to_owned())),
            Some(("pointer", path)) if path.starts_with('/') => Some(Self::Pointer(path.to_owned())),
            _ => None,
        };
        let wrong =
            || format!("{text:?} is none of fixed:TEXT, token:N, token:N.., header:NAME, pointer:/PATH");
        rule.ok_or_else(wrong)
    }
}

impl Rule {
    fn take(&self, message: &Received<'_>) -> Result<String, String> {
        let token_of = |from: usize| message.subject.split('.').skip(from - 1);
        let found = match self {
            Self::Fixed(text) => Some(text.clone()),
            Self::Token(at) => token_of(*at).next().map(str::to_owned),
            Self::TokensFrom(from) => {
                Some(token_of(*from).collect::<Vec<_>>().join(".")).filter(|rest| !rest.is_empty())
            }
            Self::Header(name) => (message.header)(name),
            Self::Pointer(path) => {
                let payload: Value = serde_json::from_slice(message.payload)
                    .map_err(|error| format!("the payload cannot be looked into: {error}"))?;
                match payload.pointer(path) {
                    Some(Value::String(text)) => Some(text.clone()),
                    Some(Value::Number(number)) => Some(number.to_string()),
                    _ => None,
                }
            }
        };
        found.ok_or_else(|| match self {
            Self::Fixed(_) => String::new(),
            Self::Token(at) | Self::TokensFrom(at) => format!("the subject has no token {at}"),
            Self::Header(name) => format!("there is no header {name}"),
            Self::Pointer(path) => format!("there is no text and no number at {path} of the payload"),
        })
    }
}

impl Mapping {
    /// Whose a message is, if that can be told.
    pub fn tenant_of(&self, message: &Received<'_>) -> Option<TenantId> {
        self.tenant.take(message).ok()?.parse().ok()
    }

    /// What a message says, or why it says nothing.
    pub fn map(&self, message: &Received<'_>) -> Result<Mapped, String> {
        let tenant = self.tenant.take(message).map_err(|why| format!("tenant: {why}"))?;
        let tenant = tenant.parse().map_err(|error| format!("tenant: {error}"))?;
        let found = self.event_type.take(message).map_err(|why| format!("type: {why}"))?;
        let event_type = format!("{}{found}", self.type_prefix);
        let event_type = event_type.parse().map_err(|error| format!("type {event_type:?}: {error}"))?;
        let key = self.event_id.as_ref().map(|rule| rule.take(message)).transpose();
        let key = key.map_err(|why| format!("event_id: {why}"))?;
        let key = key.map(|key| EventKey::parse(&key)).transpose();
        let key = key.map_err(|error| format!("event_id: {error}"))?;
        let at = self.timestamp.as_ref().map(|rule| rule.take(message)).transpose();
        let at = at.map_err(|why| format!("timestamp: {why}"))?;
        let at = at.map(|at| instant(&at).map_err(|why| format!("timestamp {why}"))).transpose()?;
        Ok(Mapped { tenant, event_type, key, occurred_at: at })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mapping(tenant: &str, event_type: &str) -> Mapping {
        Mapping {
            name: "kumomta".parse().unwrap(),
            subject: "kumomta.event.>".parse().unwrap(),
            stream: None,
            tenant: tenant.parse().unwrap(),
            event_type: event_type.parse().unwrap(),
            type_prefix: "mail.".to_owned(),
            event_id: None,
            timestamp: None,
        }
    }

    fn map(mapping: &Mapping, subject: &str, payload: &str) -> Result<Mapped, String> {
        let header = |name: &str| (name == "Account").then(|| "acme".to_owned());
        mapping.map(&Received { subject, header: &header, payload: payload.as_bytes() })
    }

    #[test]
    fn each_rule_finds_its_text() {
        let subject = "kumomta.event.bounce.hard";
        for (tenant, event_type) in [
            ("fixed:acme", "token:3.."),
            ("header:Account", "token:3.."),
            ("pointer:/account/id", "pointer:/kind"),
        ] {
            let mapped = map(
                &mapping(tenant, event_type),
                subject,
                r#"{"account":{"id":"acme"},"kind":"bounce.hard"}"#,
            );
            let mapped = mapped.unwrap();
            assert_eq!((mapped.tenant.as_str(), mapped.event_type.as_str()), ("acme", "mail.bounce.hard"));
        }
        let numbered = map(&mapping("pointer:/account", "token:3"), subject, r#"{"account":42}"#).unwrap();
        assert_eq!((numbered.tenant.as_str(), numbered.event_type.as_str()), ("42", "mail.bounce"));
    }

    #[test]
    fn ids_and_times_are_read_as_events_have_them() {
        let mut wanted = mapping("fixed:acme", "fixed:sent");
        wanted.event_id = Some("pointer:/id".parse().unwrap());
        wanted.timestamp = Some("pointer:/at".parse().unwrap());
        let mapped =
            map(&wanted, "kumomta.event.x", r#"{"id":"m-1","at":"2026-01-02T03:04:05+01:00"}"#).unwrap();
        assert_eq!(mapped.key.unwrap().as_str(), "m-1");
        assert_eq!(mapped.occurred_at, Some(time::macros::datetime!(2026-01-02 02:04:05 UTC)));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (tenant, event_type, payload, why) in [
            ("token:9", "fixed:a", "1", "tenant: the subject has no token 9"),
            ("token:1..", "fixed:a", "1", "tenant: "),
            ("header:Other", "fixed:a", "1", "tenant: there is no header Other"),
            ("fixed:acme", "pointer:/a/b", "{}", "type: there is no text and no number at /a/b"),
            ("fixed:acme", "pointer:/a", "{", "type: the payload cannot be looked into"),
            ("fixed:acme", "fixed:a b", "1", "type \"mail.a b\": "),
        ] {
            let said = map(&mapping(tenant, event_type), "kumomta.event", payload).unwrap_err();
            assert!(said.starts_with(why), "{said}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for subject in ["", "a..b", "a.>.b", "*", ">.a", "$JS.API", "a b", "a.b*"] {
            assert!(subject.parse::<SubjectPattern>().is_err(), "{subject}");
        }
        for rule in ["", "token", "token:0", "token:x", "fixed:", "header:", "pointer:a", "other:1"] {
            assert!(rule.parse::<Rule>().is_err(), "{rule}");
        }
        for name in ["", "A", "a b", &"a".repeat(33)] {
            assert!(name.parse::<SourceName>().is_err(), "{name}");
        }
    }

    #[test]
    fn subjects_are_covered_as_nats_has_it() {
        let covers = |pattern: &str, subject| pattern.parse::<SubjectPattern>().unwrap().covers(subject);
        assert!(covers("a.b", "a.b") && covers("a.*", "a.b") && covers("a.>", "a.b.c"));
        assert!(
            !covers("a.b", "a.b.c") && !covers("a.*", "a") && !covers("a.>", "a") && !covers("a.*", "b.a")
        );
    }

    proptest! {
        #[test]
        fn patterns_overlap_where_a_subject_is_of_both(
            one in "x(\\.[ab*]){0,3}(\\.>)?", other in "x(\\.[ab*]){0,3}(\\.>)?", subject in "x(\\.[ab]){0,4}",
        ) {
            let [one, other] = [one, other].map(|text| text.parse::<SubjectPattern>().unwrap());
            if one.covers(&subject) && other.covers(&subject) {
                prop_assert!(one.overlaps(&other));
            }
            prop_assert_eq!(one.overlaps(&other), other.overlaps(&one));
            let of_both = |pattern: &SubjectPattern, fill: &str| {
                pattern.as_str().replace('>', "a").replace('*', fill)
            };
            // The longer of the two, filled in, is of both where they overlap.
            if !one.overlaps(&other) {
                for fill in ["a", "b"] {
                    prop_assert!(!(other.covers(&of_both(&one, fill)) && one.covers(&of_both(&one, fill))));
                }
            }
        }

        #[test]
        fn nothing_that_is_read_panics(text in ".{0,40}", subject in ".{0,40}", payload in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = (text.parse::<SubjectPattern>(), text.parse::<SourceName>());
            if let Ok(rule) = text.parse::<Rule>() {
                let _ = rule.take(&Received { subject: &subject, header: &|_| None, payload: &payload });
            }
        }
    }
}
