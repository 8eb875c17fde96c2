#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;

fn vet(headers: &[(&str, &str)]) -> Result<CustomHeaders, Vec<Refused>> {
    let written = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    CustomHeaders::vet(written, &HeaderPrefix::default())
}

#[test]
fn accepts_what_receivers_need() {
    let headers = [
        ("X-Env", "prod"),
        ("authorization", "Token abc"),
        ("X-Api-Key", "a b\tc !~"),
        ("Accept", "*/*"),
        ("X-Empty", ""),
        ("X-Webhookish", "1"),
        ("webhooks", "1"),
        ("X-Hub-Signature", "none"),
        ("Idempotency-Key", "k"),
        ("!#$%&'*+-.^_`|~09", "odd but a token"),
    ];
    let vetted = vet(&headers).unwrap();
    assert_eq!(vetted.iter().count(), headers.len());
    assert!(vetted.contains("Authorization") && vetted.contains("x-env") && !vetted.contains("env"));
    assert_eq!(serde_json::to_string(&vet(&[("X-Env", "prod")]).unwrap()).unwrap(), r#"{"X-Env":"prod"}"#);
    assert!(vet(&[]).unwrap().is_empty());
}

#[test]
fn refuses_names_that_are_not_the_owners_to_set() {
    for name in [
        "Host",
        "HOST",
        "Content-Length",
        "content-type",
        "Content-Encoding",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Upgrade",
        "TE",
        "Trailer",
        "Expect",
        "Proxy-Authorization",
        "proxy-connection",
        "Proxy-",
        "User-Agent",
        "Cookie",
        "Set-Cookie",
        "traceparent",
        "webhook-id",
        "Webhook-Signature",
        "WEBHOOK-X",
        "HTTP2-Settings",
        "Proxy-Authenticate",
        "Trailers",
        "Alt-Used",
        "Content-Range",
        "Content-Digest",
        "Forwarded",
        "X-Forwarded-For",
        "x-forwarded-host",
        "Via",
        "Max-Forwards",
        "X-HTTP-Method-Override",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Sec-Fetch-Site",
        "Access-Control-Allow-Origin",
        "tracestate",
        "cookie2",
    ] {
        let refused = vet(&[(name, "x")]).unwrap_err();
        assert!(
            matches!(&refused[..], [Refused::Reserved { name: of, .. }] if of == name),
            "{name}: {refused:?}"
        );
    }
    for name in ["X-Webhook-Event", "x-webhook-id", "X-WEBHOOK-ANYTHING", "X-Webhook-"] {
        let refused = vet(&[(name, "x")]).unwrap_err();
        assert!(matches!(&refused[..], [Refused::Prefix { .. }]), "{name}: {refused:?}");
    }
    let own: HeaderPrefix = "X-DevCard-".parse().unwrap();
    let written = |name: &str| BTreeMap::from([(name.to_owned(), String::new())]);
    assert!(CustomHeaders::vet(written("x-devcard-event"), &own).is_err());
    assert!(CustomHeaders::vet(written("X-Webhook-Event"), &own).is_err());
    assert!(CustomHeaders::vet(written("X-DevCard"), &own).is_ok());
}

#[test]
fn refuses_what_is_no_header() {
    let long = "x".repeat(NAME_BYTES_MAX + 1);
    for name in [
        "",
        " ",
        "X Env",
        "X-Env:",
        "X-Env ",
        "X-Ënv",
        "X-Env\r",
        "X-Env\n",
        "X\0",
        ":authority",
        "X/Y",
        "(x)",
        "X=Y",
        &long,
    ] {
        let refused = vet(&[(name, "x")]).unwrap_err();
        assert!(matches!(&refused[..], [Refused::Name { .. }]), "{name:?}: {refused:?}");
    }
    for value in [
        "a\r\nHost: evil",
        "a\nb",
        "a\rb",
        "a\0b",
        "ä",
        "\u{7f}",
        "\u{1}",
        " a",
        "a ",
        "\ta",
        "a\t",
        " ",
        "€",
    ] {
        let refused = vet(&[("X-Env", value)]).unwrap_err();
        assert!(matches!(&refused[..], [Refused::Value { .. }]), "{value:?}: {refused:?}");
    }
}

#[test]
fn a_key_of_ours_is_sent_to_nobody() {
    let key = format!("hy_{}", "aB3-_".repeat(9));
    for value in [key.clone(), format!("Bearer {key}"), format!("x=hy_{key}; y"), format!("hy_hy_{key}")] {
        let refused = vet(&[("Authorization", &value)]).unwrap_err();
        assert!(matches!(&refused[..], [Refused::OurKey { .. }]), "{value}: {refused:?}");
    }
    for value in ["Bearer hy_", "hy_short", &key[3..], &format!("hy_{}", "a".repeat(39)), "hy_ hy_ hy_"] {
        assert!(vet(&[("Authorization", value)]).is_ok(), "{value}");
    }
}

#[test]
fn sizes_are_bounded() {
    let names: Vec<String> = (0..=HEADERS_MAX).map(|number| format!("X-{number:02}")).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert!(vet(&all[1..]).is_ok());
    assert_eq!(vet(&all), Err(vec![Refused::TooMany(21)]));
    let longest = "v".repeat(VALUE_BYTES_MAX);
    assert!(vet(&[("X-A", &longest)]).is_ok());
    assert_eq!(
        vet(&[("X-A", &format!("{longest}v"))]),
        Err(vec![Refused::ValueTooLong { name: "X-A".into() }])
    );
    let four = [("X-A", longest.as_str()), ("X-B", &longest), ("X-C", &longest), ("X-D", &longest)];
    assert_eq!(vet(&four), Err(vec![Refused::TooLong(TOTAL_BYTES_MAX + 12)]));
}

#[test]
fn answers_with_every_mistake_and_whose_it_is() {
    let refused = vet(&[("Host", "x"), ("X-Env", "a\nb"), ("x-env", "c"), ("X-Ok", "d")]).unwrap_err();
    let answers: Vec<String> =
        refused.iter().map(|one| format!("{}: {one}", one.name().unwrap_or_default())).collect();
    assert_eq!(
        answers,
        [
            "Host: it is set from the URL: leave it out",
            "X-Env: a header value is printable ASCII, spaces and tabs, and neither begins nor ends with these",
            "x-env: it is there twice: header names differ by more than upper and lower case",
        ]
    );
    assert_eq!(
        vet(&[("X-Webhook-A", "")]).unwrap_err()[0].to_string(),
        "names that begin with X-Webhook- are kept for the headers we add: choose another"
    );
}

proptest! {
    #[test]
    fn what_is_accepted_can_stand_in_a_request(name in "\\PC{1,8}|[A-Za-z-]{1,20}", value in any::<String>()) {
        if let Ok(vetted) = vet(&[(&name, &value)]) {
            for (name, value) in vetted.iter() {
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'));
                prop_assert!(value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ' || byte == b'\t'));
            }
        }
    }
}
