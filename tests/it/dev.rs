//! `hookyard dev`, as a newcomer meets it: it starts, shows a webhook, stops, and comes back with its data.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::servers::{residents, until_empty};
use crate::support::servers::{self, Home};

/// Long enough for a loaded machine; a pass never waits for it.
const PATIENCE: Duration = Duration::from_mins(1);
const KEY: &str = "hy_the_operator_key_of_this_test";

fn hookyard() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
    // A developer's shell often names databases; dev must not touch them.
    command.env("DATABASE_URL", "postgres://127.0.0.1:1/not-ours").env("HOOKYARD_OPERATOR_KEY", KEY);
    command
}

/// A running `hookyard dev`. Dropped, it is killed.
struct Dev {
    child: Child,
    lines: Receiver<String>,
    url: String,
    nats: String,
}

impl Dev {
    /// Starts it in `home` and waits for its last word.
    fn start(home: &Home) -> Self {
        let mut child = hookyard()
            .args(["dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut dev = Self { child, lines, url: String::new(), nats: String::new() };
        let nats = dev.until(|line| line.trim_start().starts_with("NATS "));
        nats.split_whitespace().nth(1).expect("a URL behind NATS").clone_into(&mut dev.nats);
        let curl = dev.until(|line| line.starts_with("curl "));
        dev.until(|line| line.starts_with("ctrl-C"));
        let events = curl.split(' ').nth(1).expect("a URL behind curl");
        events.strip_suffix("/api/v1/events").expect("where events go").clone_into(&mut dev.url);
        assert!(curl.contains(KEY), "{curl}");
        dev
    }

    /// The first line that fits.
    fn until(&mut self, fits: impl Fn(&str) -> bool) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if fits(&line) => return line,
                Ok(_) => {}
                Err(error) => {
                    let _ = self.child.kill();
                    let mut words = String::new();
                    let _ = self.child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut words));
                    panic!("{error}; it said:\n{words}");
                }
            }
        }
    }

    /// Publishes with `hookyard send` and answers with the event's id.
    fn publish(&self, event: &str, id: &str) -> String {
        let Output { status, stdout, stderr } = hookyard()
            .args(["send", event, "--id", id, "--data", r#"{"id": 42}"#, "--tenant", "demo"])
            .args(["--url", &self.url, "--key", KEY])
            .output()
            .expect("the program runs");
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8_lossy(&stderr).trim().to_owned() + String::from_utf8_lossy(&stdout).trim()
    }

    /// Publishes as a patient producer does: the same event again until it is taken.
    fn publish_when_up(&self, event: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let sent = hookyard()
                .args(["send", event, "--id", event, "--tenant", "demo", "--url", &self.url, "--key", KEY])
                .output()
                .expect("the program runs");
            if sent.status.success() {
                return;
            }
            let words = String::from_utf8_lossy(&sent.stderr).into_owned();
            assert!(Instant::now() < deadline, "{words}");
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("a signal to our own child");
    }

    /// Its exit code, and what it wrote to stderr, once it has ended.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut words = String::new();
        self.child.stderr.take().expect("stderr").read_to_string(&mut words).expect("words");
        (self.child.wait().expect("its end").code(), words)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder whose database is made already.
async fn home() -> Home {
    let home = Home::new();
    servers::copy_template(&home).await;
    home
}

#[tokio::test]
async fn an_event_arrives_and_a_second_start_remembers_it() {
    let home = home().await;
    let mut dev = Dev::start(&home);
    assert_eq!(livez(&dev.url).await, 200);
    dev.publish("order.created", "order-1");
    let line = dev.until(|line| line.starts_with("received"));
    assert!(line.contains("order.created") && line.contains("attempt 1  signature ✓"), "{line}");
    let nats = async_nats::connect(&dev.nats).await.unwrap();
    nats.publish("events.demo.order.shipped", r#"{"id": 42}"#.into()).await.unwrap();
    nats.flush().await.unwrap();
    let line = dev.until(|line| line.starts_with("received"));
    assert!(line.contains("order.shipped") && line.contains("signature ✓"), "{line}");
    dev.signal(Signal::INT);
    let (code, words) = dev.end();
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(residents(home.path()), Vec::<String>::new());

    let mut dev = Dev::start(&home);
    let answered = dev.publish("order.created", "order-1");
    assert!(answered.contains("published before"), "{answered}");
    dev.publish("order.paid", "order-2");
    // One endpoint still: one line an event, on the port that the receiver had.
    let line = dev.until(|line| line.starts_with("received"));
    assert!(line.contains("order.paid") && line.contains("signature ✓"), "{line}");
    dev.signal(Signal::TERM);
    let (code, words) = dev.end();
    assert_eq!(code, Some(0), "{words}");
    let more: Vec<String> = dev.lines.iter().filter(|line| line.starts_with("received")).collect();
    assert_eq!(more, Vec::<String>::new());
    assert_eq!(residents(home.path()), Vec::<String>::new());
}

async fn livez(url: &str) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = url.strip_prefix("http://").expect("plain http");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

#[tokio::test]
async fn killed_it_leaves_no_server_and_the_next_start_recovers() {
    let home = home().await;
    let mut dev = Dev::start(&home);
    dev.publish("order.created", "order-1");
    dev.signal(Signal::KILL);
    assert_eq!(dev.end().0, None);
    until_empty(home.path()).await;

    let mut dev = Dev::start(&home);
    let answered = dev.publish("order.created", "order-1");
    assert!(answered.contains("published before"), "{answered}");
    dev.signal(Signal::INT);
    let (code, words) = dev.end();
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(residents(home.path()), Vec::<String>::new());
}

/// The process of a server, known by a word of its command line.
fn pid(home: &Home, server: &str) -> Option<Pid> {
    let resident = residents(home.path()).into_iter().find(|line| line.contains(server))?;
    let number = resident.strip_prefix("/proc/")?.split(' ').next()?;
    number.parse().ok().and_then(Pid::from_raw)
}

#[tokio::test]
async fn a_server_that_dies_is_started_again_and_deliveries_go_on() {
    let home = home().await;
    let mut dev = Dev::start(&home);
    for (server, event) in [("nats.conf", "order.created"), ("listen_addresses", "order.paid")] {
        let old = pid(&home, server).expect(server);
        kill_process(old, Signal::KILL).expect("its end");
        dev.publish_when_up(event);
        dev.until(|line| line.starts_with("received") && line.contains(event));
        let deadline = Instant::now() + PATIENCE;
        while pid(&home, server).is_none_or(|pid| pid == old) {
            assert!(Instant::now() < deadline, "{server} stayed down");
            sleep(Duration::from_millis(5)).await;
        }
    }
    dev.signal(Signal::INT);
    let (code, words) = dev.end();
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("nats-server ended by itself") && words.contains("Postgres ended by itself"),
        "{words}"
    );
}

#[tokio::test]
async fn a_taken_address_is_refused_before_anything_starts() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = hookyard().args(["dev", "--listen", &address, "--data"]).arg(home.path()).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains(&address) && words.contains("--listen"), "{words}");
    assert!(!home.path().join("postgres").exists());
}

#[tokio::test]
async fn a_wrong_setting_is_told_before_anything_starts() {
    let home = Home::new();
    let mut command = hookyard();
    command.env("HOOKYARD__QUEUE__SHARDS", "none").env("HOOKYARD__AUDIT__GRACE", "soon");
    let output = command.args(["dev", "--data"]).arg(home.path()).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("queue.shards") && words.contains("audit.grace"), "{words}");
    assert!(!home.path().join("postgres").exists());
}
