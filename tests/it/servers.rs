//! The embedded servers: they start, stop, come back, and leave nothing behind.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use hookyard::servers::{Account, Durability, Error, Folder, Nats, NatsOptions, Postgres, PostgresOptions};
use tokio::time::{Instant, sleep};

use crate::support::servers::{self, Home};

/// Long enough for a loaded machine; a pass never waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `sql` in psql's stead: one statement over a connection of its own, the first column as text.
async fn ask(url: &str, sql: &'static str) -> Option<String> {
    use sqlx::{Connection, PgConnection, Row};
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    let row = sqlx::query(sql).fetch_optional(&mut connection).await.expect(sql);
    connection.close().await.expect("a clean end");
    row.map(|row| row.get::<String, _>(0))
}

/// Processes that work in this home, whatever they are called.
pub fn residents(home: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let path = entry.path();
        let cwd_is_here = fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(home));
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if cwd_is_here || line.contains(&*home.to_string_lossy()) {
            found.push(format!("{} {line}", path.display()));
        }
    }
    found
}

pub async fn until_empty(home: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while !residents(home).is_empty() {
        assert!(Instant::now() < deadline, "still there: {:?}", residents(home));
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn postgres_keeps_its_data_over_stop_and_restart() {
    let mut postgres = servers::postgres().await;
    let url = postgres.url();
    assert_eq!(ask(&url, "SELECT current_setting('server_encoding')").await.as_deref(), Some("UTF8"));
    assert_eq!(
        ask(&url, "SELECT datcollate::text FROM pg_database WHERE datname = 'hookyard'").await.as_deref(),
        Some("C")
    );
    ask(&url, "CREATE TABLE kept AS SELECT 'still here' AS word").await;
    postgres.stop().await.unwrap();
    assert_eq!(postgres.pid(), None);
    assert_eq!(residents(postgres.home.path()), Vec::<String>::new());
    postgres.restart().await.unwrap();
    assert_eq!(postgres.url(), url);
    assert_eq!(ask(&url, "SELECT word FROM kept").await.as_deref(), Some("still here"));
}

#[tokio::test]
async fn postgres_recovers_from_a_kill() {
    let mut postgres = servers::postgres().await;
    let url = postgres.url();
    ask(&url, "CREATE TABLE kept AS SELECT 'committed' AS word").await;
    let before = postgres.pid().unwrap();
    postgres.kill().await.unwrap();
    assert_eq!(residents(postgres.home.path()), Vec::<String>::new());
    postgres.restart().await.unwrap();
    assert_ne!(postgres.pid(), Some(before));
    assert_eq!(ask(&url, "SELECT word FROM kept").await.as_deref(), Some("committed"));
}

#[tokio::test]
async fn postgres_listens_on_loopback_alone_and_durably_for_dev() {
    let home = Home::new();
    servers::copy_template(&home).await;
    let postgres = Postgres::start(PostgresOptions::new(home.lock(), Durability::Durable)).await.unwrap();
    let url = postgres.url();
    for (setting, value) in [
        ("SELECT current_setting('listen_addresses')", "127.0.0.1"),
        ("SELECT current_setting('unix_socket_directories')", ""),
        ("SELECT current_setting('fsync')", "on"),
        ("SELECT current_setting('synchronous_commit')", "on"),
    ] {
        assert_eq!(ask(&url, setting).await.as_deref(), Some(value), "{setting}");
    }
}

#[tokio::test]
async fn a_first_start_makes_the_cluster_even_after_one_that_was_cut_short() {
    let home = Home::new();
    let half = home.path().join("postgres.new");
    fs::create_dir(&half).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    let postgres = Postgres::start(PostgresOptions::new(home.lock(), Durability::Fast)).await.unwrap();
    assert_eq!(ask(&postgres.url(), "SELECT current_database()::text").await.as_deref(), Some("hookyard"));
}

#[tokio::test]
async fn dropped_servers_are_gone_at_once() {
    let home = Home::new();
    servers::copy_template(&home).await;
    let postgres = Postgres::start(PostgresOptions::new(home.lock(), Durability::Fast)).await.unwrap();
    assert!(!residents(home.path()).is_empty());
    drop(postgres);
    let nats = Nats::start(NatsOptions::new(home.lock())).await.unwrap();
    drop(nats);
    assert_eq!(residents(home.path()), Vec::<String>::new());
}

#[tokio::test]
async fn nats_keeps_its_store_over_a_kill_and_loses_it_to_a_wipe() {
    let mut nats = servers::nats().await;
    let url = nats.url();
    let jetstream = async_nats::jetstream::new(async_nats::connect(&url).await.unwrap());
    jetstream.create_stream(stream()).await.unwrap();
    jetstream.publish("kept", "word".into()).await.unwrap().await.unwrap();
    nats.kill().await.unwrap();
    nats.restart().await.unwrap();
    assert_eq!(nats.url(), url);
    let jetstream = async_nats::jetstream::new(async_nats::connect(&url).await.unwrap());
    assert_eq!(jetstream.get_stream("KEPT").await.unwrap().cached_info().state.messages, 1);
    nats.wipe().await.unwrap();
    assert_eq!(nats.pid(), None);
    nats.restart().await.unwrap();
    let jetstream = async_nats::jetstream::new(async_nats::connect(&url).await.unwrap());
    assert!(jetstream.get_stream("KEPT").await.is_err());
}

#[tokio::test]
async fn nats_takes_large_payloads_and_schedules() {
    let nats = servers::nats().await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    assert_eq!(client.server_info().max_payload, 2 << 20);
    let jetstream = async_nats::jetstream::new(client);
    let scheduling = async_nats::jetstream::stream::Config { allow_message_schedules: true, ..stream() };
    let made = jetstream.create_stream(scheduling).await.unwrap();
    assert!(made.cached_info().config.allow_message_schedules);
}

fn stream() -> async_nats::jetstream::stream::Config {
    async_nats::jetstream::stream::Config {
        name: "KEPT".to_owned(),
        subjects: vec!["kept".to_owned()],
        ..Default::default()
    }
}

#[tokio::test]
async fn a_folder_in_use_is_refused_with_its_holders_number() {
    let home = Home::new();
    let held = home.lock();
    let refused = Folder::open(home.path()).unwrap_err();
    let Error::Busy { owner, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*owner, std::process::id().to_string());
    assert!(refused.to_string().contains("--data"), "{refused}");
    drop(held);
    Folder::open(home.path()).unwrap();
}

#[tokio::test]
async fn a_stale_note_with_a_strangers_number_bars_nothing() {
    let home = Home::new();
    servers::copy_template(&home).await;
    // This very test: alive, and no Postgres of that folder. It must not be signalled either.
    let note = format!(
        "{}\n{}\n1700000000\n5432\n\n127.0.0.1\n\nready   \n",
        std::process::id(),
        home.path().display()
    );
    fs::write(home.path().join("postgres/postmaster.pid"), note).unwrap();
    let postgres = Postgres::start(PostgresOptions::new(home.lock(), Durability::Fast)).await.unwrap();
    assert_eq!(ask(&postgres.url(), "SELECT 'ok'").await.as_deref(), Some("ok"));
}

/// Starts this same program on `helper` below, which starts both servers in `home` and then waits to be killed.
fn started_helper(home: &Home, unguarded: bool) -> std::process::Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "servers::helper", "--ignored", "--nocapture"])
        .env(HELPER, home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with(READY)), "the helper ended before its servers were up");
    assert!(!residents(home.path()).is_empty());
    if unguarded {
        // As where the kernel does not tell orphans: their parent lives, stopped, while its lock is taken from it.
        fs::remove_file(home.path().join("lock")).unwrap();
    }
    child
}

const HELPER: &str = "HOOKYARD_TEST_HELPER";
const READY: &str = "servers are up";

#[tokio::test]
#[ignore = "run by the tests below, in a process of its own"]
#[expect(clippy::disallowed_methods, reason = "how the parent names the folder")]
async fn helper() {
    let Some(home) = std::env::var_os(HELPER) else { return };
    let folder = Folder::open(Path::new(&home)).unwrap();
    let _postgres = Postgres::start(PostgresOptions::new(folder.clone(), Durability::Fast)).await.unwrap();
    let _nats = Nats::start(NatsOptions::new(folder)).await.unwrap();
    println!("{READY}");
    std::io::stdout().flush().unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_parent_leaves_no_server_behind() {
    let home = Home::new();
    servers::copy_template(&home).await;
    let mut parent = started_helper(&home, false);
    parent.kill().unwrap();
    parent.wait().unwrap();
    until_empty(home.path()).await;
}

#[tokio::test]
async fn servers_left_running_are_ended_before_the_next_start() {
    let home = Home::new();
    servers::copy_template(&home).await;
    let mut parent = started_helper(&home, true);
    let folder = home.lock();
    let postgres = Postgres::start(PostgresOptions::new(folder.clone(), Durability::Fast)).await.unwrap();
    let nats = Nats::start(NatsOptions::new(folder)).await.unwrap();
    assert_eq!(ask(&postgres.url(), "SELECT 'ok'").await.as_deref(), Some("ok"));
    assert!(TcpStream::connect(nats.url().trim_start_matches("nats://")).is_ok());
    let servers = |name: &str| {
        let line = |process: &String| process.contains(name);
        residents(home.path()).into_iter().filter(line).count()
    };
    assert_eq!(servers("nats.conf"), 1, "{:?}", residents(home.path()));
    assert_eq!(servers("listen_addresses"), 1, "{:?}", residents(home.path()));
    parent.kill().unwrap();
    parent.wait().unwrap();
}

#[tokio::test]
async fn a_failing_start_shows_the_logs_end() {
    let home = Home::new();
    servers::copy_template(&home).await;
    fs::write(home.path().join("postgres/postgresql.auto.conf"), "no_such_setting = 1\n").unwrap();
    let error = Postgres::start(PostgresOptions::new(home.lock(), Durability::Fast)).await.unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[tokio::test]
async fn where_roots_postgres_cannot_pass_the_cluster_lies_elsewhere_and_is_found_again() {
    if Account::unprivileged().unwrap().is_none() {
        return; // As an ordinary user the server runs as us, and passes where we pass.
    }
    let home = Home::new();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let mut postgres = Postgres::start(PostgresOptions::new(home.lock(), Durability::Fast)).await.unwrap();
    ask(&postgres.url(), "CREATE TABLE kept AS SELECT 'still here' AS word").await;
    postgres.stop().await.unwrap();
    drop(postgres);
    let postgres = Postgres::start(PostgresOptions::new(home.lock(), Durability::Fast)).await.unwrap();
    let found = ask(&postgres.url(), "SELECT word FROM kept").await;
    drop(postgres);
    let cluster = fs::read_link(home.path().join("postgres")).unwrap();
    fs::remove_dir_all(cluster.parent().unwrap()).unwrap();
    assert_eq!(found.as_deref(), Some("still here"));
}
