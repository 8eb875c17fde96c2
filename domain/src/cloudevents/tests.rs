#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod any;
mod examples;

use serde_json::json;

use super::*;

const PLAIN: [(&str, &str); 4] =
    [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "order.paid")];

fn read(body: &str) -> Result<CloudEvent, Refused> {
    structured(serde_json::from_str(body)?, Named::default())
}

fn read_binary(
    headers: &[(&str, &str)],
    content_type: Option<&str>,
    body: &str,
) -> Result<CloudEvent, Refused> {
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    binary(headers, content_type, body.as_bytes(), Named::default())
}

fn places(read: Result<CloudEvent, Refused>) -> Vec<(String, String)> {
    match read {
        Err(Refused::Wrong(wrong)) => wrong.into_iter().map(|wrong| (wrong.place, wrong.detail)).collect(),
        other => panic!("{other:?}"),
    }
}

fn with(more: &str) -> Result<CloudEvent, Refused> {
    read(&format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"order.paid"{more}}}"#))
}

fn members(name: &str, count: usize) -> String {
    (0..count).map(|at| format!(r#","{name}{at}":1"#)).collect::<Vec<_>>().concat()
}

fn tenant() -> TenantId {
    "acme".parse().unwrap()
}

#[test]
fn every_wrong_attribute_is_named_at_once() {
    let body = r#"{"specversion":"0.3","id":"é","source":"","type":"a..b","time":"now","subject":"","dataschema":"x",
        "datacontenttype":"image/png","Upper":1,"big":2147483648,"part":1.5,"list":[],"id":"2","data_base64":"AA=="}"#;
    let wrong = places(read(body));
    let names: Vec<&str> = wrong.iter().map(|(place, _)| place.as_str()).collect();
    let expected = [
        "/Upper",
        "/big",
        "/part",
        "/list",
        "/id",
        "/data_base64",
        "/specversion",
        "/source",
        "/type",
        "/time",
        "/subject",
        "/dataschema",
        "/datacontenttype",
    ];
    assert_eq!(names, expected);
    assert!(wrong.iter().all(|(_, detail)| detail.contains(' ')), "{wrong:?}");
    let wrong = places(read("{}"));
    let required: Vec<(&str, &str)> =
        wrong.iter().map(|(place, detail)| (place.as_str(), detail.as_str())).collect();
    let missing = ["/specversion", "/id", "/source", "/type"].map(|place| (place, "is required"));
    assert_eq!(required, missing);
    let headers =
        [("ce-specversion", "1"), ("Ce-Id", ""), ("CE-TYPE", "a b"), ("ce-x_y", "1"), ("ce-time", "%2")];
    let wrong = places(read_binary(&headers, Some("application/xml"), "<a/>"));
    let names: Vec<&str> = wrong.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(
        names,
        ["ce-x_y", "ce-time", "ce-specversion", "ce-id", "ce-source", "ce-type", "Content-Type"]
    );
    for other in ["[]", "7", "null", "\"x\""] {
        assert_eq!(places(read(other))[0].0, "", "{other}");
    }
    assert!(matches!(read("{"), Err(Refused::NotJson(_))));
}

#[test]
fn data_stay_byte_for_byte_and_text_becomes_a_json_string() {
    let data = r#"{"z":1.10,"n":12345678901234567890123,"ü":"\u00fc\ud800"}"#;
    assert_eq!(with(&format!(r#","data": {data} "#)).unwrap().data.get(), data);
    assert_eq!(read_binary(&PLAIN, None, &format!(" {data}\n")).unwrap().data.get(), data);
    for kind in
        ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/vnd.acme+json"]
    {
        assert_eq!(with(&format!(r#","datacontenttype":"{kind}","data":[1]"#)).unwrap().data.get(), "[1]");
        assert_eq!(read_binary(&PLAIN, Some(kind), "[1]").unwrap().data.get(), "[1]");
    }
    let text = read_binary(&PLAIN, Some("text/plain; charset=\"UTF-8\""), "a \"b\"\nü").unwrap();
    assert_eq!(text.data.get(), r#""a \"b\"\nü""#);
    assert_eq!(text.attributes.datacontenttype.as_deref(), Some("text/plain; charset=\"UTF-8\""));
    assert_eq!(
        with(r#","datacontenttype":"text/csv","data":"a\u002cb""#).unwrap().data.get(),
        r#""a\u002cb""#
    );
    for kind in ["application/xml", "image/png", "json", "", "text/", "/json"] {
        assert!(with(&format!(r#","datacontenttype":"{kind}","data":"x""#)).is_err(), "{kind}");
    }
    assert_eq!(places(with(r#","datacontenttype":"text/plain","data":{}"#))[0].0, "/data");
    assert_eq!(places(read_binary(&PLAIN, Some("text/plain; charset=latin1"), "x"))[0].0, "Content-Type");
    assert!(matches!(read_binary(&PLAIN, None, "a"), Err(Refused::NotJson(_))));
}

#[test]
fn no_data_is_null() {
    for none in [with(""), with(r#","data":null,"data_base64":null,"datacontenttype":null"#)] {
        assert_eq!(none.unwrap().data.get(), "null");
    }
    let none = read_binary(&PLAIN, Some("application/vnd.acme+json"), "").unwrap();
    assert_eq!((none.data.get(), none.attributes.datacontenttype), ("null", None));
    assert_eq!(read_binary(&PLAIN, Some("text/plain"), "").unwrap().data.get(), "\"\"");
}

#[test]
fn values_have_the_types_and_limits_of_the_specification() {
    let read = with(
        r#","yes":true,"no":false,"least":-2147483648,"most":2147483647,"text":"\ud83d\ude00","unset":null"#,
    );
    let expected = json!({"yes": true, "no": false, "least": i32::MIN, "most": i32::MAX, "text": "😀"});
    assert_eq!(serde_json::to_value(read.unwrap().attributes.extensions).unwrap(), expected);
    for bad in [r#""a\u0000""#, r#""\u0085""#, r#""\uffff""#, r#""\ud800""#, "1e3", "1.0", "{}"] {
        assert_eq!(places(with(&format!(r#","x":{bad}"#)))[0].0, "/x", "{bad}");
    }
    let value = |bytes: usize| with(&format!(r#","x":"{}""#, "a".repeat(bytes)));
    assert!(value(VALUE_BYTES_MAX).is_ok());
    assert!(
        uri_reference("/".repeat(VALUE_BYTES_MAX)).is_ok()
            && uri_reference("/".repeat(VALUE_BYTES_MAX + 1)).is_err()
    );
    assert_eq!(places(value(VALUE_BYTES_MAX + 1))[0].0, "/x");
    let many = |count: usize| with(&members("x", count));
    assert!(many(EXTENSIONS_MAX).is_ok());
    assert_eq!(
        places(many(EXTENSIONS_MAX + 1)),
        [(String::new(), "may have 20 extensions, and has 21".to_owned())]
    );
    for name in ["a_b", "A", "", "ü", "a/b~c", &"a".repeat(21)] {
        assert!(with(&format!(r#","{name}":1"#)).is_err(), "{name}");
    }
    assert_eq!(places(with(&members("X", 1000))).len(), WRONG_MAX);
}

#[test]
fn sources_are_uri_references_and_schemas_uris() {
    for good in
        ["/s", "https://a.example/b?c#d", "urn:uuid:6e8b", "mailto:a@b.example", "1-555-123-4567", "a%20b"]
    {
        let body = format!(r#"{{"specversion":"1.0","id":"1","source":"{good}","type":"a"}}"#);
        assert_eq!(read(&body).unwrap().attributes.source, good);
    }
    for bad in ["", "a b", "ü", "a%2", "a#b#c", "<a>"] {
        let body = format!(r#"{{"specversion":"1.0","id":"1","source":"{bad}","type":"a"}}"#);
        assert_eq!(places(read(&body))[0].0, "/source", "{bad}");
    }
    assert!(with(r#","dataschema":"https://a.example/b""#).is_ok());
    assert!(with(r#","dataschema":"/b""#).is_err() && with(r#","dataschema":"1a:b""#).is_err());
}

#[test]
fn headers_are_taken_out_of_quotes_and_percent_decoded_once() {
    let subject = |value: &str| {
        let headers = [&PLAIN[..], &[("ce-subject", value)]].concat();
        read_binary(&headers, None, "1").map(|read| read.attributes.subject.unwrap())
    };
    for (written, meant) in [
        // HTTP binding, §3.1.3.2.
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("%e2%82%ac", "€"),
        ("%41", "A"),
        ("%2541", "%41"),
        ("\"a \\\"b\\\\ %20\"", "a \"b\\  "),
        ("a b", "a b"),
        ("€", "€"),
        ("\"", "\""),
    ] {
        assert_eq!(subject(written).unwrap(), meant, "{written}");
    }
    // An overlong space, half a digit, no digit.
    for bad in ["%C0%A0", "%4", "100%", "%zz", "%0a", "\"\""] {
        assert_eq!(places(subject(bad).map(|_| unreachable!()))[0].0, "ce-subject", "{bad}");
    }
    let twice = [&PLAIN[..], &[("CE-ID", "2")]].concat();
    assert_eq!(places(read_binary(&twice, None, "1")), [("ce-id".to_owned(), "is there twice".to_owned())]);
    let stray = [&PLAIN[..], &[("ce-datacontenttype", "application/json"), ("other", "x")]].concat();
    assert_eq!(places(read_binary(&stray, None, "1"))[0].0, "Content-Type");
    assert!(places(read_binary(&[&PLAIN[..], &[("ce-data", "x")]].concat(), None, "1"))[0].0 == "ce-data");
}

#[test]
fn two_sources_with_one_id_are_two_events() {
    let of = |source: &str, id: &str| {
        let body = format!(r#"{{"specversion":"1.0","id":"{id}","source":"{source}","type":"a"}}"#);
        read(&body).unwrap().dedupe(&tenant())
    };
    assert_eq!(of("/a", "1"), of("/a", "1"));
    assert_eq!(of("/a", "1"), dedupe_hash(&tenant(), "/a", "1"));
    let all =
        [of("/a", "1"), of("/b", "1"), of("/a", "2"), of("/a1", "1"), event::dedupe_hash(&tenant(), "1")];
    assert_eq!(std::collections::BTreeSet::from(all).len(), all.len());
}

#[test]
fn what_a_message_says_of_the_event_goes_before_and_the_rest_is_kept() {
    let at = time::macros::datetime!(2026-01-02 03:04:05 UTC);
    let named = Named {
        event_type: Some("order.paid".parse().unwrap()),
        key: Some(EventKey::parse("k").unwrap()),
        occurred_at: Some(at),
    };
    let body = r#"{"specversion":"1.0","id":"1","source":"/s","type":"com/acme paid","time":"2020-01-02T03:04:05Z"}"#;
    let read = structured(serde_json::from_str(body).unwrap(), named).unwrap();
    assert_eq!(
        (read.event_type.as_str(), read.key.as_str(), read.occurred_at),
        ("order.paid", "k", Some(at))
    );
    assert_eq!(read.dedupe(&tenant()), event::dedupe_hash(&tenant(), "k"));
    assert_eq!(
        (read.attributes.id.as_deref(), read.attributes.kind.as_deref()),
        (Some("1"), Some("com/acme paid"))
    );
    let same = with("").unwrap();
    assert_eq!((same.attributes.id, same.attributes.kind), (None, None));
}

#[test]
fn the_mode_is_told_by_content_type_and_version() {
    for (content_type, has_version, mode) in [
        (Some("application/cloudevents+json"), false, Some(Mode::Structured)),
        (Some("Application/CloudEvents+JSON; charset=utf-8"), true, Some(Mode::Structured)),
        (Some("application/cloudevents"), false, Some(Mode::Structured)),
        (Some("application/cloudevents-batch+json"), false, Some(Mode::Batch)),
        (Some("application/json"), true, Some(Mode::Binary)),
        (Some("application/cloudeventsx"), true, Some(Mode::Binary)),
        (None, true, Some(Mode::Binary)),
        (Some("application/json"), false, None),
        (None, false, None),
    ] {
        assert_eq!(Mode::of(content_type, has_version), Ok(mode), "{content_type:?}");
    }
    for other in ["application/cloudevents+avro", "application/cloudevents-batch+xml"] {
        assert!(Mode::of(Some(other), true).is_err(), "{other}");
    }
}
