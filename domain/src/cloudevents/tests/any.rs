//! Whatever comes: nothing panics, what is taken is written as it was read, and both modes are one.

use proptest::prelude::*;

use super::*;
use crate::format::Format;

/// A CloudEvent as a producer may have it.
#[derive(Debug, Clone)]
struct Sent {
    id: String,
    source: String,
    kind: String,
    time: Option<String>,
    subject: Option<String>,
    dataschema: Option<String>,
    content_type: Option<&'static str>,
    extensions: BTreeMap<String, serde_json::Value>,
    data: serde_json::Value,
}

fn any_text() -> impl Strategy<Value = String> {
    // Neither control characters nor noncharacters.
    "[ -~¡-ÿ€😀]{1,30}"
}

fn any_sent() -> impl Strategy<Value = Sent> {
    let value = prop_oneof![
        any_text().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i32>().prop_map(serde_json::Value::from),
    ];
    // Never the name of an attribute: none ends in a digit.
    let extensions = prop::collection::btree_map("[a-z0-9]{1,19}[0-9]", value, 0..6);
    let data = prop_oneof![
        any::<Option<i64>>().prop_map(|number| json!(number)),
        any::<String>().prop_map(|text| json!({"text": [text]})),
    ];
    let optional = (
        prop::option::of("20[0-9]{2}-0[1-9]-1[0-9]T0[0-9]:[0-5][0-9]:00\\.[0-9]{3}Z"),
        prop::option::of(any_text()),
        prop::option::of(
            "https://[a-z]{1,5}\\.example/[a-z%25]{0,2}#?[a-z]{0,3}"
                .prop_filter("percent signs need digits", |uri| !uri.contains('%')),
        ),
        prop::option::of(prop::sample::select(vec!["application/json", "application/a+json", "text/plain"])),
    );
    let required = ("[ -~]{1,40}", "[a-zA-Z0-9/:._~-]{1,40}", "[a-z0-9_-]{1,8}(\\.[a-zA-Z0-9_-]{1,8}){0,3}");
    (required, optional, extensions, data, any::<String>()).prop_map(
        |((id, source, kind), (time, subject, dataschema, content_type), extensions, data, text)| {
            let data = if content_type == Some("text/plain") { text.into() } else { data };
            Sent { id, source, kind, time, subject, dataschema, content_type, extensions, data }
        },
    )
}

impl Sent {
    fn attributes(&self) -> BTreeMap<String, serde_json::Value> {
        let optional = [("time", &self.time), ("subject", &self.subject), ("dataschema", &self.dataschema)];
        let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let required =
            [("specversion", "1.0"), ("id", &self.id), ("source", &self.source), ("type", &self.kind)];
        let all = required.map(|(name, value)| (name, value.to_owned())).into_iter().chain(optional);
        let mut all: BTreeMap<_, _> = all.map(|(name, value)| (name.to_owned(), value.into())).collect();
        all.extend(self.extensions.clone());
        all
    }

    fn structured(&self) -> String {
        let mut members = self.attributes();
        members.extend(self.content_type.map(|text| ("datacontenttype".to_owned(), text.into())));
        members.insert("data".to_owned(), self.data.clone());
        serde_json::to_string_pretty(&members).unwrap()
    }

    fn headers(&self) -> Vec<(String, String)> {
        let text = |value: serde_json::Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let header = |(name, value)| (format!("Ce-{name}"), percent_encoded(&text(value)));
        self.attributes().into_iter().map(header).collect()
    }

    fn body(&self) -> String {
        match self.content_type {
            Some("text/plain") => self.data.as_str().unwrap().to_owned(),
            _ => self.data.to_string(),
        }
    }
}

/// HTTP binding, §3.1.3.2.
fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'"' | b'%' => format!("%{byte:02X}"),
        0x21..=0x7e => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// As an endpoint gets it in the format `cloudevents`, where nothing was said of the time.
fn sent_out(read: &CloudEvent) -> Vec<u8> {
    let at = read.occurred_at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let data = read.data.get().as_bytes();
    Format::CloudEvents.body(&tenant(), &read.event_type, at, read.key.as_str(), data, Some(&read.attributes))
}

/// What is taken goes out as a CloudEvent that is read as the same, and is written as the same again.
fn is_kept(read: &CloudEvent) {
    let kept: Attributes = serde_json::from_value(serde_json::to_value(&read.attributes).unwrap()).unwrap();
    assert_eq!(kept, read.attributes);
    let named = Named {
        event_type: Some(read.event_type.clone()),
        key: Some(read.key.clone()),
        occurred_at: read.occurred_at,
    };
    let written = sent_out(read);
    let again = structured(serde_json::from_slice(&written).unwrap(), named).unwrap();
    assert_eq!((again.data.get(), &again.attributes), (read.data.get(), &read.attributes));
    assert_eq!(sent_out(&again), written);
}

fn is_said(refused: &Refused) {
    let Refused::Wrong(wrong) = refused else { return };
    assert!((1..=WRONG_MAX).contains(&wrong.len()));
    assert!(wrong.iter().all(|Wrong { detail, .. }| detail.contains(' ')), "{wrong:?}");
}

proptest! {
    #[test]
    fn what_a_producer_sends_goes_out_as_it_came(sent in any_sent()) {
        let read = read(&sent.structured()).unwrap();
        let out: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&sent_out(&read)).unwrap();
        let mut expected = sent.attributes();
        expected.entry("time".to_owned()).or_insert_with(|| "1970-01-01T00:00:00.000Z".into());
        expected.insert("datacontenttype".to_owned(), sent.content_type.unwrap_or("application/json").into());
        expected.insert("data".to_owned(), sent.data.clone());
        prop_assert_eq!(out, expected);
        is_kept(&read);
    }

    #[test]
    fn both_modes_are_one(mut sent in any_sent()) {
        // A header has no types.
        for value in sent.extensions.values_mut().filter(|value| !value.is_string()) {
            *value = value.to_string().into();
        }
        let written = sent.headers();
        let headers = written.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let binary = binary(headers, sent.content_type, sent.body().as_bytes(), Named::default()).unwrap();
        let structured = read(&sent.structured()).unwrap();
        prop_assert_eq!(&binary.attributes, &structured.attributes);
        prop_assert_eq!(binary.dedupe(&tenant()), structured.dedupe(&tenant()));
        prop_assert_eq!((binary.key, binary.event_type, binary.occurred_at),
            (structured.key, structured.event_type, structured.occurred_at));
        let value = |data: &RawValue| serde_json::from_str::<serde_json::Value>(data.get()).unwrap();
        prop_assert_eq!(value(&binary.data), value(&structured.data));
    }

    #[test]
    fn any_body_is_kept_or_refused_with_words(
        far in prop::collection::vec(any::<u8>(), 0..80),
        near in "\\{(\"(specversion|id|source|type|time|subject|data|data_base64|datacontenttype|x|[A-z]{0,3})\": ?(\"(1\\.0|a|/s|text/plain|[^\"]{0,3})\"|-?[0-9.eE]{1,4}|null|true|[\\[{]{0,3}[\\]}]{0,3}),?){0,9}\\}?",
        more in "(,\"(subject|time|dataschema|datacontenttype|data|[a-z]{1,21})\": ?(\"[^\"\\\\]{0,8}\"|-?[0-9]{1,11}|null|true|\\[\\])){0,4}",
    ) {
        let near_right = format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"a"{more}}}"#);
        for body in [&far[..], near.as_bytes(), near_right.as_bytes()] {
            let Ok(whole) = serde_json::from_slice(body) else { continue };
            match structured(whole, Named::default()) {
                Ok(read) => is_kept(&read),
                Err(refused) => is_said(&refused),
            }
        }
    }

    #[test]
    fn any_headers_are_kept_or_refused_with_words(
        names in prop::collection::vec("(ce|CE)-(specversion|id|source|type|time|subject|dataschema|[a-z_]{0,4})|[a-z-]{0,4}", 0..9),
        values in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..12),
            "\"?(1\\.0|a|/s|%[0-9A-F]{1,2}|\\\\){0,3}\"?".prop_map(String::into_bytes),
        ], 9),
        content_type in prop::option::of("(text|application|[a-z]{0,3})/(json|plain|a\\+json)(; ?charset=(utf-8|x))?"),
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..20), Just(b"[1]".to_vec())],
        is_whole in any::<bool>(),
    ) {
        let plain = PLAIN.map(|(name, value)| (name, value.as_bytes()));
        let any = names.iter().map(String::as_str).zip(values.iter().map(Vec::as_slice));
        // Half of them with all that is required, and whatever else is no attribute of those.
        let known = |name: &str| PLAIN.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let headers: Vec<(&str, &[u8])> = if is_whole {
            plain.into_iter().chain(any.filter(|(name, _)| !known(name))).collect()
        } else {
            any.collect()
        };
        match binary(headers.into_iter(), content_type.as_deref(), &body, Named::default()) {
            Ok(read) => is_kept(&read),
            Err(refused) => is_said(&refused),
        }
    }

    #[test]
    fn any_content_type_is_a_mode_or_none(text in any::<String>(), near in "application/cloudevents[+a-z;-]{0,8}", has_version in any::<bool>()) {
        for text in [text, near] {
            let _ = Mode::of(Some(&text), has_version);
        }
    }
}
