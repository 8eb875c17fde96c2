//! The command line as it is called: help, exit codes, words.

use std::fs;
use std::process::{Command, Output};

use crate::support::servers;

const VAULT_KEY: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The program, with none of this process's settings.
fn hookyard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
    command.args(arguments).env_clear();
    command
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("words are UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn help_lists_every_command_in_one_line_each() {
    let (code, help, _) = run(&mut hookyard(&["--help"]));
    assert_eq!(code, Some(0));
    let commands = [
        "serve",
        "dev",
        "migrate",
        "audit",
        "ledger",
        "check-config",
        "doctor",
        "health",
        "openapi",
        "keys",
        "vault",
        "listen",
        "send",
        "tail",
        "bench",
    ];
    for command in commands {
        let line = help.lines().find(|line| line.trim_start().starts_with(&format!("{command} ")));
        assert!(line.is_some_and(|line| line.len() < 100), "{command}: {line:?} in\n{help}");
        let (code, own, _) = run(&mut hookyard(&[command, "--help"]));
        assert_eq!(code, Some(0), "{command}");
        assert!(own.contains("Usage: hookyard"), "{own}");
    }
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
    assert!(!help.contains("bench-sink"), "{help}");
}

#[test]
fn called_without_a_command_or_with_an_unknown_one_it_exits_2() {
    let (code, _, words) = run(&mut hookyard(&[]));
    assert_eq!((code, words.contains("Usage: hookyard")), (Some(2), true), "{words}");
    let (code, _, words) = run(&mut hookyard(&["sevre"]));
    assert_eq!((code, words.contains("'serve'")), (Some(2), true), "{words}");
}

#[test]
fn a_wrong_configuration_is_told_whole_and_exits_2() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("wrong.toml");
    fs::write(&file, "[server]\nlisten = \"nowhere\"\n[queue]\nshard = 4\n").unwrap();
    for command in ["check-config", "serve"] {
        let mut command = hookyard(&[command, "--config", file.to_str().unwrap()]);
        let (code, printed, words) = run(command.env("HOOKYARD__INTAKE__BATCH_MAX", "many"));
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{words}");
        for key in
            ["server.listen", "queue.shards?", "intake.batch_max", "postgres.url", "nats.url", "vault.keys"]
        {
            assert!(words.contains(key), "{key} is not named in\n{words}");
        }
    }
}

#[test]
fn a_good_configuration_is_shown_without_its_secrets() {
    let mut command = hookyard(&["check-config"]);
    command.env("HOOKYARD_ENV", "development").env("HOOKYARD_OPERATOR_KEY", "hy_a_secret_key_of_some_length");
    command.env("HOOKYARD__VAULT__KEYS", VAULT_KEY);
    let (code, printed, words) = run(&mut command);
    assert_eq!((code, words.as_str()), (Some(0), ""));
    assert!(printed.contains("queue.shards = 4  # config/development.toml"), "{printed}");
    assert!(!printed.contains("hy_a_secret"), "{printed}");
}

#[test]
fn the_schema_of_settings_is_printed_without_any() {
    let (code, printed, words) = run(&mut hookyard(&["check-config", "--schema"]));
    assert_eq!((code, words.as_str()), (Some(0), ""));
    let schema: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let grace = &schema["properties"]["audit"]["properties"]["grace"];
    assert_eq!(grace["default"], "30s", "{grace}");
}

#[test]
fn the_openapi_document_is_json() {
    let (code, printed, words) = run(&mut hookyard(&["openapi"]));
    assert_eq!((code, words.as_str()), (Some(0), ""));
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert!(document["paths"].as_object().unwrap().keys().any(|path| path.ends_with("/events")));
}

#[test]
fn a_key_without_its_tenant_is_misuse() {
    let (code, printed, words) = run(&mut hookyard(&["keys", "create", "--role", "editor"]));
    assert_eq!((code, printed.as_str()), (Some(2), ""));
    assert!(words.contains("--tenant"), "{words}");
}

#[test]
fn publishing_where_nobody_listens_fails_in_words_without_the_key() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let (code, _, words) = run(hookyard(&["send", "a.b", "--url", &url]).env("HOOKYARD_KEY", "hy_secret"));
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains(&url) && !words.contains("hy_secret"), "{words}");
    let (code, _, words) =
        run(hookyard(&["send", "a.b", "--url", &url, "--data", "{"]).env("HOOKYARD_KEY", "hy_secret"));
    assert_eq!((code, words.contains("not JSON")), (Some(2), true), "{words}");
}

#[test]
fn a_bench_of_another_machine_is_refused() {
    let (code, printed, words) =
        run(&mut hookyard(&["bench", "--url", "https://hooks.example.com", "--key", "hy_secret"]));
    assert_eq!((code, printed.as_str()), (Some(2), ""));
    assert!(words.contains("loopback") && !words.contains("hy_secret"), "{words}");
}

#[tokio::test]
async fn an_empty_database_is_migrated_and_gets_its_first_key() {
    let postgres = servers::postgres().await;
    let with_database = |arguments: &[&str]| {
        let mut command = hookyard(arguments);
        command.env("DATABASE_URL", postgres.url());
        run(&mut command)
    };
    let create = ["keys", "create", "--role", "operator"];
    for command in [&create[..], &["audit"]] {
        let (code, _, words) = with_database(command);
        assert_eq!((code, words.contains("hookyard migrate")), (Some(1), true), "{words}");
    }
    for _ in 0..2 {
        let (code, _, words) = with_database(&["migrate"]);
        assert_eq!(code, Some(0), "{words}");
    }
    let (code, report, words) = with_database(&["audit", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (code, &report["total"]["accepted"], &report["nodes"]),
        (Some(0), &0.into(), &0.into()),
        "{words}"
    );
    let (code, _, words) = with_database(&["audit", "--days", "0"]);
    assert_eq!((code, words.contains("--days")), (Some(2), true), "{words}");
    let (code, key, words) = with_database(&create);
    assert_eq!(code, Some(0), "{words}");
    assert!(key.starts_with("hy_") && key.trim_end().len() == 46, "{key}");
    let (code, _, words) = with_database(&["keys", "create", "--role", "viewer", "--tenant", "nobody"]);
    assert_eq!((code, words.contains("there is no tenant nobody")), (Some(1), true), "{words}");
    let pool = sqlx::PgPool::connect(&postgres.url()).await.unwrap();
    let noted: Vec<(String, String, bool)> =
        sqlx::query_as("select action, key_name, key_id is null from audit_log")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(noted, [("key.created".to_owned(), "command line".to_owned(), true)]);
}

#[tokio::test]
async fn what_cannot_pass_by_itself_is_not_waited_for() {
    let postgres = servers::postgres().await;
    let mut command = hookyard(&["serve"]);
    command
        .env("HOOKYARD__VAULT__KEYS", VAULT_KEY)
        .env("HOOKYARD__SERVER__LISTEN", "127.0.0.1:0")
        .env("NATS_URL", "nats://127.0.0.1:1");
    let nowhere = format!("{}_of_nobody", postgres.url().split('?').next().unwrap());
    let (code, _, words) = run(command.env("DATABASE_URL", &nowhere));
    assert_eq!((code, words.contains("does not exist")), (Some(1), true), "{words}");
    // The port of the metrics is taken before anything is asked of a store.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    command.env("DATABASE_URL", "postgres://127.0.0.1:1/away");
    let (code, _, words) = run(command.env("HOOKYARD__SERVER__METRICS_LISTEN", &address));
    assert_eq!((code, words.contains(&format!("listen on {address}"))), (Some(1), true), "{words}");
}
