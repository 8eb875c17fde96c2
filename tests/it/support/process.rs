//! `hookyard serve` as a process of its own on a Postgres and a nats-server of the test's, to be ended by signals.

use std::time::Duration;

use hookyard::servers::{Nats, Postgres};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::app::{self, OPERATOR_KEY};
use super::client::Client;
use super::memory;
use super::node::Node;
use super::servers::{self, Housed};
use super::tenant::{Tenant, text};

pub struct Process {
    /// Dropped first: it is killed before its servers go.
    running: Option<Node>,
    settings: Vec<(&'static str, &'static str)>,
    pub postgres: Housed<Postgres>,
    pub nats: Housed<Nats>,
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
    let mut process = no_process(settings).await;
    process.start().await;
    process
}

/// Its servers, with nothing on them yet.
pub async fn no_process(settings: &[(&'static str, &'static str)]) -> Process {
    let (postgres, nats) = tokio::join!(servers::postgres(), servers::nats());
    Process { running: None, settings: settings.to_vec(), postgres, nats }
}

impl Process {
    /// Starts it on what its predecessor left, and waits until it serves.
    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        self.running = Some(self.beside().await);
    }

    /// Starts another program instead.
    pub async fn start_of(&mut self, program: &str) {
        assert!(self.running.is_none(), "it runs already");
        let (postgres, nats) = (self.postgres.url(), self.nats.url());
        self.running = Some(Node::start_of(program, &self.settings, &postgres, &nats).await);
    }

    /// Another node on the same servers. It has to go before they do.
    pub async fn beside(&self) -> Node {
        Node::start(&self.settings, &self.postgres.url(), &self.nats.url()).await
    }

    /// The first line with this message.
    pub async fn until_logged(&mut self, message: &str) -> Value {
        self.until_line(|line| line["message"] == message).await
    }

    /// The first line like this.
    pub async fn until_line(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        self.running.as_mut().expect("it runs").until_line(is_it).await
    }

    /// All that it logged.
    pub fn logged(&self) -> String {
        self.running().logged()
    }

    /// The same, line by line.
    pub fn lines(&self) -> Vec<Value> {
        self.running().lines()
    }

    /// Starts it anew with these settings besides.
    pub async fn restart_with(&mut self, settings: &[(&'static str, &'static str)]) {
        self.signal(Signal::TERM);
        self.end().await;
        self.settings.extend(settings);
        self.start().await;
    }

    /// Its memory.
    pub fn resident_bytes(&self) -> usize {
        memory::resident_bytes_of(self.running().process_id())
    }

    pub fn signal(&self, signal: Signal) {
        self.running().signal(signal);
    }

    /// Waits until it has ended.
    pub async fn end(&mut self) -> End {
        self.running.take().expect("it runs").end().await
    }

    fn running(&self) -> &Node {
        self.running.as_ref().expect("it runs")
    }

    pub fn client(&self) -> Client {
        self.running().client()
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
        self.running().again(tenant)
    }
}
