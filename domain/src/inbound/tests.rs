#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::signature::{Secret, sign_hex, sign_v1};

const NOW: OffsetDateTime = time::macros::datetime!(2026-01-02 03:04:05 UTC);
const TEXT: &str = "a secret of twenty-nine chars";

fn secret() -> Secret {
    Secret::literal(TEXT).unwrap()
}

/// A request, owned.
struct Sent {
    headers: BTreeMap<String, String>,
    is_form: bool,
    body: Vec<u8>,
}

impl Sent {
    fn new(body: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { headers: headers.collect(), is_form: false, body: body.into() }
    }

    fn with<T>(&self, look: impl FnOnce(&Received<'_>) -> T) -> T {
        let header = |name: &str| self.headers.get(name).map(String::as_str);
        look(&Received { header: &header, is_form: self.is_form, body: &self.body })
    }

    fn read(&self, manner: &Manner) -> Result<Reading, Refused> {
        self.with(|received| manner.read(None, received))
    }

    fn mapped(&self, manner: &Manner) -> Mapped {
        match self.read(manner).unwrap() {
            Reading::Event(mapped) => *mapped,
            Reading::Ping => panic!("it is a ping"),
        }
    }

    fn refused(&self, manner: &Manner) -> String {
        match self.read(manner) {
            Err(Refused::At(place, _)) => place,
            other => panic!("{other:?}"),
        }
    }
}

fn github(event: &str, body: &str) -> Sent {
    Sent::new(body, &[("x-github-event", event), ("x-github-delivery", "d-1")])
}

fn generic(settings: &serde_json::Value) -> Manner {
    Manner::GenericHmac(serde_json::from_value(settings.clone()).unwrap())
}

#[test]
fn githubs_types_have_the_action_where_it_is_a_token() {
    for (event, body, expected) in [
        ("push", r#"{"ref":"refs/heads/main"}"#, "github.push"),
        ("issues", r#"{"issue":{"action":"not this"},"action":"opened"}"#, "github.issues.opened"),
        ("repository_dispatch", r#"{"action":"deploy it"}"#, "github.repository_dispatch"),
        ("repository_dispatch", r#"{"action":"a.b"}"#, "github.repository_dispatch"),
        ("star", r#"{"action":7}"#, "github.star.7"),
        ("star", r#"{"action":null}"#, "github.star"),
        ("star", "[]", "github.star"),
    ] {
        assert_eq!(github(event, body).mapped(&Manner::Github).event_type.as_str(), expected, "{body}");
    }
    let long = format!(r#"{{"action":"{}"}}"#, "x".repeat(200));
    assert_eq!(github("star", &long).mapped(&Manner::Github).event_type.as_str(), "github.star");
}

#[test]
fn githubs_headers_are_required_and_of_their_form() {
    for event in ["a.b", "", "a b", "ü", &"x".repeat(200)] {
        assert_eq!(github(event, "{}").refused(&Manner::Github), "X-GitHub-Event", "{event}");
    }
    assert_eq!(Sent::new("{}", &[("x-github-event", "push")]).refused(&Manner::Github), "X-GitHub-Delivery");
    assert_eq!(Sent::new("{}", &[("x-github-delivery", "d")]).refused(&Manner::Github), "X-GitHub-Event");
    assert!(matches!(github("push", "{").read(&Manner::Github), Err(Refused::NotJson(_))));
    assert!(matches!(github("ping", "{").read(&Manner::Github), Ok(Reading::Ping)));
}

#[test]
fn a_form_holds_the_payload_and_is_kept_as_it_came() {
    let mut sent = github("push", "a=b&payload=%7B%22a%22%3A%22x+y%26%22%7D");
    sent.is_form = true;
    let mapped = sent.mapped(&Manner::Github);
    assert_eq!(mapped.data.get(), r#"{"a":"x y&"}"#);
    assert_eq!(mapped.note.raw_body.as_deref(), Some("a=b&payload=%7B%22a%22%3A%22x+y%26%22%7D"));
    sent.body = b"body=1".to_vec();
    assert_eq!(sent.refused(&Manner::Github), "/payload");
}

#[test]
fn a_payload_stays_as_it_was_and_the_body_is_kept_where_there_was_more() {
    let mapped = github("push", "{\"n\": 1.10 }\n").mapped(&Manner::Github);
    assert_eq!(
        (mapped.data.get(), mapped.note.raw_body.as_deref()),
        ("{\"n\": 1.10 }", Some("{\"n\": 1.10 }\n"))
    );
    assert_eq!(github("push", "{\"n\": 1.10 }").mapped(&Manner::Github).note.raw_body, None);
}

#[test]
fn only_the_right_signature_over_the_very_bytes_verifies() {
    let verifies = |name: &str, value: &str, body: &str, secrets: &[Secret]| {
        let sent = Sent::new(body, &[(name, value)]);
        sent.with(|received| Manner::Github.verifies(secrets, received, NOW))
    };
    let (secrets, signature) = ([secret()], sign_hex(&secret(), b"{}"));
    assert!(verifies("x-hub-signature-256", &signature, "{}", &secrets));
    assert!(!verifies("x-hub-signature-256", &signature.replace("sha256=", "SHA256="), "{}", &secrets));
    assert!(!verifies("x-hub-signature-256", &signature, "{ }", &secrets));
    assert!(!verifies("x-hub-signature-256", &signature[7..], "{}", &secrets));
    assert!(!verifies("x-hub-signature", &signature, "{}", &secrets));
    let other = Secret::literal("another secret altogether").unwrap();
    assert!(!verifies("x-hub-signature-256", &signature, "{}", std::slice::from_ref(&other)));
    assert!(verifies("x-hub-signature-256", &signature, "{}", &[other, secret()]));
}

/// GitHub takes the text itself for its key, even one that looks like Standard Webhooks'.
#[test]
fn a_secret_is_what_its_sender_takes_for_the_key() {
    let text = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let of = |kind: Kind| sign_hex(&kind.secret(text).unwrap(), b"x");
    assert_eq!(of(Kind::Github), of(Kind::GenericHmac));
    assert_ne!(of(Kind::Github), of(Kind::Standard));
}

#[test]
fn standard_webhooks_are_verified_by_id_time_and_body() {
    let stamp = NOW.unix_timestamp();
    let verifies = |id: &str, timestamp: &str, signatures: &str| {
        let headers =
            [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signatures)];
        let sent = Sent::new("{\"type\":\"a.b\"}", &headers);
        sent.with(|received| Manner::Standard.verifies(&[secret()], received, NOW))
    };
    let signed = |id: &str, at: i64| sign_v1(&secret(), id, at, b"{\"type\":\"a.b\"}");
    assert!(verifies("m1", &stamp.to_string(), &format!("v1,AAAA {}", signed("m1", stamp))));
    assert!(!verifies("m2", &stamp.to_string(), &signed("m1", stamp)));
    for (at, is_right) in
        [(stamp - 300, true), (stamp + 300, true), (stamp - 301, false), (stamp + 301, false)]
    {
        assert_eq!(verifies("m1", &at.to_string(), &signed("m1", at)), is_right, "{at}");
    }
    assert!(!verifies("m1", "now", &signed("m1", stamp)));
    let mapped = Sent::new("{\"type\":\"a.b\"}", &[("webhook-id", "m1")]).mapped(&Manner::Standard);
    assert_eq!((mapped.event_type.as_str(), mapped.is_id_signed), ("a.b", true));
    assert_eq!(Sent::new("{}", &[("webhook-id", "m1")]).refused(&Manner::Standard), "/type");
    assert_eq!(Sent::new("{\"type\":\"a b\"}", &[("webhook-id", "m1")]).refused(&Manner::Standard), "/type");
}

#[test]
fn other_senders_are_read_as_their_settings_say() {
    let manner =
        generic(&json!({"header": "X-Shop-Hmac", "encoding": "base64", "type": {"header": "X-Topic"},
        "fallbackType": "shop.other", "id": {"pointer": "/order/id"}}));
    let mut sent = Sent::new(r#"{"order":{"id":42}}"#, &[("x-topic", "shop.paid")]);
    let mapped = sent.mapped(&manner);
    assert_eq!((mapped.event_type.as_str(), mapped.id.unwrap().as_str()), ("shop.paid", "42"));
    assert!(mapped.is_id_signed);
    let of_source = sent.with(|received| manner.read(Some(SourceId(uuid::Uuid::nil())), received));
    let Ok(Reading::Event(of_source)) = of_source else { panic!("{of_source:?}") };
    assert_eq!(of_source.id.unwrap().as_str(), format!("{}:42", SourceId(uuid::Uuid::nil())));
    sent.headers.clear();
    assert_eq!(sent.mapped(&manner).event_type.as_str(), "shop.other");
    sent.headers.insert("x-topic".to_owned(), "orders/paid".to_owned());
    assert_eq!(sent.refused(&manner), "X-Topic");
    let id_less = Sent::new("{}", &[]);
    assert_eq!(id_less.refused(&manner), "/order/id");
}

#[test]
fn other_senders_sign_in_hex_or_base64_behind_a_prefix() {
    let hex = sign_hex(&secret(), b"{}");
    let in_hex = generic(&json!({"header": "X-Sig", "prefix": "sha256=", "fallbackType": "a"}));
    let verifies = |manner: &Manner, value: &str| {
        Sent::new("{}", &[("x-sig", value)]).with(|received| manner.verifies(&[secret()], received, NOW))
    };
    assert!(verifies(&in_hex, &hex) && !verifies(&in_hex, &hex[7..]));
    let bytes = crate::signature::unhex(&hex[7..]).unwrap();
    let in_base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let manner = generic(&json!({"header": "x-sig", "encoding": "base64", "fallbackType": "a"}));
    assert!(verifies(&manner, &in_base64) && !verifies(&manner, "") && !verifies(&manner, &in_base64[..40]));
}

#[test]
fn settings_that_lead_nowhere_are_refused() {
    for wrong in [
        json!({"header": "X-Sig"}),
        json!({"header": "X Sig", "fallbackType": "a"}),
        json!({"header": "X-Sig", "fallbackType": "a b"}),
        json!({"header": "X-Sig", "fallbackType": "a", "prefix": "ü"}),
        json!({"header": "X-Sig", "fallbackType": "a", "encoding": "base32"}),
        json!({"header": "X-Sig", "type": {"pointer": "type"}}),
        json!({"header": "X-Sig", "type": {"header": "X", "pointer": "/x"}}),
        json!({"header": "X-Sig", "fallbackType": "a", "hash": "md5"}),
    ] {
        assert!(serde_json::from_value::<GenericHmac>(wrong.clone()).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_request_is_an_event_or_refused_with_words(
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        near in "(payload=)?(%7B|\\{)?\"(action|type|id)\":?(\"[a-z .]{0,6}\"|[0-9]{1,3}|null|\\[)?(%7D|\\})?",
        value in "[!-~ ]{0,20}",
        is_form: bool,
    ) {
        let manners = [
            Manner::Github,
            Manner::Standard,
            generic(&json!({"header": "x-hub-signature-256", "type": {"pointer": "/type"},
                "id": {"header": "webhook-id"}, "fallbackType": "a"})),
        ];
        let names = ["x-github-event", "x-github-delivery", "x-hub-signature-256", "webhook-id", "webhook-timestamp",
            "webhook-signature"];
        let headers: Vec<(&str, &str)> = names.iter().map(|name| (*name, value.as_str())).collect();
        for body in [bytes, near.into_bytes()] {
            let mut sent = Sent::new(body, &headers);
            sent.is_form = is_form;
            for manner in &manners {
                prop_assert!(!sent.with(|received| manner.verifies(&[secret()], received, NOW)));
                match sent.read(manner) {
                    Ok(Reading::Event(mapped)) => prop_assert!(mapped.event_type.tokens().count() > 0),
                    Ok(Reading::Ping) => prop_assert_eq!(&value, "ping"),
                    Err(Refused::At(_, why)) => prop_assert!(why.contains(' '), "{why}"),
                    Err(Refused::NotJson(error)) => prop_assert!(error.line() > 0, "{error}"),
                }
            }
        }
    }
}
