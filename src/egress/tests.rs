//! Egress against receivers that misbehave, each a real socket on loopback.
//!
//! Time is asserted as the promise made of it: an attempt ends by its deadline. `SLACK` is for a busy machine.

mod dns;
mod receiver;
mod spelling;
mod tls;

use std::process::Command;

use receiver::{Receiver, drip, flood, read_request};
use tokio::io::AsyncWriteExt as _;

use super::*;

const SLACK: Duration = Duration::from_secs(5);
/// For receivers that answer: never reached.
const AMPLE: Duration = Duration::from_mins(1);
/// For receivers that do not.
const SHORT: Duration = Duration::from_millis(300);

fn config(allow: &[&str]) -> EgressConfig {
    EgressConfig {
        policy: Policy::new(allow.iter().map(|net| net.parse().unwrap()).collect()),
        extra_ca_file: None,
        nameservers: Vec::new(),
        connect_timeout: AMPLE,
        pool_idle: AMPLE,
        pool_idle_per_host: 8,
        response_max_bytes: 16 * 1024,
    }
}

fn on_loopback() -> Egress {
    Egress::new(&config(&["127.0.0.0/8", "::1/128"])).unwrap()
}

fn request(url: &str, timeout: Duration) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    Request {
        url: EndpointUrl::from_ledger(url).unwrap(),
        headers,
        body: Bytes::from_static(b"{\"n\":1}"),
        timeout,
    }
}

async fn attempt(receiver: &Receiver, timeout: Duration) -> Attempted {
    on_loopback().attempt(request(&receiver.url(), timeout)).await
}

async fn response_to(answer: &'static [u8]) -> Result<Response, Failure> {
    attempt(&Receiver::answering(answer).await, AMPLE).await.result
}

fn assert_timeout(attempted: &Attempted) {
    assert_eq!(attempted.result, Err(Failure::Timeout));
    assert!(attempted.duration >= SHORT && attempted.duration < SHORT + SLACK, "{:?}", attempted.duration);
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let receiver =
        Receiver::answering(b"HTTP/1.1 201 Created\r\nX-Own: \xff1\r\nContent-Length: 5\r\n\r\nhello").await;
    let response = attempt(&receiver, AMPLE).await.result.unwrap();
    assert_eq!(response.status, 201);
    assert_eq!(response.body, "hello");
    assert!(!response.truncated);
    assert_eq!(response.headers[0], ("x-own".to_owned(), "\u{fffd}1".to_owned()));
    assert_eq!(response.retry_after, None);
    let sent = receiver.requests().remove(0);
    assert!(sent.starts_with("POST /hook?a=1 HTTP/1.1\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\n{\"n\":1}"), "{sent}");
    let lower = sent.to_ascii_lowercase();
    for absent in ["accept-encoding", "referer", "cookie", "user-agent"] {
        assert!(!lower.contains(absent), "{sent}");
    }
}

#[tokio::test]
async fn headers_of_framing_are_not_the_callers() {
    let receiver = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let mut request = request(&receiver.url(), AMPLE);
    for (name, value) in
        [("host", "other"), ("transfer-encoding", "chunked"), ("content-length", "1"), ("expect", "x")]
    {
        request.headers.insert(name, HeaderValue::from_static(value));
    }
    on_loopback().attempt(request).await.result.unwrap();
    let sent = receiver.requests().remove(0).to_ascii_lowercase();
    assert!(sent.contains("content-length: 7\r\n") && sent.contains("host: 127.0.0.1:"), "{sent}");
    assert!(!sent.contains("transfer-encoding") && !sent.contains("expect"), "{sent}");
}

#[tokio::test]
async fn a_connection_whose_answer_was_read_is_used_again() {
    let receiver = Receiver::new(async |mut stream| {
        while read_request(&mut stream).await.is_some() {
            let body = vec![b'x'; 16 * 1024];
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
        }
        Ok(())
    })
    .await;
    let egress = on_loopback();
    // More in sum than any one answer may be.
    for _ in 0..40 {
        let response = egress.attempt(request(&receiver.url(), AMPLE)).await.result.unwrap();
        assert_eq!((response.body.len(), response.truncated), (16 * 1024, false));
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let target = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let url = target.url();
    let head = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
    let receiver = Receiver::answering(head.into_bytes()).await;
    let response = attempt(&receiver, AMPLE).await.result.unwrap();
    assert_eq!(response.status, 307);
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn a_compressed_body_stays_compressed() {
    let response = response_to(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    )
    .await
    .unwrap();
    assert_eq!(response.body, &b"\x1f\x8b\x08\x00"[..]);
    assert!(response.headers.contains(&("content-encoding".to_owned(), "gzip".to_owned())));
}

#[tokio::test]
async fn retry_after_is_read() {
    let response =
        response_to(b"HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(response.unwrap().retry_after, Some(RetryAfter::Seconds(7)));
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        std::future::pending().await
    })
    .await;
    assert_timeout(&attempt(&receiver, SHORT).await);
}

#[tokio::test]
async fn dripping_headers_end_at_the_deadline() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ").await?;
        drip(&mut stream, b"x").await
    })
    .await;
    assert_timeout(&attempt(&receiver, SHORT).await);
    receiver.hung_up().await;
}

#[tokio::test]
async fn a_dripping_body_ends_at_the_deadline() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
        drip(&mut stream, b"1\r\nx\r\n").await
    })
    .await;
    assert_timeout(&attempt(&receiver, SHORT).await);
    receiver.hung_up().await;
}

#[tokio::test]
async fn dripping_interim_answers_end_at_the_deadline() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        drip(&mut stream, b"HTTP/1.1 100 Continue\r\n\r\n").await
    })
    .await;
    assert_timeout(&attempt(&receiver, SHORT).await);
    receiver.hung_up().await;
}

/// At once, and not at the deadline: the parser reads on past them by itself, and would let nothing else run.
#[tokio::test]
async fn a_flood_of_interim_answers_is_hung_up_on() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        flood(&mut stream, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").await
    })
    .await;
    let attempted = attempt(&receiver, AMPLE).await;
    assert_eq!(attempted.result, Err(Failure::Protocol("the answer does not end".to_owned())));
    assert!(attempted.duration < SLACK, "{:?}", attempted.duration);
    receiver.hung_up().await;
}

#[tokio::test]
async fn some_interim_answers_are_passed_over() {
    let receiver = Receiver::answering(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(100)
            + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    )
    .await;
    assert_eq!(attempt(&receiver, AMPLE).await.result.unwrap().body, "ok");
}

#[tokio::test]
async fn an_endless_body_is_cut_and_hung_up_on() {
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n",
        "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        let receiver = Receiver::new(async move |mut stream| {
            read_request(&mut stream).await;
            stream.write_all(head.as_bytes()).await?;
            flood(&mut stream, b"4\r\nxxxx\r\n").await
        })
        .await;
        let attempted = attempt(&receiver, AMPLE).await;
        let response = attempted.result.unwrap();
        assert_eq!((response.body.len(), response.truncated), (16 * 1024, true), "{head}");
        assert!(attempted.duration < SLACK, "{head}: {:?}", attempted.duration);
        receiver.hung_up().await;
    }
}

#[tokio::test]
async fn endless_headers_are_refused() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
        flood(&mut stream, b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n").await
    })
    .await;
    let attempted = attempt(&receiver, AMPLE).await;
    assert_eq!(attempted.result, Err(Failure::Protocol("the answer's headers are too large".to_owned())));
    assert!(attempted.duration < SLACK, "{:?}", attempted.duration);
    receiver.hung_up().await;
}

#[tokio::test]
async fn a_huge_header_is_refused() {
    let head = format!("HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n", "x".repeat(100_000));
    let result = attempt(&Receiver::answering(head).await, AMPLE).await.result;
    assert_eq!(result, Err(Failure::Protocol("the answer's headers are too large".to_owned())));
}

#[tokio::test]
async fn kept_headers_are_bounded() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        let long = "x".repeat(10_000);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: {long}\r\nX-B: {long}\r\n\r\n");
        stream.write_all(head.as_bytes()).await
    })
    .await;
    let response = attempt(&receiver, AMPLE).await.result.unwrap();
    let names: Vec<&str> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-length", "x-a"]);
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_failure() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.9\r\n\r\n"[..],
        b"\x00\x01\x02\x03garbage\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-Cut: ",
        b"",
    ] {
        let result = response_to(answer).await;
        let Err(Failure::Protocol(text)) = result else {
            panic!("{}: {result:?}", answer.escape_ascii());
        };
        assert!(
            text.starts_with("the answer is not") || text.starts_with("the connection was closed"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn more_than_the_stated_length_is_not_read() {
    let response = response_to(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello").await.unwrap();
    assert_eq!((response.body, response.truncated), (Bytes::from_static(b"he"), false));
}

#[tokio::test]
async fn a_reset_is_unreachable() {
    let receiver = Receiver::new(async |mut stream| {
        read_request(&mut stream).await;
        // Zero linger: closing sends RST.
        stream.set_zero_linger()
    })
    .await;
    let result = attempt(&receiver, AMPLE).await.result;
    assert_eq!(result, Err(Failure::Unreachable("the connection was reset".to_owned())));
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    // Bound and not listening: the port is nobody else's either.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    let result = on_loopback().attempt(request(&url, AMPLE)).await.result;
    assert_eq!(result, Err(Failure::Unreachable("the connection was refused".to_owned())));
}

#[tokio::test]
async fn an_unknown_name_is_unreachable() {
    let result = on_loopback().attempt(request("http://no-such-name.invalid/", AMPLE)).await.result;
    assert_eq!(result, Err(Failure::Unreachable("no-such-name.invalid has no address".to_owned())));
}

#[tokio::test]
async fn a_refused_literal_is_never_connected_to() {
    let receiver = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let port = receiver.port();
    let egress = Egress::new(&config(&[])).unwrap();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        for scheme in ["http", "https"] {
            let attempted = egress.attempt(request(&format!("{scheme}://{host}:{port}/"), AMPLE)).await;
            assert!(matches!(attempted.result, Err(Failure::Blocked(_))), "{scheme} {host}: {attempted:?}");
        }
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_name_of_a_refused_address_is_never_connected_to() {
    let receiver = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let egress = Egress::new(&config(&[])).unwrap();
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://localhost:{}/", receiver.port());
        let result = egress.attempt(request(&url, AMPLE)).await.result;
        assert!(matches!(result, Err(Failure::Blocked(_))), "{scheme}: {result:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn an_allowed_name_is_connected_to() {
    let receiver = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let url = format!("http://localhost:{}/", receiver.port());
    assert_eq!(on_loopback().attempt(request(&url, AMPLE)).await.result.unwrap().status, 200);
}

/// The variables have to be there before the process starts, so a test above runs again in one that has them.
#[tokio::test]
async fn proxies_of_the_environment_are_ignored() {
    let proxy = Receiver::answering(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await;
    let run = move |url: String| {
        let mut child = Command::new(std::env::current_exe()?);
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            child.env(name, &url);
        }
        child.env_remove("NO_PROXY").env_remove("no_proxy");
        child.args(["--exact", "egress::tests::an_answer_comes_back_whole"]).output()
    };
    let url = proxy.url();
    let output = tokio::task::spawn_blocking(move || run(url)).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!(proxy.connections(), 0);
}
