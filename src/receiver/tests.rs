use axum::http::{HeaderName, HeaderValue};
use bytes::Bytes;
use domain::signature::{Signer, SigningKey, sign_hex, standard_header};
use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00:00 UTC);
const BODY: &[u8] = br#"{"event":"order.created","data":{}}"#;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        NOW
    }

    fn uptime(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn random(&self) -> f64 {
        0.5
    }
}

fn secret() -> Secret {
    Secret::parse("a plain secret of some length").unwrap()
}

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let field = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
    };
    fields.iter().map(field).collect()
}

fn signed(prefix: &str, seconds: i64) -> HeaderMap {
    headers(&[
        ("webhook-id", "dlv_1"),
        ("webhook-timestamp", &seconds.to_string()),
        ("webhook-signature", &standard_header([Signer::V1(&secret())], "dlv_1", seconds, BODY)),
        (&format!("{prefix}event"), "order.created"),
        (&format!("{prefix}attempt"), "2"),
        (&format!("{prefix}signature"), &sign_hex(&secret(), BODY)),
    ])
}

fn read(headers: &HeaderMap, secret: Option<&Secret>) -> Webhook {
    read_by(headers, Known { secret, public_key: None })
}

fn read_by(headers: &HeaderMap, known: Known<'_>) -> Webhook {
    Webhook::read(headers, Bytes::from_static(BODY), known, NOW)
}

#[test]
fn both_signatures_are_verified_whatever_the_prefix() {
    for prefix in ["x-webhook-", "x-devcard-"] {
        let webhook = read(&signed(prefix, NOW.unix_timestamp()), Some(&secret()));
        assert_eq!((&webhook.standard, &webhook.hex), (&Check::Verified, &Check::Verified), "{prefix}");
        assert_eq!(webhook.line(), "order.created  dlv_1  attempt 2  signature ✓");
    }
}

#[test]
fn a_wrong_or_missing_signature_is_said() {
    let mut headers = signed("x-webhook-", NOW.unix_timestamp());
    headers.insert("x-webhook-signature", HeaderValue::from_static("sha256=00"));
    let webhook = read(&headers, Some(&secret()));
    assert_eq!(webhook.standard, Check::Verified);
    assert!(webhook.line().contains("✗ (sha256: no signature matches"), "{}", webhook.line());

    let old = read(&signed("x-webhook-", NOW.unix_timestamp() - 301), Some(&secret()));
    assert!(
        old.line().contains("✗ (webhook-signature: the timestamp is further in the past"),
        "{}",
        old.line()
    );

    let other = Secret::parse("another secret of some length").unwrap();
    assert_eq!(read(&signed("x-webhook-", NOW.unix_timestamp()), Some(&other)).is_verified(), Some(false));

    let bare = read(&HeaderMap::new(), Some(&secret()));
    assert_eq!(bare.line(), "order.created  -  attempt -  signature ✗ (there is none)");
}

#[test]
fn one_kind_of_signature_is_enough() {
    let headers = headers(&[("x-webhook-signature", &sign_hex(&secret(), BODY))]);
    assert_eq!(read(&headers, Some(&secret())).is_verified(), Some(true));
}

#[test]
fn a_public_key_alone_is_enough_for_v1a() {
    let (key, other) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]).public());
    let mut headers = signed("x-webhook-", NOW.unix_timestamp());
    let read = |headers: &HeaderMap, public_key: &PublicKey| {
        read_by(headers, Known { secret: None, public_key: Some(public_key) })
    };
    assert_eq!(read(&headers, &key.public()).is_verified(), Some(false), "there is no v1a");
    let signature = standard_header([Signer::V1a(&key)], "dlv_1", NOW.unix_timestamp(), BODY);
    headers.insert("webhook-signature", HeaderValue::from_str(&signature).unwrap());
    assert_eq!(read(&headers, &key.public()).is_verified(), Some(true));
    let wrong = read(&headers, &other);
    assert!(wrong.line().contains("✗ (v1a: no signature matches"), "{}", wrong.line());
    let both = Known { secret: Some(&secret()), public_key: Some(&key.public()) };
    assert_eq!(read_by(&headers, both).is_verified(), Some(true), "v1 is absent, v1a and sha256 are right");
}

#[test]
fn without_a_secret_nothing_is_claimed() {
    let webhook = read(&signed("x-webhook-", NOW.unix_timestamp()), None);
    assert_eq!(webhook.is_verified(), None);
    assert!(webhook.line().ends_with("signature not checked"), "{}", webhook.line());
}

async fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn statuses_come_in_turn_and_each_webhook_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let statuses = vec![StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR];
    let options = Options { secret: None, public_key: None, statuses, clock: Arc::new(Noon) };
    let (receiver, mut webhooks) = Receiver::start(listener, options).unwrap();
    let post = b"POST /any/path HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(ask(receiver.address, post).await);
        assert_eq!(webhooks.recv().await.unwrap().body, Bytes::from_static(b"{}"));
    }
    assert_eq!(answers, ["HTTP/1.1 200 OK", "HTTP/1.1 500 Internal Server Error", "HTTP/1.1 200 OK"]);
    let get = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert_eq!(ask(receiver.address, get).await, "HTTP/1.1 405 Method Not Allowed");
    receiver.stop().await;
    assert_eq!(webhooks.recv().await, None);
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused_and_not_shown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { secret: None, public_key: None, statuses: Vec::new(), clock: Arc::new(Noon) };
    let (receiver, mut webhooks) = Receiver::start(listener, options).unwrap();
    let length = BODY_BYTES_MAX + 1;
    let head = format!("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    let request = [head.into_bytes(), vec![b' '; length]].concat();
    assert_eq!(ask(receiver.address, &request).await, "HTTP/1.1 413 Payload Too Large");
    receiver.stop().await;
    assert_eq!(webhooks.recv().await, None);
}

proptest! {
    #[test]
    fn nobody_without_the_key_is_verified_and_no_terminal_is_moved(
        names in prop::collection::vec("webhook-(id|timestamp|signature)|x-[a-z]{0,3}-(signature|event|id)|[a-z]{1,5}", 0..8),
        values in prop::collection::vec("(v1a?,|sha256=)?[0-9a-fA-F+/=, -]{0,90}|17[0-9]{8}|[ -~é]{0,20}", 8),
        body in prop::collection::vec(any::<u8>(), 0..60),
        json in "[\\[{]{0,9}(\"[^\"]{0,5}\"[:,])?[0-9null]{0,4}[}\\]]{0,9}",
        event in "[a-z]{0,3}(\\\\u00[0-9a-f]{2})?",
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in names.iter().zip(&values) {
            let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else { continue };
            headers.append(name, value);
        }
        let (secret, key) = (secret(), SigningKey::from_seed(&[1; 32]).public());
        let known = Known { secret: Some(&secret), public_key: Some(&key) };
        for body in [body, json.into_bytes(), format!("{{\"event\":\"{event}\"}}").into_bytes()] {
            let webhook = Webhook::read(&headers, body.into(), known, NOW);
            prop_assert_eq!(webhook.is_verified(), Some(false));
            prop_assert!(!webhook.line().contains(char::is_control), "{}", webhook.line());
            let page = webhook.page();
            prop_assert!(!page.replace('\n', "").contains(char::is_control), "{page}");
        }
    }
}
