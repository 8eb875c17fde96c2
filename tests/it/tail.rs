//! `hookyard tail` beside a service that goes and comes back.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::wait::PATIENCE;
use crate::support::{Receiver, app};

fn tail(url: &str, key: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
    command.args(["tail", "--url", url]).env_clear().env("HOOKYARD_KEY", key).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The next line with this in it.
async fn until<R: AsyncRead + Unpin>(lines: &mut Lines<BufReader<R>>, part: &str) -> String {
    let look = async {
        loop {
            let line =
                lines.next_line().await.expect("text").unwrap_or_else(|| panic!("it ends without {part}"));
            if line.contains(part) {
                return line;
            }
        }
    };
    timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("it says {part}"))
}

#[tokio::test]
async fn attempts_are_followed_over_a_restart_until_ctrl_c() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &[">"]).await;
    let mut child = tail(&app.url(), &app.key("acme", "viewer").await).spawn().expect("the program runs");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let mut words = BufReader::new(child.stderr.take().expect("stderr")).lines();
    until(&mut words, "following").await;
    receiver.answer([500]);
    tenant.publish("order.paid", &json!({})).await;
    let line = until(&mut lines, "http_error 500").await;
    assert!(line.contains(&endpoint.id) && line.contains("retry at"), "{line}");
    let line = until(&mut lines, "succeeded 200").await;
    assert!(
        line.contains("order.paid") && line.contains("attempt 2") && line.contains("delivered"),
        "{line}"
    );
    let listen = app.url().trim_start_matches("http://").to_owned();
    app.restart_with(&[("HOOKYARD__SERVER__LISTEN", &listen)]).await;
    until(&mut words, "following again").await;
    tenant.publish("order.late", &json!({})).await;
    until(&mut lines, "order.late").await;
    let pid = Pid::from_raw(child.id().expect("it runs").cast_signed()).expect("its number");
    kill_process(pid, Signal::INT).expect("a signal to our own child");
    let status = timeout(PATIENCE, child.wait()).await.expect("it ends").expect("its end");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_stream_that_is_refused_is_not_asked_for_again() {
    let app = app().await;
    let output =
        timeout(PATIENCE, tail(&app.url(), "hy_nobody").output()).await.expect("it ends").expect("it runs");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), words.contains("401")), (Some(1), true), "{words}");
    assert!(!words.contains("hy_nobody"), "{words}");
}
