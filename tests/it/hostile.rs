//! Receivers that wish us ill: each attempt ends in time and with its name, nobody else notices, and memory stays flat.

use std::time::Duration;

use domain::attempt::KeptBody;
use serde_json::{Value, json};

use crate::support::hostile::gzip_bomb;
use crate::support::memory::resident_bytes;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::{Hostile, Nasty, Receiver, app, wait};

/// For those that never come to an end.
const SHORT_MS: u64 = 800;
/// For those that do: even on a busy machine never reached.
const AMPLE_MS: u64 = 20_000;
/// How much later than its deadline an attempt may end.
const GRACE_MS: u64 = 2000;
const BODY_MAX: usize = 16 * 1024;
/// Deliveries to each endpoint, one after another.
const EVENTS: usize = 4;

/// One receiver, and what has to come of it.
struct Case {
    name: &'static str,
    scheme: &'static str,
    nasty: Nasty,
    timeout_ms: u64,
    outcome: &'static str,
    /// The body that is shown, and whether it went on.
    shown: Option<(String, bool)>,
}

fn case(name: &'static str, outcome: &'static str, nasty: Nasty) -> Case {
    let timeout_ms = if outcome == "timeout" { SHORT_MS } else { AMPLE_MS };
    Case { name, scheme: "http", nasty, timeout_ms, outcome, shown: None }
}

impl Case {
    fn shown(self, body: impl Into<String>, truncated: bool) -> Self {
        Self { shown: Some((body.into(), truncated)), ..self }
    }

    fn by_tls(self) -> Self {
        Self { scheme: "https", ..self }
    }
}

fn says(answer: impl AsRef<[u8]>) -> Nasty {
    Nasty::Says(answer.as_ref().to_vec(), Duration::ZERO)
}

fn hangs(answer: &str) -> Nasty {
    Nasty::Hangs(answer.into())
}

/// As fast as it is taken.
fn floods(head: &str, piece: &str) -> Nasty {
    Nasty::Repeats(head.into(), piece.repeat(256).into(), None)
}

fn drips(head: &str, piece: &str) -> Nasty {
    Nasty::Repeats(head.into(), piece.into(), Some(Duration::from_millis(50)))
}

fn endless_headers() -> Nasty {
    floods("HTTP/1.1 200 OK\r\n", "X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n")
}

fn endless_hints() -> Nasty {
    floods("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
}

fn gzipped(size: usize) -> Nasty {
    let bomb = gzip_bomb(size);
    let kind = "Content-Encoding: gzip\r\nConnection: close";
    let head = format!("HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {}\r\n\r\n", bomb.len());
    says([head.into_bytes(), bomb].concat())
}

fn slow_ones() -> Vec<Case> {
    let ok = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlate".to_vec();
    vec![
        case("slow", "succeeded", Nasty::Says(ok, Duration::from_secs(1))).shown("late", false),
        case("hanging", "timeout", hangs("")),
        case("hanging after the headers", "timeout", hangs("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nxx")),
        case("hanging instead of TLS", "timeout", hangs("")).by_tls(),
        case("dripping headers", "timeout", drips("HTTP/1.1 200 OK\r\nX-Long: ", "x")),
        case(
            "dripping body",
            "timeout",
            drips("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
        ),
        case(
            "interim answers, dripping",
            "timeout",
            drips("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        ),
        case("continue, dripping", "timeout", drips("", "HTTP/1.1 100 Continue\r\n\r\n")),
        case("never accepting", "timeout", Nasty::NeverAccepts),
    ]
}

fn large_ones() -> Vec<Case> {
    let cut = |piece: &str| piece.repeat(BODY_MAX)[..BODY_MAX].to_owned();
    let long = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Long: {}\r\nContent-Length: 2\r\n\r\nok",
        "x".repeat(40_000)
    );
    let huge = format!("HTTP/1.1 200 OK\r\nX-Huge: {}\r\n\r\n", "x".repeat(400_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nok", "X-A: b\r\n".repeat(500));
    vec![
        case("endless body", "succeeded", floods("HTTP/1.1 200 OK\r\n\r\n", "abcd")).shown(cut("abcd"), true),
        case(
            "endless body of an error",
            "http_error",
            floods("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n"),
        )
        .shown(cut("abcd"), true),
        case("gzip bomb", "succeeded", gzipped(12_000))
            .shown(KeptBody::of(&gzip_bomb(12_000), false).text, false),
        case("endless headers", "protocol_error", endless_headers()),
        case("interim answers", "protocol_error", endless_hints()),
        case("continue", "protocol_error", floods("", "HTTP/1.1 100 Continue\r\n\r\n")),
        case("one long header", "succeeded", says(long)).shown("ok", false),
        case("one huge header", "protocol_error", says(huge)),
        case("many headers", "protocol_error", says(many)),
    ]
}

fn wrong_ones() -> Vec<Case> {
    let stated =
        |length: &str, body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    vec![
        case("resetting at once", "unreachable", Nasty::ResetsAtOnce),
        case("resetting before the answer", "unreachable", Nasty::Resets(Vec::new())),
        case("resetting in the answer", "unreachable", Nasty::Resets(stated("9", "half").into())),
        case("closing", "protocol_error", says("")),
        case("closing instead of TLS", "tls_error", says("")).by_tls(),
        case("another protocol", "protocol_error", says("SSH-2.0-OpenSSH_9.9\r\n\r\n")),
        case("another protocol instead of TLS", "tls_error", says("SSH-2.0-OpenSSH_9.9\r\n\r\n")).by_tls(),
        case("garbage", "protocol_error", floods("", "\u{1}\u{2}garbage")),
        case("length too long", "protocol_error", says(stated("9", "half"))),
        // The surplus must not be taken for the beginning of the next answer.
        case("length too short", "succeeded", hangs(&stated("2", "okHTTP/1.1 500 No\r\n\r\n")))
            .shown("ok", false),
        case("length negative", "protocol_error", says(stated("-4", "half"))),
        case("length beyond numbers", "protocol_error", says(stated("99999999999999999999999", "half"))),
        case("two lengths", "protocol_error", says(stated("4\r\nContent-Length: 2", "half"))),
    ]
}

/// What an endpoint asks for that is not tried again.
fn once(timeout_ms: u64, max_in_flight: u64) -> Value {
    json!({"timeoutMs": timeout_ms, "maxInFlight": max_in_flight, "maxRetries": 0, "autoDisableAfter": null})
}

async fn assert_judged(tenant: &Tenant, endpoint: &Endpoint, case: &Case) {
    let name = case.name;
    let status = if case.outcome == "succeeded" { "success" } else { "dead" };
    let of_it = format!("webhookId={}", endpoint.id);
    let is_over = |delivery: &Value| delivery["status"] != "pending";
    let look = async || tenant.deliveries(&of_it).await;
    for delivery in wait::until(name, look, |all| all.iter().all(is_over)).await {
        let delivery = tenant.delivery(&text(&delivery["id"])).await;
        let attempts = delivery["attempts"].as_array().expect("attempts");
        assert_eq!(attempts.len(), 1, "{name}: {delivery}");
        let attempt = &attempts[0];
        assert_eq!(delivery["status"], status, "{name}: {attempt}");
        assert_eq!(attempt["outcome"], case.outcome, "{name}: {} {}", attempt["error"], attempt["response"]);
        let took = attempt["durationMs"].as_u64().expect("a duration");
        assert!(took <= case.timeout_ms + GRACE_MS, "{name} took {took} ms");
        if case.outcome == "timeout" {
            assert!(took >= case.timeout_ms, "{name} was cut after {took} ms");
        }
        let response = &attempt["response"];
        match &case.shown {
            Some((body, truncated)) => {
                let shown = (text(&response["body"]), response["truncated"] == true);
                assert!(shown == (body.clone(), *truncated), "{name}: {response}");
            }
            None => assert_eq!(response, &Value::Null, "{name}"),
        }
        assert!(
            response["headers"].to_string().len() <= 2 * BODY_MAX,
            "{name}: headers of any size are kept"
        );
    }
}

#[tokio::test]
async fn each_attempt_ends_in_time_and_a_neighbour_is_served_meanwhile() {
    let (app, neighbour) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let mut hostile = Vec::new();
    for case in slow_ones().into_iter().chain(large_ones()).chain(wrong_ones()) {
        let receiver = Hostile::start(case.nasty.clone()).await;
        let settings = once(case.timeout_ms, 1);
        let endpoint = tenant.endpoint_with(&receiver.url(case.scheme), &["order.>"], &settings).await;
        hostile.push((case, receiver, endpoint));
    }
    let served = tenant.endpoint(&neighbour.url(), &["order.>"]).await;
    tenant.publish_many("order.paid", EVENTS).await;
    neighbour.wait_for(EVENTS).await;
    // The neighbour has everything, and those that hang are not through.
    for (case, receiver, _) in hostile.iter().filter(|(case, ..)| case.outcome == "timeout") {
        assert!(receiver.connections() < EVENTS, "the neighbour waited for {}", case.name);
    }
    for (case, receiver, endpoint) in &hostile {
        assert_judged(&tenant, endpoint, case).await;
        // As seen from there: no connection is kept open past its attempt.
        let over = async || (receiver.connections(), receiver.lasted());
        let what = format!("the connections to {} to be over", case.name);
        let (_, lasted) = wait::until(&what, over, |(all, lasted)| *all == lasted.len()).await;
        let longest = lasted.into_iter().max().unwrap_or_default();
        assert!(longest <= Duration::from_millis(case.timeout_ms + GRACE_MS), "{}: {longest:?}", case.name);
    }
    let delivered = tenant.until_count(&served, "success", EVENTS).await;
    assert!(delivered.iter().all(|delivery| delivery["attemptCount"] == 1), "{delivered:?}");
    assert_eq!(neighbour.requests().len(), EVENTS);
}

#[tokio::test]
async fn floods_take_no_memory() {
    const IN_FLIGHT: u64 = 5;
    /// The buffer for an answer's head and for a read of its body, 64 KiB, and what is kept of both.
    const ATTEMPT_BYTES: usize = 128 * 1024;
    /// What an allocator and two hundred deliveries more may cost. One flood that is kept is more than that.
    const SLACK_BYTES: usize = 16 << 20;
    /// What is used for the first time besides: code, pools, an allocator's arenas.
    const FIRST_BYTES: usize = 32 << 20;

    let app = app().await;
    let tenant = app.tenant("acme").await;
    let mut floods_of = Vec::new();
    for nasty in [
        floods("HTTP/1.1 200 OK\r\n\r\n", "abcdefghijklmnopqrstuvwxyz"),
        floods("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n"),
        endless_hints(),
        gzipped(1 << 20),
        endless_headers(),
    ] {
        let receiver = Hostile::start(nasty).await;
        let endpoint =
            tenant.endpoint_with(&receiver.url("http"), &["order.>"], &once(AMPLE_MS, IN_FLIGHT)).await;
        floods_of.push((receiver, endpoint));
    }
    let bound = floods_of.len() * IN_FLIGHT as usize * ATTEMPT_BYTES + SLACK_BYTES;
    let all_judged = async |count: usize, most: usize| {
        tenant.publish_many("order.paid", count).await;
        for (_, endpoint) in &floods_of {
            let look = async || {
                let resident = resident_bytes();
                assert!(resident <= most, "{} KiB, and {} KiB at most", resident >> 10, most >> 10);
                tenant.show(endpoint).await["queued"].as_u64()
            };
            wait::until("all attempts to be over", look, |queued| *queued == Some(0)).await;
        }
    };
    all_judged(10, resident_bytes() + bound + FIRST_BYTES).await;
    all_judged(40, resident_bytes() + bound).await;
    let attempts: usize = floods_of.iter().map(|(receiver, _)| receiver.connections()).sum();
    assert_eq!(attempts, 50 * floods_of.len());
}
