//! `hookyard serve` as a process of its own on a Postgres and a nats-server of the test's, to be ended by signals.

use std::process::Stdio;
use std::time::Duration;

use hookyard::servers::{Nats, Postgres};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::app::{self, OPERATOR_KEY, SETTINGS};
use super::client::Client;
use super::memory;
use super::servers::{self, Housed};
use super::tenant::{Tenant, text};
use super::wait::PATIENCE;

pub struct Process {
    /// Dropped first: it is killed before its servers go.
    running: Option<Running>,
    settings: Vec<(&'static str, &'static str)>,
    pub postgres: Housed<Postgres>,
    pub nats: Housed<Nats>,
}

struct Running {
    child: Child,
    url: String,
    /// What it has logged, a line each.
    lines: watch::Receiver<Vec<Value>>,
}

/// How a process ended, and how long after it was waited for.
#[derive(Debug)]
pub struct End {
    pub code: Option<i32>,
    pub took: Duration,
}

/// The service, started.
pub async fn process() -> Process {
    process_with(&[]).await
}

/// The service with these settings besides, named as in the environment.
pub async fn process_with(settings: &[(&'static str, &'static str)]) -> Process {
    let (postgres, nats) = tokio::join!(servers::postgres(), servers::nats());
    let mut process = Process { running: None, settings: settings.to_vec(), postgres, nats };
    process.start().await;
    process
}

impl Process {
    /// Starts it on what its predecessor left, and waits until it serves.
    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hookyard"))
            .arg("serve")
            .env_clear()
            .envs(SETTINGS)
            .envs(self.settings.iter().copied())
            .env("HOOKYARD__LOG__FORMAT", "json")
            .env("HOOKYARD__POSTGRES__URL", self.postgres.url())
            .env("HOOKYARD__NATS__URL", self.nats.url())
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
                sender.send_modify(|lines| lines.extend(serde_json::from_str::<Value>(&line)));
            }
        });
        self.running = Some(Running { child, url: String::new(), lines });
        let ready = self.until_logged("hookyard is ready").await;
        self.running().url = format!("http://{}", text(&ready["address"]));
    }

    /// The first line with this message.
    pub async fn until_logged(&mut self, message: &str) -> Value {
        self.until_line(|line| line["message"] == message).await
    }

    /// The first line like this.
    pub async fn until_line(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        let lines = &mut self.running().lines;
        let there = timeout(PATIENCE, lines.wait_for(|lines| lines.iter().any(&is_it))).await;
        let lines = there.expect("it says so in time").expect("it says so before it ends");
        lines.iter().find(|line| is_it(line)).expect("it is there").clone()
    }

    /// All that it logged.
    pub fn logged(&mut self) -> String {
        self.running().lines.borrow().iter().map(Value::to_string).collect()
    }

    /// Starts it anew with these settings besides.
    pub async fn restart_with(&mut self, settings: &[(&'static str, &'static str)]) {
        self.signal(Signal::TERM);
        self.end().await;
        self.settings.extend(settings);
        self.start().await;
    }

    /// Its memory.
    pub fn resident_bytes(&mut self) -> usize {
        memory::resident_bytes_of(self.running().child.id().expect("it runs"))
    }

    pub fn signal(&mut self, signal: Signal) {
        let id = self.running().child.id().expect("it runs");
        let pid = Pid::from_raw(id.cast_signed()).expect("its number");
        kill_process(pid, signal).expect("a signal to our own child");
    }

    /// Waits until it has ended.
    pub async fn end(&mut self) -> End {
        let mut running = self.running.take().expect("it runs");
        let since = Instant::now();
        let status = timeout(2 * PATIENCE, running.child.wait()).await.expect("it ends").expect("its end");
        End { code: status.code(), took: since.elapsed() }
    }

    fn running(&mut self) -> &mut Running {
        self.running.as_mut().expect("it runs")
    }

    fn client(&self) -> Client {
        Client::new(self.running.as_ref().expect("it runs").url.clone())
    }

    /// A new tenant, and a client with its admin's key.
    pub async fn tenant(&self, id: &str) -> Tenant {
        let operator = self.client().with_key(OPERATOR_KEY);
        operator.post("/tenants", &json!({"id": id, "name": id})).await.expect(201);
        let wanted = json!({"name": "admin", "role": "admin", "tenantId": id});
        let key = text(&operator.post("/keys", &wanted).await.expect(201)["key"]);
        Tenant { id: id.to_owned(), client: self.client().with_key(&key) }
    }

    /// Until nothing is on its way any more: whatever was going to be sent was sent.
    pub async fn settled(&self, tenant: &Tenant) {
        let client = async_nats::connect(self.nats.url()).await.expect("nats answers");
        app::settled(&async_nats::jetstream::new(client), tenant).await;
    }

    /// The same tenant at a process that was started anew, on another port.
    pub fn again(&self, tenant: &Tenant) -> Tenant {
        Tenant { id: tenant.id.clone(), client: tenant.client.at(&self.client()) }
    }
}
