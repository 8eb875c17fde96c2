//! `hookyard serve` as a process of its own, on servers that are given.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::app::SETTINGS;
use super::client::Client;
use super::process::End;
use super::tenant::{Tenant, text};
use super::wait::PATIENCE;

/// Killed when it is dropped.
pub struct Node {
    child: Child,
    url: String,
    /// What it has logged, a line each; what is no JSON as a text.
    lines: watch::Receiver<Vec<Value>>,
}

impl Node {
    /// Starts it with these settings besides, named as in the environment or, as `--config`, on the command line, and waits
    /// until it serves.
    pub async fn start(settings: &[(&str, &str)], postgres_url: &str, nats_url: &str) -> Self {
        Self::start_of(env!("CARGO_BIN_EXE_hookyard"), settings, postgres_url, nats_url).await
    }

    /// The same of this program.
    pub async fn start_of(
        program: &str,
        settings: &[(&str, &str)],
        postgres_url: &str,
        nats_url: &str,
    ) -> Self {
        let mut node = Self::spawn(program, settings, postgres_url, nats_url);
        node.until_ready().await;
        node
    }

    /// Starts it, whatever it waits for.
    pub fn launch(settings: &[(&str, &str)], postgres_url: &str, nats_url: &str) -> Self {
        Self::spawn(env!("CARGO_BIN_EXE_hookyard"), settings, postgres_url, nats_url)
    }

    fn spawn(program: &str, settings: &[(&str, &str)], postgres_url: &str, nats_url: &str) -> Self {
        let (options, settings): (Vec<(&str, &str)>, Vec<_>) =
            settings.iter().partition(|(name, _)| name.starts_with("--"));
        let mut child = Command::new(program)
            .arg("serve")
            .args(options.into_iter().flat_map(|(name, value)| [name, value]))
            .env_clear()
            .envs(SETTINGS)
            .envs(settings)
            .env("HOOKYARD__LOG__FORMAT", "json")
            .env("HOOKYARD__POSTGRES__URL", postgres_url)
            .env("HOOKYARD__NATS__URL", nats_url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program runs");
        let (sender, lines) = watch::channel(Vec::new());
        let mut stderr = BufReader::new(child.stderr.take().expect("stderr")).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                // Shown where the test fails.
                eprintln!("{line}");
                sender.send_modify(|lines| {
                    lines.push(serde_json::from_str(&line).unwrap_or(Value::String(line)));
                });
            }
        });
        Self { child, url: String::new(), lines }
    }

    pub async fn until_ready(&mut self) {
        let ready = self.until_line(|line| line["message"] == "hookyard is ready").await;
        self.url = format!("http://{}", text(&ready["address"]));
    }

    /// The first line like this.
    pub async fn until_line(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        let there = timeout(PATIENCE, self.lines.wait_for(|lines| lines.iter().any(&is_it))).await;
        let lines = there.expect("it says so in time").expect("it says so before it ends");
        lines.iter().find(|line| is_it(line)).expect("it is there").clone()
    }

    /// All that it logged.
    pub fn logged(&self) -> String {
        self.lines().iter().map(Value::to_string).collect()
    }

    pub fn lines(&self) -> Vec<Value> {
        self.lines.borrow().clone()
    }

    pub fn process_id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.process_id().cast_signed()).expect("its number");
        kill_process(pid, signal).expect("a signal to our own child");
    }

    /// Waits until it has ended.
    pub async fn end(mut self) -> End {
        let since = Instant::now();
        let status = timeout(2 * PATIENCE, self.child.wait()).await.expect("it ends").expect("its end");
        End { code: status.code(), took: since.elapsed() }
    }

    pub fn client(&self) -> Client {
        Client::new(self.url.clone())
    }

    /// The same tenant, asked for here.
    pub fn again(&self, tenant: &Tenant) -> Tenant {
        Tenant { id: tenant.id.clone(), client: tenant.client.at(&self.client()) }
    }
}
