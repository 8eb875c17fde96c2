//! The configuration as operators meet it.

use std::fs;

use super::*;

mod described;
mod hostile;

const VAULT_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn load(env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    load_file(None, env)
}

fn load_file(file: Option<PathBuf>, env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Sources { file, env })
}

/// Of development all that has to be set is a key of the vault.
fn development<'a>(env: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let required = [
        ("HOOKYARD_ENV", "development"),
        ("HOOKYARD__VAULT__KEYS", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ];
    required.into_iter().chain(env.iter().copied()).collect()
}

/// What every environment but development requires.
fn with_required<'a>(env: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let required = [
        ("DATABASE_URL", "postgres://db/hookyard"),
        ("NATS_URL", "nats://nats:4222"),
        ("HOOKYARD__VAULT__KEYS", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ];
    required.into_iter().chain(env.iter().copied()).collect()
}

fn only_problem(result: Result<Config, ConfigErrors>) -> Problem {
    let ConfigErrors(problems) = result.unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn defaults_are_as_documented() {
    let config = load(&with_required(&[])).unwrap();
    assert_eq!(config.environment, None);
    assert_eq!(config.server.listen, "0.0.0.0:8013".parse().unwrap());
    assert_eq!(config.queue.shards, 16);
    let waits = (1..=5).map(|number| config.delivery.retry_schedule.wait_before(number, 0.0).as_secs());
    assert_eq!(waits.collect::<Vec<_>>(), [0, 60, 300, 900, 900]);
    assert_eq!(config.egress.response_max_bytes, 16 * 1024);
    assert!(config.egress.allow_cidrs.is_empty());
    assert_eq!(config.limits.endpoints_per_user, 5);
    assert_eq!((config.breaker.failures, config.breaker.deliveries), (5, 2));
    assert_eq!(config.breaker.pause_longest.duration(), Duration::from_mins(5));
    assert!(!config.delivery.rate_limit_enabled);
    assert_eq!((config.delivery.max_requests_per_minute, config.delivery.burst), (60, 10));
    assert!(matches!(config.nats.login, NatsLogin::Url));
}

#[test]
fn every_environment_loads() {
    let development = load(&development(&[])).unwrap();
    assert!(development.is_development());
    assert_eq!(development.queue.shards, 4);
    for environment in ["staging", "production"] {
        let config = load(&with_required(&[("HOOKYARD_ENV", environment)])).unwrap();
        assert_eq!(config.log.format, LogFormat::Json, "{environment}");
    }
    assert_eq!(only_problem(load(&with_required(&[("HOOKYARD_ENV", "prod")]))).key, "environment");
}

#[test]
fn the_later_source_wins() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("own.toml");
    fs::write(&file, "[queue]\nshards = 8\npull_batch = 10\n[server]\nlisten = \"127.0.0.1:1\"\n").unwrap();
    let env = development(&[
        ("HOOKYARD__QUEUE__PULL_BATCH", "20"),
        ("PG_URL", "postgres://weaker/db"),
        ("DATABASE_URL", "postgres://stronger/db"),
        ("PORT", "9000"),
    ]);
    let config = load_file(Some(file), &env).unwrap();
    assert_eq!(config.queue.shards, 8, "the file over development.toml");
    assert_eq!(config.queue.pull_batch, 20, "the variable over the file");
    assert_eq!(config.postgres.url.expose(), "postgres://stronger/db");
    assert_eq!(config.server.listen, "127.0.0.1:9000".parse().unwrap(), "PORT keeps the host");
    assert_eq!(config.server.base_url, None);
}

#[test]
fn all_errors_come_at_once_each_with_its_source() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("own.toml");
    fs::write(&file, "stray = 1\n[server]\nlistn = \"x\"\n[queue]\nshards = \"many\"\n").unwrap();
    let env = [
        ("HOOKYARD__DELIVERY__MAX_IN_FLIGHT", "0"),
        ("HOOKYARD__DELIVERY__RETRY_SCHEDULE", "[\"0s\", \"soon\"]"),
        ("HOOKYARD__EGRESS__ALOW_CIDRS", "[]"),
        ("HOOKYARD_SERVER_LISTEN", "0.0.0.0:1"),
        ("UNRELATED", "x"),
    ];
    let errors = load_file(Some(file.clone()), &env).unwrap_err();
    let lines: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    let file = file.display();
    for (start, end) in [
        (format!("server.listn (from {file}): there is no such key"), "did you mean server.listen?"),
        (format!("stray (from {file}): there is no such key"), "config/default.toml lists every key"),
        (format!("queue.shards (from {file}): \"many\""), "give a whole number from 1 to 256"),
        ("delivery.max_in_flight (from HOOKYARD__DELIVERY__MAX_IN_FLIGHT): \"0\"".into(), "from 1 to 256"),
        ("delivery.retry_schedule (from HOOKYARD__DELIVERY__RETRY_SCHEDULE)".into(), "\"5m\"]"),
        ("egress.alow_cidrs".into(), "did you mean HOOKYARD__EGRESS__ALLOW_CIDRS?"),
        (
            "server.listen (from HOOKYARD_SERVER_LISTEN)".into(),
            "write HOOKYARD__SERVER__LISTEN with two underscores",
        ),
        ("postgres.url (from default): there is no URL".into(), "for example in DATABASE_URL"),
        ("nats.url (from default): there is no URL".into(), "for example in NATS_URL"),
        ("vault.keys (from default): no key".into(), "openssl rand -base64 32)\""),
    ] {
        let found = lines.iter().any(|line| line.starts_with(&start) && line.ends_with(end));
        assert!(found, "{start} … {end} is missing from\n{errors}");
    }
    assert_eq!(lines.len(), 10, "{errors}");
}

#[test]
fn a_broken_file_names_its_line_and_quotes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("own.toml");
    fs::write(&file, "[nats]\npassword = swordfish\n").unwrap();
    let problem = only_problem(load_file(Some(file), &development(&[])));
    assert!(problem.wrong.starts_with("line 2 is not TOML"), "{problem}");
    assert!(!problem.to_string().contains("swordfish"), "{problem}");
}

#[test]
fn ports_are_denied_as_domain_does_unless_they_are_listed() {
    let denied = |env: &[(&str, &str)]| load(&development(env)).map(|config| config.egress.ports_denied);
    assert_eq!(denied(&[]).unwrap(), domain::address::PORTS_DENIED);
    assert_eq!(denied(&[("HOOKYARD__EGRESS__PORTS_DENIED", "[22, 25]")]).unwrap(), [22, 25]);
    assert_eq!(denied(&[("HOOKYARD__EGRESS__PORTS_DENIED", "[]")]).unwrap(), Vec::<u16>::new());
    for wrong in ["22", "[0]", "[65536]", "[-1]", "[\"ssh\"]", "[22.5]"] {
        let problem = only_problem(load(&development(&[("HOOKYARD__EGRESS__PORTS_DENIED", wrong)])));
        assert_eq!(problem.key, "egress.ports_denied", "{wrong}");
    }
}

#[test]
fn a_missing_file_is_an_error() {
    let problem = only_problem(load_file(Some("/nonexistent.toml".into()), &development(&[])));
    assert_eq!(problem.key, "--config");
}

#[test]
fn secrets_come_from_files_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let operator = path("operator", "0123456789abcdef\n");
    let ring = path("ring", &format!("k2:{VAULT_KEY}\nk1:{VAULT_KEY}\n"));
    let env = [
        ("HOOKYARD_ENV", "development"),
        ("HOOKYARD__SERVER__OPERATOR_KEY_FILE", operator.as_str()),
        ("HOOKYARD__VAULT__KEYS_FILE", ring.as_str()),
    ];
    let config = load(&env).unwrap();
    assert_eq!(config.server.operator_key.as_ref().unwrap().expose(), "0123456789abcdef");
    let ids: Vec<&str> = config.vault.keys.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(ids, ["k2", "k1"]);
    assert_eq!(config.vault.keys[0].expose()[31], 31);
}

#[test]
fn a_secret_given_both_ways_is_refused() {
    let env = development(&[
        ("HOOKYARD__NATS__NKEY_SEED", "SUSEED"),
        ("HOOKYARD__NATS__NKEY_SEED_FILE", "/run/secrets/seed"),
    ]);
    let problem = only_problem(load(&env));
    assert_eq!(problem.key, "nats.nkey_seed_file");
}

#[test]
fn no_secret_is_shown() {
    let env = [
        ("HOOKYARD_ENV", "development"),
        ("DATABASE_URL", "postgres://bob:hunter2@db.example:5433/hookyard?password=hunter2"),
        ("NATS_URL", "nats://a:hunter2@n1:4222,nats://a:hunter2@n2:4222"),
        ("HOOKYARD_OPERATOR_KEY", "hunter2-hunter2-hunter2"),
        ("HOOKYARD__VAULT__KEYS", "[\"k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]"),
    ];
    let config = load(&env).unwrap();
    let shown = format!("{config:?}\n{}", config.explain());
    assert!(!shown.contains("hunter2") && !shown.contains("AAEC"), "{shown}");
    let explained = config.explain();
    assert!(
        explained.contains("postgres.url = postgres://***@db.example:5433/hookyard  # DATABASE_URL"),
        "{explained}"
    );
    assert!(explained.contains("queue.shards = 4  # config/development.toml"), "{explained}");
    assert!(explained.contains("vault.keys = [***]  # HOOKYARD__VAULT__KEYS"), "{explained}");
}

#[test]
fn no_error_shows_a_secret() {
    let env = [
        ("DATABASE_URL", "mysql://bob:hunter2@db/x"),
        ("NATS_URL", "hunter2"),
        ("HOOKYARD_OPERATOR_KEY", "hunter2"),
        ("HOOKYARD__VAULT__KEYS", "[\"k1:hunter2\"]"),
        ("HOOKYARD__NATS__PASWORD", "hunter2"),
    ];
    let errors = load(&env).unwrap_err();
    assert_eq!(errors.0.len(), 5, "{errors}");
    assert!(!errors.to_string().contains("hunter2"), "{errors}");
}

#[test]
fn values_have_to_fit_together() {
    for (name, value, key) in [
        ("HOOKYARD__DELIVERY__TIMEOUT_MS", "31000", "delivery.timeout_ms"),
        ("HOOKYARD__DELIVERY__MAX_IN_FLIGHT", "257", "delivery.max_in_flight"),
        ("HOOKYARD__DELIVERY__RETRY_SCHEDULE", "[\"8d\"]", "delivery.retry_schedule"),
        ("HOOKYARD__SERVER__REQUEST_TIMEOUT", "34s", "server.request_timeout"),
        ("HOOKYARD__INTAKE__PENDING_MAX", "999", "intake.pending_max"),
        ("HOOKYARD__INTAKE__PENDING_BYTES_MAX", "16777215", "intake.pending_bytes_max"),
        ("HOOKYARD__AUDIT__ENDPOINTS_PER_SECOND", "0", "audit.endpoints_per_second"),
        ("HOOKYARD__INBOUND__GITHUB__TENANT", "acme", "inbound.github.secret"),
        ("HOOKYARD__INBOUND__GITHUB__SECRET", "a secret of its own", "inbound.github.tenant"),
        ("HOOKYARD__INBOUND__GITHUB__PER_MINUTE", "0", "inbound.github.per_minute"),
        ("NATS_URL", "ws://nats:80", "nats.url"),
        ("HOOKYARD__QUEUE__ACK_WAIT", "30s", "queue.ack_wait"),
        ("HOOKYARD__DELIVERY__BURST", "0", "delivery.burst"),
        ("HOOKYARD__BREAKER__PAUSE_LONGEST", "4s", "breaker.pause_longest"),
        ("HOOKYARD__BREAKER__FAILURES", "0", "breaker.failures"),
        ("HOOKYARD__QUEUE__MAX_ACK_PENDING", "10", "queue.pull_batch"),
        ("HOOKYARD__RETENTION__DAYS", "90", "retention.unfinished_days"),
        ("HOOKYARD__NATS__REPLICAS", "2", "nats.replicas"),
        ("HOOKYARD__NATS__USER", "bob", "nats.user"),
        ("HOOKYARD__CHAOS__ENABLED", "true", "chaos.enabled"),
        ("HOOKYARD__SUPERVISION__BACKOFF_FIRST", "10s", "supervision.backoff_longest"),
        ("HOOKYARD__VAULT__KEYS", "", "vault.keys"),
        ("HOOKYARD__EGRESS__ALLOW_CIDRS", "10.0.0.0", "egress.allow_cidrs"),
        ("HOOKYARD__DELIVERY__RETRY_SCHEDULE", "[]", "delivery.retry_schedule"),
        ("HOOKYARD__SERVER__LISTEN", "", "server.listen"),
        ("HOOKYARD__LOG__FILTER", "a=b=c", "log.filter"),
    ] {
        let problem = only_problem(load(&with_required(&[("HOOKYARD_ENV", "production"), (name, value)])));
        assert_eq!(problem.key, key, "{problem}");
    }
}

#[test]
fn chaos_is_for_where_nobody_is_hurt() {
    for (environment, allowed) in [("development", true), ("staging", true), ("production", false)] {
        let loaded =
            load(&with_required(&[("HOOKYARD_ENV", environment), ("HOOKYARD__CHAOS__ENABLED", "true")]));
        assert_eq!(loaded.is_ok_and(|config| config.chaos.enabled), allowed, "{environment}");
    }
    let problem = only_problem(load(&with_required(&[("HOOKYARD__CHAOS__ENABLED", "true")])));
    assert_eq!(problem.key, "chaos.enabled");
}

#[test]
fn nameservers_have_a_usual_port() {
    let env =
        with_required(&[("HOOKYARD__EGRESS__NAMESERVERS", "[\"9.9.9.9\", \"[::1]:5353\", \"2620:fe::fe\"]")]);
    let config = load(&env).unwrap();
    let expected = ["9.9.9.9:53", "[::1]:5353", "[2620:fe::fe]:53"].map(|text| text.parse().unwrap());
    assert_eq!(config.egress.nameservers, expected);
}

#[test]
fn an_origin_is_what_browsers_send_as_one() {
    let with = |origins: &[&str]| {
        let list = serde_json::json!(origins).to_string();
        load(&with_required(&[("HOOKYARD__SERVER__CORS_ORIGINS", &list)]))
    };
    let good = ["https://app.example.com", "http://localhost:5173", "https://[2001:db8::1]:8443"];
    assert_eq!(with(&good).unwrap().server.cors_origins, good);
    for bad in [
        "*",
        "null",
        "https://app.example.com/",
        "https://app.example.com:443",
        "https://App.example.com",
        "ftp://a.b",
    ] {
        assert_eq!(only_problem(with(&[bad])).key, "server.cors_origins", "{bad}");
    }
}

#[test]
fn no_environment_goes_without_a_key_of_the_vault() {
    for environment in ["development", "staging", "production"] {
        let required = [("DATABASE_URL", "postgres://db/hookyard"), ("NATS_URL", "nats://nats:4222")];
        let env: Vec<_> = required.into_iter().chain([("HOOKYARD_ENV", environment)]).collect();
        let problem = only_problem(load(&env));
        assert!(problem.key == "vault.keys" && problem.right.contains("openssl rand"), "{problem}");
    }
}

#[test]
fn spans_are_written_as_everywhere() {
    let config = load(&with_required(&[("HOOKYARD__QUEUE__ACK_WAIT", "1m30s")])).unwrap();
    assert_eq!(config.queue.ack_wait.duration(), Duration::from_secs(90));
    let text = [("BASE_URL", "https://hooks.example.com/"), ("HOOKYARD__QUEUE__ACK_WAIT", "90")];
    let problem = only_problem(load(&with_required(&text)));
    assert!(problem.to_string().contains("from 1s to 1h"), "{problem}");
}

#[test]
fn an_empty_path_of_a_secret_is_none() {
    let config = load(&with_required(&[("HOOKYARD__SERVER__OPERATOR_KEY_FILE", "")])).unwrap();
    assert!(config.server.operator_key.is_none());
}

#[test]
fn one_line_end_of_a_secrets_file_is_no_part_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    for (written, read) in [("\n", ""), ("\r\n", ""), ("\n\n", "\n"), ("", "")] {
        fs::write(&file, format!("0123456789abcdef{written}")).unwrap();
        let env = with_required(&[("HOOKYARD__SERVER__OPERATOR_KEY_FILE", file.to_str().unwrap())]);
        let key = load(&env).unwrap().server.operator_key.unwrap();
        assert_eq!(key.expose(), format!("0123456789abcdef{read}"), "{written:?}");
    }
}

#[test]
fn the_ledger_alone_needs_nothing_but_its_address() {
    let read = |env: &[(&str, &str)]| {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load_for_ledger(Sources { file: None, env })
    };
    let (postgres, _) =
        read(&[("DATABASE_URL", "postgres://db/hookyard"), ("HOOKYARD__QUEUE__SHARDS", "many")]).unwrap();
    assert_eq!(postgres.url.expose(), "postgres://db/hookyard");
    let ConfigErrors(problems) = read(&[("HOOKYARD__POSTGRES__MAX_CONNECTIONS", "none")]).unwrap_err();
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["postgres.url", "postgres.max_connections"]);
}

#[test]
fn sources_are_tables_of_a_file_or_objects_of_a_variable() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("own.toml");
    let one = "[[sources]]\nname = \"mail\"\nsubject = \"mail.>\"\nkind = \"stream\"\nstream = \"MAIL\"\n\
        tenant = \"fixed:acme\"\ntype = \"token:2..\"\n";
    fs::write(&file, one).unwrap();
    let config = load_file(Some(file), &with_required(&[])).unwrap();
    let [mail] = &config.sources[..] else { panic!("{:?}", config.sources) };
    assert_eq!((mail.name.as_str(), mail.stream.as_deref()), ("mail", Some("MAIL")));
    let plain = |name: &str, subject: &str| serde_json::json!({"name": name, "subject": subject, "kind": "core", "tenant": "token:1", "type": "token:2"});
    for (sources, why) in [
        (serde_json::json!([plain("a", "events.acme.>")]), "number 1: subject: Hookyard's own begin so"),
        (serde_json::json!([plain("a", "x.>"), plain("a", "y.>")]), "two are called a"),
        (serde_json::json!([plain("a", "x.*"), plain("b", "x.y")]), "a message could be of a and of b"),
        (serde_json::json!([plain("A", "x.>")]), "number 1: name: a name is"),
        (serde_json::json!([{"name": "a"}]), "missing field"),
        (serde_json::json!({}), "expected a sequence"),
    ] {
        let text = sources.to_string();
        let Problem { wrong, .. } = only_problem(load(&with_required(&[("HOOKYARD__SOURCES", &text)])));
        assert!(wrong.contains(why), "{text}: {wrong}");
    }
}
