use domain::credentials::Kind;
use proptest::prelude::*;

use super::*;
use crate::api::problem::Problem;
use crate::vault::Sealed;

fn read_new(body: &str) -> Result<Settings, Problem> {
    let mut fields = Fields::read(body.as_bytes())?;
    let settings = new(&mut fields, &Policy::default(), &Api::default(), None);
    fields.finish(settings)
}

fn read_change(before: &Settings, body: &str) -> Result<Settings, Problem> {
    let mut fields = Fields::read(body.as_bytes())?;
    let auth = auth(&mut fields).map(|auth| {
        auth.map(|auth| Auth { kind: auth.kind(), sealed: Sealed { bytes: vec![7], key_id: "a".to_owned() } })
    });
    let settings = changed(&mut fields, before, &Policy::default(), &Api::default(), auth);
    fields.finish(settings)
}

fn pointers(problem: &Problem) -> Vec<&str> {
    problem.errors().iter().map(|error| error.pointer.as_str()).collect()
}

const LEAST: &str = r#"{"url":"https://example.com/hook#x","events":["order.>"]}"#;

#[test]
fn the_least_there_can_be_gets_the_defaults() {
    let settings = read_new(LEAST).unwrap();
    assert_eq!((settings.name.as_str(), settings.url.as_str()), ("example.com", "https://example.com/hook"));
    assert_eq!((settings.max_retries, settings.timeout_ms, settings.max_in_flight), (3, 15_000, 8));
    assert_eq!((settings.auto_disable_after, settings.header_prefix.as_str()), (Some(20), "X-Webhook-"));
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let body = r#"{"name":"","url":"http://127.0.0.1/","events":["a..b"],"kind":"mail","secret":"x",
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
    let after = read_change(&before, r#"{"userId":null,"autoDisableAfter":null,"status":"paused"}"#).unwrap();
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
fn auth_is_one_of_two_kinds_and_stands_alone() {
    let before = read_new(LEAST).unwrap();
    for (said, expected) in [
        (r#"{"bearer":"t"}"#, Some(Kind::Bearer)),
        (r#"{"basic":{"username":"u","password":"p"}}"#, Some(Kind::Basic)),
        ("null", None),
    ] {
        let after = read_change(&before, &format!(r#"{{"auth":{said}}}"#)).unwrap();
        assert_eq!(after.auth.map(|auth| auth.kind), expected, "{said}");
    }
    for wrong in [
        "{}",
        r#""t""#,
        r#"{"bearer":"s3cr3t s3cr3t"}"#,
        r#"{"bearer":7}"#,
        r#"{"basic":{"username":"s3cr3t"}}"#,
        r#"{"basic":{"username":"s3cr3t:","password":""}}"#,
        r#"{"basic":{"username":"u","password":"p","realm":"s3cr3t"}}"#,
        r#"{"bearer":"s3cr3t","basic":{"username":"u","password":"p"}}"#,
        r#"{"digest":"s3cr3t"}"#,
    ] {
        let problem = read_change(&before, &format!(r#"{{"auth":{wrong}}}"#)).unwrap_err();
        assert_eq!(pointers(&problem), ["/auth"], "{wrong}");
        assert!(!format!("{problem:?}").contains("s3cr3t"), "{problem:?}");
    }
    let both = r#"{"auth":{"bearer":"t"},"customHeaders":{"authorization":"x"}}"#;
    assert_eq!(pointers(&read_change(&before, both).unwrap_err()), ["/auth"]);
    let with = read_change(&before, r#"{"auth":{"bearer":"t"}}"#).unwrap();
    assert!(read_change(&with, r#"{"customHeaders":{"AUTHORIZATION":"x"}}"#).is_err());
    assert!(read_change(&with, r#"{"customHeaders":{"AUTHORIZATION":"x"},"auth":null}"#).is_ok());
    assert_eq!(read_change(&with, "{}").unwrap().auth, with.auth);
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

const FIELDS: [&str; 24] = [
    "url",
    "events",
    "name",
    "userId",
    "rateLimitEnabled",
    "maxRequestsPerMinute",
    "burst",
    "maxInFlight",
    "ordered",
    "timeoutMs",
    "maxRetries",
    "retrySchedule",
    "autoDisableAfter",
    "autoDisableMinDuration",
    "signatures",
    "format",
    "kind",
    "customHeaders",
    "headerPrefix",
    "auth",
    "secret",
    "status",
    "filter",
    "else",
];

fn values() -> impl Strategy<Value = String> {
    let text =
        prop_oneof!["[a-zA-Z0-9.*>-]{0,8}", "https://[a-z0-9.]{1,12}/", "[0-9]{1,3}[smhd]", any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..300_u32).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "bearer", "basic", "username", "initial", "max", "factor", "jitter", "X-A", "Host",
    ]);
    leaf.prop_recursive(2, 8, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .prop_map(|value| value.to_string())
}

proptest! {
    #[test]
    fn any_endpoint_is_read_or_every_mistake_has_its_place_and_words(
        members in prop::collection::vec((prop::sample::select(FIELDS.to_vec()), values()), 0..6),
    ) {
        let members: Vec<String> = members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let before = read_new(LEAST).unwrap();
        let (change, new) = (format!("{{{}}}", members.join(",")), format!("{{{},{}}}", &LEAST[1..LEAST.len() - 1], members.join(",")));
        let new = new.replace(",}", "}");
        for read in [read_change(&before, &change), read_new(&new)] {
            match read {
                Ok(settings) => {
                    prop_assert!(EndpointUrl::parse(&settings.url, &Policy::default()).is_ok());
                    prop_assert_eq!(read_change(&settings, "{}").unwrap(), settings);
                }
                Err(problem) => for error in problem.errors() {
                    prop_assert!(error.pointer.starts_with('/') && error.detail.contains(' '), "{error:?}");
                },
            }
        }
    }
}
