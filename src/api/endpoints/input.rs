//! What an endpoint's owner may set, read and vetted: for a new one against the defaults, for a changed one against
//! what it is.

use std::collections::{BTreeMap, BTreeSet};

use domain::address::{EndpointUrl, Policy};
use domain::endpoint::Status;
use domain::headers::{CustomHeaders, HeaderPrefix};
use domain::matching::Pattern;
use domain::retry::Schedule;
use domain::signature::{Secret, Signatures};
use domain::span::Span;
use serde_json::{Value, json};

use crate::api::fields::{Fields, flag, number, parsed, text};
use crate::api::settings::Settings as Api;
use crate::ledger::admin::endpoints::Settings;

const PATTERNS_MAX: usize = 100;
const PER_MINUTE_MAX: u32 = 1_000_000;
const BURST_MAX: u32 = 100_000;
const IN_FLIGHT_MAX: u32 = 256;
const RETRIES_MAX: u32 = 100;
const TIMEOUT_MS_MIN: u32 = 10;
const AUTO_DISABLE_AFTER_MAX: u32 = 1_000_000;

/// Fields of the contract that are not built yet.
const UNBUILT: &[&str] = &["filter", "channels", "auth", "template", "templates"];

/// The settings of a new endpoint; `None` when something in `fields` is wrong.
pub fn new(fields: &mut Fields<'_>, policy: &Policy, api: &Api) -> Option<Settings> {
    let url = fields.required("url", url(policy));
    let written = fields.required("events", list);
    let patterns = patterns(fields, written);
    let host =
        url.as_ref().map(|url| url.as_url().host_str().unwrap_or_default().chars().take(200).collect());
    let defaults = &api.delivery;
    // Who gives a number wants it to hold: it is not kept for later unless the flag says so.
    let names_rate_limit = ["maxRequestsPerMinute", "burst"].into_iter().any(|name| fields.has(name));
    let base = Settings {
        name: host.unwrap_or_default(),
        url: url.as_ref().map(|url| url.as_str().to_owned()).unwrap_or_default(),
        user_id: None,
        status: Status::Active,
        patterns: patterns.clone().unwrap_or_default(),
        custom_headers: BTreeMap::new(),
        header_prefix: HeaderPrefix::default().as_str().into(),
        rate_limit_enabled: defaults.rate_limit_enabled || names_rate_limit,
        max_requests_per_minute: defaults.max_requests_per_minute,
        burst: defaults.burst,
        max_in_flight: defaults.max_in_flight,
        ordered: false,
        timeout_ms: defaults.timeout_ms.min(api.timeout_ms_max),
        max_retries: defaults.max_retries,
        retry_schedule: defaults.retry_schedule.clone(),
        auto_disable_after: defaults.auto_disable_after,
        auto_disable_min_duration: defaults.auto_disable_min_duration,
        signatures: Signatures::default(),
    };
    let read = rest(fields, base, api);
    url.and(patterns).and(read)
}

/// What a changed endpoint becomes; `None` when something in `fields` is wrong.
pub fn changed(fields: &mut Fields<'_>, before: &Settings, policy: &Policy, api: &Api) -> Option<Settings> {
    let mut base = before.clone();
    if let Some(url) = fields.optional("url", url(policy)) {
        url.as_str().clone_into(&mut base.url);
    }
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
    set(&mut base.signatures, fields.optional("signatures", signatures));
    let has_headers = headers(fields, &mut base);
    fields.only("kind", &json!("http"));
    fields.only("format", &json!("hookyard"));
    fields.unbuilt(UNBUILT);
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
mod tests {
    use super::*;
    use crate::api::problem::Problem;

    fn read_new(body: &str) -> Result<Settings, Problem> {
        let mut fields = Fields::read(body.as_bytes())?;
        let settings = new(&mut fields, &Policy::default(), &Api::default());
        fields.finish(settings)
    }

    fn read_change(before: &Settings, body: &str) -> Result<Settings, Problem> {
        let mut fields = Fields::read(body.as_bytes())?;
        let settings = changed(&mut fields, before, &Policy::default(), &Api::default());
        fields.finish(settings)
    }

    fn pointers(problem: &Problem) -> Vec<&str> {
        problem.errors().iter().map(|error| error.pointer.as_str()).collect()
    }

    const LEAST: &str = r#"{"url":"https://example.com/hook#x","events":["order.>"]}"#;

    #[test]
    fn the_least_there_can_be_gets_the_defaults() {
        let settings = read_new(LEAST).unwrap();
        assert_eq!(
            (settings.name.as_str(), settings.url.as_str()),
            ("example.com", "https://example.com/hook")
        );
        assert_eq!((settings.max_retries, settings.timeout_ms, settings.max_in_flight), (3, 15_000, 8));
        assert_eq!((settings.auto_disable_after, settings.header_prefix.as_str()), (Some(20), "X-Webhook-"));
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let body = r#"{"name":"","url":"http://127.0.0.1/","events":["a..b"],"kind":"slack","secret":"x",
            "filter":{},"customHeaders":{"Host":"a","X-Ok":"b"},"timeoutMs":99999,"retrySchedule":["soon"],
            "autoDisableAfter":0,"ordered":"yes","burst":0,"maxRequestsPerMinute":1000001,"rateLimitEnabled":1,"colour":"red","status":"active"}"#;
        let problem = read_new(body).unwrap_err();
        let expected = [
            "/autoDisableAfter",
            "/burst",
            "/colour",
            "/customHeaders/Host",
            "/events/0",
            "/filter",
            "/kind",
            "/maxRequestsPerMinute",
            "/name",
            "/ordered",
            "/rateLimitEnabled",
            "/retrySchedule",
            "/secret",
            "/status",
            "/timeoutMs",
            "/url",
        ];
        let mut found = pointers(&problem);
        found.sort_unstable();
        // The secret is read apart from the settings: here nobody took it.
        assert_eq!(found, expected);
    }

    #[test]
    fn a_change_leaves_the_rest_and_null_means_none() {
        let mut before = read_new(LEAST).unwrap();
        before.user_id = Some("u".to_owned());
        let after =
            read_change(&before, r#"{"userId":null,"autoDisableAfter":null,"status":"paused"}"#).unwrap();
        let expected =
            Settings { user_id: None, auto_disable_after: None, status: Status::Paused, ..before.clone() };
        assert_eq!(after, expected);
        assert_eq!(read_change(&before, "{}").unwrap(), before);
        assert_eq!(pointers(&read_change(&before, r#"{"status":"failed"}"#).unwrap_err()), ["/status"]);
    }

    fn rate_limit(settings: &Settings) -> (bool, u32, u32) {
        (settings.rate_limit_enabled, settings.max_requests_per_minute, settings.burst)
    }

    #[test]
    fn a_number_alone_limits_a_new_endpoint() {
        for (said, expected) in [
            ("", (false, 60, 10)),
            (r#","rateLimitEnabled":true"#, (true, 60, 10)),
            (r#","maxRequestsPerMinute":120"#, (true, 120, 10)),
            (r#","burst":1"#, (true, 60, 1)),
            (r#","burst":1,"rateLimitEnabled":false"#, (false, 60, 1)),
            (r#","maxRequestsPerMinute":1000000,"burst":100000"#, (true, 1_000_000, 100_000)),
        ] {
            let body = format!(r#"{{"url":"https://example.com/","events":["a"]{said}}}"#);
            assert_eq!(rate_limit(&read_new(&body).unwrap()), expected, "{said}");
        }
    }

    #[test]
    fn a_change_of_the_rate_limit_is_what_it_says() {
        let off = read_new(LEAST).unwrap();
        assert_eq!(rate_limit(&read_change(&off, r#"{"burst":3}"#).unwrap()), (false, 60, 3));
        let on = read_change(&off, r#"{"rateLimitEnabled":true,"ordered":true}"#).unwrap();
        assert_eq!((rate_limit(&on), on.ordered), ((true, 60, 10), true));
        let again = read_change(&on, r#"{"maxRequestsPerMinute":7,"ordered":false}"#).unwrap();
        assert_eq!((rate_limit(&again), again.ordered), ((true, 7, 10), false));
        let bad = r#"{"rateLimitEnabled":null,"maxRequestsPerMinute":0,"burst":100001,"ordered":1}"#;
        let problem = read_change(&on, bad).unwrap_err();
        let mut found = pointers(&problem);
        found.sort_unstable();
        assert_eq!(found, ["/burst", "/maxRequestsPerMinute", "/ordered", "/rateLimitEnabled"]);
    }

    #[test]
    fn headers_and_prefix_are_vetted_together() {
        let mut before = read_new(LEAST).unwrap();
        before.custom_headers = BTreeMap::from([("X-Acme-Team".to_owned(), "a".to_owned())]);
        let problem = read_change(&before, r#"{"headerPrefix":"X-Acme-"}"#).unwrap_err();
        assert_eq!(pointers(&problem), ["/headerPrefix"]);
        let both = r#"{"headerPrefix":"X-Acme-","customHeaders":{"X-Team":"a"}}"#;
        assert_eq!(read_change(&before, both).unwrap().header_prefix, "X-Acme-");
    }

    #[test]
    fn what_is_built_of_an_unbuilt_field_may_be_said() {
        let body = r#"{"url":"https://example.com/","events":["a"],"kind":"http","format":"hookyard"}"#;
        assert!(read_new(body).is_ok());
    }

    #[test]
    fn signatures_are_chosen_by_name() {
        let before = read_new(LEAST).unwrap();
        assert_eq!(before.signatures, Signatures::V1);
        for (said, expected) in [
            (r#"["v1a","v1"]"#, Some(Signatures::Both)),
            (r#"["v1a"]"#, Some(Signatures::V1a)),
            ("[]", None),
            (r#"["v1","v1"]"#, None),
            (r#"["v2"]"#, None),
            (r#""v1""#, None),
            ("[1]", None),
            ("null", None),
        ] {
            let read = read_change(&before, &format!(r#"{{"signatures":{said}}}"#));
            assert_eq!(read.ok().map(|after| after.signatures), expected, "{said}");
        }
    }
}
