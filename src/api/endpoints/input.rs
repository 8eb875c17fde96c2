//! What an endpoint's owner may set, read and vetted: for a new one against the defaults, for a changed one against
//! what it is.

mod message;

use std::collections::{BTreeMap, BTreeSet};

use domain::address::{EndpointUrl, Policy};
use domain::channels::Channels;
use domain::credentials::Credentials;
use domain::endpoint::{Kind, Status};
use domain::filter::Filter;
use domain::format::Format;
use domain::headers::{CustomHeaders, HeaderPrefix};
use domain::matching::Pattern;
use domain::retry::Schedule;
use domain::signature::{Secret, Signatures};
use domain::span::Span;
use serde::Deserialize;
use serde_json::Value;

pub(in crate::api) use self::message::kind;
use self::message::message;
use super::matching::Choice;
use crate::api::channels;
use crate::api::fields::{Fields, flag, number, parsed, text};
use crate::api::settings::Settings as Api;
use crate::ledger::admin::endpoints::{Auth, Settings};

const PATTERNS_MAX: usize = 100;
const PER_MINUTE_MAX: u32 = 1_000_000;
const BURST_MAX: u32 = 100_000;
const IN_FLIGHT_MAX: u32 = 256;
const RETRIES_MAX: u32 = 100;
const TIMEOUT_MS_MIN: u32 = 10;
const AUTO_DISABLE_AFTER_MAX: u32 = 1_000_000;

/// The settings of a new endpoint; `None` when something in `fields` is wrong.
pub fn new(fields: &mut Fields<'_>, policy: &Policy, api: &Api, auth: Option<Auth>) -> Option<Settings> {
    let url = fields.required("url", url(policy));
    let written = fields.required("events", list);
    let patterns = patterns(fields, written);
    let host =
        url.as_ref().map(|url| url.as_url().host_str().unwrap_or_default().chars().take(200).collect());
    let defaults = &api.delivery;
    // Who gives a number wants it to hold: it is not kept for later unless the flag says so.
    let names_rate_limit = ["maxRequestsPerMinute", "burst"].into_iter().any(|name| fields.has(name));
    let mut base = Settings {
        name: host.unwrap_or_default(),
        kind: Kind::default(),
        url: url.as_ref().map(|url| url.as_str().to_owned()).unwrap_or_default(),
        sealed_url: None,
        format: Format::default(),
        template: None,
        templates: BTreeMap::new(),
        user_id: None,
        status: Status::Active,
        patterns: patterns.clone().unwrap_or_default(),
        filter: None,
        channels: Channels::default(),
        custom_headers: BTreeMap::new(),
        header_prefix: HeaderPrefix::default().as_str().into(),
        rate_limit_enabled: defaults.rate_limit_enabled || names_rate_limit,
        max_requests_per_minute: defaults.max_requests_per_minute,
        burst: defaults.burst,
        max_in_flight: defaults.max_in_flight,
        ordered: false,
        timeout_ms: api.timeout_ms(),
        max_retries: defaults.max_retries,
        retry_schedule: defaults.retry_schedule.clone(),
        auto_disable_after: defaults.auto_disable_after,
        auto_disable_min_duration: defaults.auto_disable_min_duration,
        signatures: Signatures::default(),
        auth,
    };
    message(fields, &mut base, None, url.as_ref());
    let read = rest(fields, base, api);
    url.and(patterns).and(read)
}

/// What a changed endpoint becomes; `None` when something in `fields` is wrong.
#[expect(clippy::option_option, reason = "left out and null are two things here")]
pub fn changed(
    fields: &mut Fields<'_>,
    before: &Settings,
    policy: &Policy,
    api: &Api,
    auth: Option<Option<Auth>>,
) -> Option<Settings> {
    let mut base = before.clone();
    set(&mut base.auth, auth);
    let url = fields.optional("url", url(policy));
    // What is shown of a URL means the whole of it.
    let url = url.filter(|url| before.sealed_url.is_none() || url.as_str() != before.url);
    if let Some(url) = &url {
        url.as_str().clone_into(&mut base.url);
        base.sealed_url = None;
    }
    message(fields, &mut base, Some(before), url.as_ref());
    let written = fields.optional("events", list);
    set(&mut base.patterns, patterns(fields, written));
    if let Some(status) = fields.optional("status", parsed(status)) {
        base.status = status;
    }
    rest(fields, base, api)
}

/// A secret that its owner chose.
pub fn secret(fields: &mut Fields<'_>) -> Option<Secret> {
    fields.optional("secret", parsed(Secret::parse))
}

/// Credentials for it; `Some(None)` takes them away.
#[expect(clippy::option_option, reason = "left out and null are two things here")]
pub fn auth(fields: &mut Fields<'_>) -> Option<Option<Credentials>> {
    fields.nullable("auth", credentials)
}

/// What is wrong with them is said without quoting them.
fn credentials(value: Value) -> Result<Credentials, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "lowercase")]
    enum Written {
        Bearer(String),
        Basic(Pair),
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pair {
        username: String,
        password: String,
    }
    let read = match serde_json::from_value(value) {
        Ok(Written::Bearer(token)) => Credentials::bearer(&token),
        Ok(Written::Basic(Pair { username, password })) => Credentials::basic(&username, &password),
        Err(_) => {
            return Err(r#"must be {"bearer": …} or {"basic": {"username": …, "password": …}}"#.to_owned());
        }
    };
    read.map_err(|error| error.to_string())
}

fn rest(fields: &mut Fields<'_>, mut base: Settings, api: &Api) -> Option<Settings> {
    set(&mut base.name, fields.optional("name", text(1..=200)));
    set(&mut base.user_id, fields.nullable("userId", text(1..=200)));
    set(&mut base.rate_limit_enabled, fields.optional("rateLimitEnabled", flag));
    set(
        &mut base.max_requests_per_minute,
        fields.optional("maxRequestsPerMinute", number(1..=PER_MINUTE_MAX)),
    );
    set(&mut base.burst, fields.optional("burst", number(1..=BURST_MAX)));
    set(&mut base.ordered, fields.optional("ordered", flag));
    set(&mut base.max_in_flight, fields.optional("maxInFlight", number(1..=IN_FLIGHT_MAX)));
    set(&mut base.timeout_ms, fields.optional("timeoutMs", number(TIMEOUT_MS_MIN..=api.timeout_ms_max)));
    set(&mut base.max_retries, fields.optional("maxRetries", number(0..=RETRIES_MAX)));
    set(&mut base.retry_schedule, fields.optional("retrySchedule", schedule));
    let after = number(1..=AUTO_DISABLE_AFTER_MAX);
    set(&mut base.auto_disable_after, fields.nullable("autoDisableAfter", after));
    let span = fields.optional("autoDisableMinDuration", parsed(str::parse::<Span>));
    set(&mut base.auto_disable_min_duration, span.map(Span::duration));
    set(&mut base.channels, channels::read(fields));
    set(&mut base.filter, filter(fields));
    set(&mut base.signatures, fields.optional("signatures", signatures));
    let has_headers = headers(fields, &mut base);
    let in_headers = base.custom_headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"));
    if base.auth.is_some() && in_headers {
        fields.refuse("auth", "customHeaders has an Authorization already: keep one of the two");
    }
    has_headers.then_some(base)
}

fn set<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

/// Custom headers and the prefix of ours are vetted together: neither may get in the other's way.
fn headers(fields: &mut Fields<'_>, base: &mut Settings) -> bool {
    let prefix = fields.optional("headerPrefix", parsed(str::parse::<HeaderPrefix>));
    let written = fields.optional("customHeaders", |value| {
        serde_json::from_value::<BTreeMap<String, String>>(value)
            .map_err(|_| "must be an object of texts".to_owned())
    });
    if prefix.is_none() && written.is_none() {
        return true;
    }
    let field = if written.is_some() { "customHeaders" } else { "headerPrefix" };
    let Some(prefix) = prefix.or_else(|| base.header_prefix.parse().ok()) else { return false };
    let written = written.unwrap_or_else(|| base.custom_headers.clone());
    if let Err(refused) = CustomHeaders::vet(written.clone(), &prefix) {
        for refused in refused {
            match refused.name() {
                Some(name) if field == "customHeaders" => {
                    fields.refuse_within(field, name, refused.to_string());
                }
                Some(name) => fields.refuse(field, format!("customHeaders has {name}: {refused}")),
                None => fields.refuse(field, refused.to_string()),
            }
        }
        return false;
    }
    prefix.as_str().clone_into(&mut base.header_prefix);
    base.custom_headers = written;
    true
}

fn url(policy: &Policy) -> impl FnOnce(Value) -> Result<EndpointUrl, String> {
    parsed(|written| EndpointUrl::parse(written, policy))
}

/// The patterns it subscribes to; each wrong one is noted under its own pointer.
fn patterns(fields: &mut Fields<'_>, written: Option<Vec<Value>>) -> Option<Vec<String>> {
    let written = written?;
    if !(1..=PATTERNS_MAX).contains(&written.len()) {
        fields.refuse("events", format!("must have 1 to {PATTERNS_MAX} entries"));
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut read = Vec::with_capacity(written.len());
    for (at, value) in written.iter().enumerate() {
        let pattern = match value.as_str().map(str::parse::<Pattern>) {
            Some(Ok(pattern)) if seen.insert(pattern.as_str().to_owned()) => Ok(pattern),
            Some(Ok(_)) => Err("is there twice".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("must be a text".to_owned()),
        };
        match pattern {
            Ok(pattern) => read.push(pattern.as_str().to_owned()),
            Err(detail) => fields.refuse_within("events", &at.to_string(), detail),
        }
    }
    (read.len() == written.len()).then_some(read)
}

/// Which events come here, whatever else it is: patterns, channels and filter.
pub fn choice(fields: &mut Fields<'_>) -> Option<Choice> {
    let written = fields.required("events", list);
    let patterns = patterns(fields, written);
    let channels = channels::read(fields).unwrap_or_default();
    let filter = filter(fields).flatten();
    Some(Choice { patterns: patterns?, channels, filter })
}

/// A filter, kept as it was written; `Some(None)` takes it away.
#[expect(clippy::option_option, reason = "left out and null are two things here")]
fn filter(fields: &mut Fields<'_>) -> Option<Option<String>> {
    let written = fields.raw("filter")?;
    if written.get() == "null" {
        return Some(None);
    }
    match Filter::parse(written) {
        Ok(_) => Some(Some(written.get().to_owned())),
        Err(wrongs) => {
            for wrong in wrongs {
                fields.refuse_below("filter", &wrong.pointer, wrong.detail);
            }
            None
        }
    }
}

fn list(value: Value) -> Result<Vec<Value>, String> {
    if let Value::Array(values) = value { Ok(values) } else { Err("must be a list of texts".to_owned()) }
}

fn schedule(value: Value) -> Result<Schedule, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn signatures(value: Value) -> Result<Signatures, String> {
    let names: Vec<String> = serde_json::from_value(value).unwrap_or_default();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Signatures::parse(&names).map_err(|error| error.to_string())
}

fn status(written: &str) -> Result<Status, String> {
    match written {
        "active" => Ok(Status::Active),
        "paused" => Ok(Status::Paused),
        "disabled" => Ok(Status::Disabled),
        _ => Err("must be active, paused or disabled".to_owned()),
    }
}

#[cfg(test)]
mod tests;
