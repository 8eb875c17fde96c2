//! The configuration read again by a node that runs: its `[[sources]]` come and go, and nothing of what is on its way is lost.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream::{self, stream};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::app::OPERATOR_KEY;
use crate::support::client::{Answer, Client};
use crate::support::node::Node;
use crate::support::process::{Process, no_process};
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, wait};

const KEPT: Duration = Duration::from_hours(7 * 24);
const READ_AGAIN: &str = "configuration was read again";

/// A node with a file, and its servers.
struct World {
    /// Dropped first: it is killed before its servers go.
    node: Node,
    servers: Process,
    folder: TempDir,
}

fn core(name: &str) -> String {
    format!(
        "[[sources]]\nname = \"{name}\"\nsubject = \"{name}.>\"\nkind = \"core\"\ntenant = \"fixed:acme\"\n\
         type = \"token:1..\"\n"
    )
}

/// Of the stream MAIL.
fn mail(subject: &str) -> String {
    format!(
        "[[sources]]\nname = \"mail\"\nsubject = \"{subject}\"\nkind = \"stream\"\nstream = \"MAIL\"\n\
         tenant = \"fixed:acme\"\ntype = \"token:1..\"\n"
    )
}

impl World {
    async fn start(file: &str) -> Self {
        let (servers, folder) = (no_process(&[]).await, TempDir::new().unwrap());
        std::fs::write(folder.path().join("hookyard.toml"), file).unwrap();
        let node = beside(&servers, &folder).await;
        Self { node, servers, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("hookyard.toml")
    }

    fn write(&self, file: &str) {
        std::fs::write(self.path(), file).unwrap();
    }

    fn operator(&self) -> Client {
        self.node.client().with_key(OPERATOR_KEY)
    }

    async fn reload(&self) -> Answer {
        self.operator().post("/config/reload", &json!({})).await
    }

    /// A tenant whose one endpoint gets all there is.
    async fn tenant(&self, receiver: &Receiver) -> Tenant {
        let operator = self.operator();
        operator.post("/tenants", &json!({"id": "acme", "name": "acme"})).await.expect(201);
        let client = operator.with_header("x-tenant-id", "acme".to_owned());
        let tenant = Tenant { id: "acme".to_owned(), client };
        tenant.endpoint_with(&receiver.url(), &[">"], &json!({"maxInFlight": 50})).await;
        tenant
    }

    async fn nats(&self) -> (async_nats::Client, jetstream::Context) {
        let client = async_nats::connect(self.servers.nats.url()).await.unwrap();
        (client.clone(), jetstream::new(client))
    }

    async fn unroutable(&self) -> Vec<Value> {
        self.operator().get("/unroutable").await.expect(200)["items"].as_array().cloned().unwrap()
    }
}

async fn beside(servers: &Process, folder: &TempDir) -> Node {
    let file = folder.path().join("hookyard.toml").display().to_string();
    Node::start(&[("--config", &file)], &servers.postgres.url(), &servers.nats.url()).await
}

async fn publish(client: &async_nats::Client, subject: &str, payload: &str) {
    client.publish(subject.to_owned(), payload.to_owned().into()).await.unwrap();
    client.flush().await.unwrap();
}

async fn subjects(jetstream: &jetstream::Context) -> Vec<String> {
    jetstream.get_stream("EVENTS").await.unwrap().cached_info().config.subjects.clone()
}

async fn until_taken_in(jetstream: &jetstream::Context, wanted: &[&str]) {
    let look = async || subjects(jetstream).await;
    wait::until("EVENTS with the subjects", look, |found| found == wanted).await;
}

fn received(receiver: &Receiver) -> Vec<String> {
    let mut all: Vec<_> = receiver.requests().iter().map(|one| text(&one.json()["event"])).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn sources_come_and_go_on_sighup() {
    let mut world = World::start(&core("old")).await;
    let (receiver, (client, jetstream)) = (Receiver::start().await, world.nats().await);
    world.tenant(&receiver).await;
    until_taken_in(&jetstream, &["events.>", "old.>"]).await;
    let subjects = vec!["mail.>".to_owned()];
    let config = stream::Config { name: "MAIL".to_owned(), subjects, ..stream::Config::default() };
    let theirs = jetstream.create_stream(config).await.unwrap();
    publish(&client, "old.one", "1").await;
    publish(&client, "new.before", "1").await;
    publish(&client, "mail.first", "1").await;
    receiver.wait_for(1).await;

    world.write(&(core("new") + &mail("mail.>")));
    world.node.signal(Signal::HUP);
    let said = world.node.until_line(|line| line["message"] == READ_AGAIN).await;
    assert!(text(&said["added"]).contains("new") && text(&said["added"]).contains("mail"), "{said}");
    assert!(text(&said["removed"]).contains("old"), "{said}");
    // At once: the subject is taken in when that is said.
    publish(&client, "new.one", "1").await;
    publish(&client, "old.lost", "1").await;
    receiver.wait_for(3).await;
    publish(&client, "mail.second", "1").await;
    receiver.wait_for(4).await;

    // Removed, its place is kept for a while; there again, it goes on from there, and by other rules.
    world.write(&core("new"));
    assert_eq!(world.reload().await.expect(200)["sources"]["removed"], json!(["mail"]));
    let place = async || theirs.consumer_info("hookyard_mail").await.unwrap();
    assert_eq!(place().await.config.inactive_threshold, KEPT);
    publish(&client, "mail.third", "1").await;
    publish(&client, "mail.fourth.left", "1").await;
    publish(&client, "new.two", "1").await;
    receiver.wait_for(5).await;
    assert_eq!(place().await.num_pending, 2);
    world.write(&(core("new") + &mail("mail.*")));
    let added = world.reload().await.expect(200);
    assert_eq!(added["sources"], json!({"added": ["mail"], "removed": [], "changed": [], "unchanged": 1}));
    receiver.wait_for(6).await;
    let again = wait::until("its place to stay", place, |place| place.num_ack_pending == 0).await;
    assert_eq!((again.config.inactive_threshold, again.num_pending), (Duration::ZERO, 0));
    let expected = ["mail.first", "mail.second", "mail.third", "new.one", "new.two", "old.one"];
    assert_eq!(received(&receiver), expected);
    assert_eq!(world.unroutable().await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_wrong_changes_nothing_and_is_named() {
    let mut world = World::start(&core("old")).await;
    let (receiver, (client, jetstream)) = (Receiver::start().await, world.nats().await);
    world.tenant(&receiver).await;
    until_taken_in(&jetstream, &["events.>", "old.>"]).await;

    world.write("[audit]\ngrace = \"soon\"\n[delivery]\nmax_retires = 3\n");
    world.node.signal(Signal::HUP);
    world.node.until_line(|line| line["message"] == "configuration is wrong: nothing was changed").await;
    let logged = world.node.logged();
    assert!(logged.contains("soon") && logged.contains("did you mean delivery.max_retries?"), "{logged}");
    let (status, slug, wrong) = world.reload().await.problem();
    let pointers = ["/audit/grace", "/delivery/max_retires"].map(str::to_owned).to_vec();
    assert_eq!((status, slug.as_str(), wrong), (422, "invalid-request", pointers));

    // Somebody else's stream has it already: the server refuses.
    let taken = vec!["taken.>".to_owned()];
    let config = stream::Config { name: "OTHER".to_owned(), subjects: taken, ..stream::Config::default() };
    jetstream.create_stream(config).await.unwrap();
    world.write(&core("taken"));
    let refused = world.reload().await;
    assert!(refused.text().contains("overlap"), "{}", refused.text());
    assert_eq!(refused.problem().2, ["/sources"]);
    publish(&client, "old.one", "1").await;
    receiver.wait_for(1).await;
    assert_eq!(subjects(&jetstream).await, ["events.>", "old.>"]);

    // What needs a restart is named.
    world.write(&(core("old") + "[server]\nheader_timeout = \"11s\"\n[audit]\ngrace = \"31s\"\n"));
    let reloaded = world.reload().await.expect(200);
    let sources = json!({"added": [], "removed": [], "changed": [], "unchanged": 1});
    assert_eq!(
        reloaded,
        json!({"sources": sources, "needRestart": ["server.header_timeout", "audit.grace"]})
    );
    let metrics = world.operator().get("!/metrics").await.text();
    for (result, times) in [("refused", 3), ("applied", 1)] {
        let line = format!("hookyard_config_reloads_total{{result=\"{result}\"}} {times}");
        assert!(metrics.contains(&line), "{line}");
    }
    // Only what was done is in the audit log.
    let log = world.operator().get("/audit-log?action=config.reloaded").await.expect(200);
    let changed: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|line| line["changed"].clone()).collect();
    assert_eq!(changed, [json!([])]);
}

#[tokio::test]
async fn nothing_that_is_on_its_way_is_lost() {
    const BURST: usize = 200;
    let world = World::start(&(core("old") + &core("kept"))).await;
    let (receiver, (client, jetstream)) = (Receiver::start().await, world.nats().await);
    let tenant = world.tenant(&receiver).await;
    until_taken_in(&jetstream, &["events.>", "old.>", "kept.>"]).await;
    let burst = async |round: usize| {
        for n in 0..BURST {
            client.publish(format!("old.{round}-{n}"), Bytes::from_static(b"1")).await.unwrap();
            client.publish(format!("kept.{round}-{n}"), Bytes::from_static(b"1")).await.unwrap();
        }
        client.flush().await.unwrap();
    };
    for round in 0..4 {
        // Much of it is not read when its rules go.
        burst(round).await;
        let file = if round % 2 == 0 { core("kept") } else { core("old") + &core("kept") };
        world.write(&file);
        world.reload().await.expect(200);
    }
    // Two bursts came while the one was not taken in, or was being taken out.
    let events = jetstream.get_stream("EVENTS").await.unwrap();
    let of = async |subjects: &str| -> Vec<(String, usize)> {
        events.info_with_subjects(subjects).await.unwrap().try_collect().await.unwrap()
    };
    let (old, kept) = (of("old.>").await.len(), of("kept.>").await.len());
    assert_eq!((old, kept), (2 * BURST, 4 * BURST));
    receiver.wait_for(old + kept).await;
    world.servers.settled(&tenant).await;
    assert_eq!(world.unroutable().await, Vec::<Value>::new());
    assert_eq!(receiver.requests().len(), old + kept);
}

#[tokio::test]
async fn a_node_with_an_older_configuration_leaves_the_subjects_alone() {
    let world = World::start(&core("old")).await;
    let other = beside(&world.servers, &world.folder).await;
    let (receiver, (client, jetstream)) = (Receiver::start().await, world.nats().await);
    world.tenant(&receiver).await;
    until_taken_in(&jetstream, &["events.>", "old.>"]).await;
    let both = core("old") + &core("new");
    world.write(&both);
    // One that does not read EVENTS knows of it, and leaves the word to the other.
    other.client().with_key(OPERATOR_KEY).post("/config/reload", &json!({})).await.expect(200);
    assert_eq!(subjects(&jetstream).await, ["events.>", "old.>"]);
    world.reload().await.expect(200);
    assert_eq!(subjects(&jetstream).await, ["events.>", "old.>", "new.>"]);
    world.write(&(both + &core("newer")));
    world.reload().await.expect(200);

    // The other takes over, and has not read of the newest.
    let World { node, servers, folder } = world;
    node.signal(Signal::TERM);
    assert_eq!(node.end().await.code, Some(0));
    publish(&client, "new.one", "1").await;
    publish(&client, "newer.one", "1").await;
    let operator = other.client().with_key(OPERATOR_KEY);
    let kept = async || operator.get("/unroutable").await.expect(200)["items"].as_array().cloned().unwrap();
    let kept = wait::until("what it does not know to be kept", kept, |kept| kept.len() == 1).await;
    assert_eq!(kept[0]["subject"], "newer.one");
    assert_eq!(subjects(&jetstream).await, ["events.>", "old.>", "new.>", "newer.>"]);
    receiver.wait_for(1).await;
    drop((other, servers, folder));
}
