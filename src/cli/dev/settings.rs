//! The settings of `hookyard dev`, and of the node of `hookyard bench`: those of development, what the environment
//! says, and over both what dev itself brings along.

use std::net::SocketAddr;
use std::path::Path;

use super::keepsake;

/// What dev itself decides.
pub(in crate::cli) struct Own<'a> {
    pub(in crate::cli) listen: Option<SocketAddr>,
    pub(in crate::cli) postgres: &'a str,
    pub(in crate::cli) nats: &'a str,
    pub(in crate::cli) folder: &'a Path,
}

/// Where the environment has its databases: not dev's, and a shell often names some.
const ELSEWHERE: [&str; 5] =
    ["HOOKYARD_ENV", "DATABASE_URL", "PG_URL", "HOOKYARD__POSTGRES__URL", "HOOKYARD__POSTGRES__URL_FILE"];
const ELSEWHERE_PREFIX: &str = "HOOKYARD__NATS__";

type Variable = (String, String);

/// The variables that the configuration of dev is read from.
pub(in crate::cli) fn variables(process: Vec<Variable>, own: &Own<'_>) -> Vec<Variable> {
    let elsewhere = |name: &str| {
        let name = name.to_ascii_uppercase();
        name == "NATS_URL" || ELSEWHERE.contains(&name.as_str()) || name.starts_with(ELSEWHERE_PREFIX)
    };
    let mut variables: Vec<Variable> = process.into_iter().filter(|(name, _)| !elsewhere(name)).collect();
    let is_set = |names: &[&str]| {
        variables.iter().any(|(name, value)| {
            let name = name.to_ascii_uppercase();
            names.contains(&name.as_str()) && !(value.is_empty() && name == "HOOKYARD_OPERATOR_KEY")
        })
    };
    let file = |name: &str| own.folder.join(name).display().to_string();
    let mut set = vec![
        ("HOOKYARD_ENV", "development".to_owned()),
        ("HOOKYARD__POSTGRES__URL", own.postgres.to_owned()),
        ("HOOKYARD__NATS__URL", own.nats.to_owned()),
    ];
    if !is_set(&["HOOKYARD__VAULT__KEYS", "HOOKYARD__VAULT__KEYS_FILE"]) {
        set.push(("HOOKYARD__VAULT__KEYS_FILE", file(keepsake::VAULT_KEY)));
    }
    let operator =
        ["HOOKYARD_OPERATOR_KEY", "HOOKYARD__SERVER__OPERATOR_KEY", "HOOKYARD__SERVER__OPERATOR_KEY_FILE"];
    if !is_set(&operator) {
        set.push(("HOOKYARD__SERVER__OPERATOR_KEY_FILE", file(keepsake::OPERATOR_KEY)));
    }
    // The terminal is for the receiver's lines; whoever wants the log asks for it.
    for (name, value) in [("HOOKYARD__LOG__FILTER", "warn"), ("HOOKYARD__LOG__FORMAT", "text")] {
        if !is_set(&[name]) {
            set.push((name, value.to_owned()));
        }
    }
    if let Some(listen) = own.listen {
        variables.retain(|(name, _)| !name.eq_ignore_ascii_case("HOOKYARD__SERVER__LISTEN"));
        set.push(("HOOKYARD__SERVER__LISTEN", listen.to_string()));
    }
    variables.extend(set.into_iter().map(|(name, value)| (name.to_owned(), value)));
    variables
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hookyard::config::{Config, Sources};

    use super::*;

    fn config(process: &[(&str, &str)], listen: Option<&str>) -> Config {
        let home = tempfile::tempdir().unwrap();
        let vault = format!("dev:{}=", "A".repeat(43));
        fs::write(home.path().join(keepsake::VAULT_KEY), vault).unwrap();
        fs::write(home.path().join(keepsake::OPERATOR_KEY), "hy_kept_in_the_folder\n").unwrap();
        let own = Own {
            listen: listen.map(|text| text.parse().unwrap()),
            postgres: "postgres://127.0.0.1:20001/own",
            nats: "nats://127.0.0.1:20002",
            folder: home.path(),
        };
        let process = process.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(Sources { file: None, env: variables(process, &own) }).unwrap()
    }

    fn operator_key(config: &Config) -> String {
        config.server.operator_key.as_ref().unwrap().expose().to_owned()
    }

    #[test]
    fn alone_it_is_development_on_what_dev_brings() {
        let config = config(&[], None);
        assert!(config.is_development());
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8013");
        assert_eq!(config.postgres.url.expose(), "postgres://127.0.0.1:20001/own");
        assert_eq!(config.nats.url.expose(), "nats://127.0.0.1:20002");
        assert_eq!((config.queue.shards, config.vault.keys[0].id.as_str()), (4, "dev"));
        assert_eq!(operator_key(&config), "hy_kept_in_the_folder");
        assert_eq!(config.egress.allow_cidrs.len(), 2);
    }

    #[test]
    fn databases_of_the_environment_are_not_devs() {
        let config = config(
            &[
                ("HOOKYARD_ENV", "production"),
                ("DATABASE_URL", "postgres://db.example.com/prod"),
                ("HOOKYARD__postgres__URL", "postgres://db.example.com/prod"),
                ("NATS_URL", "nats://queue.example.com"),
                ("HOOKYARD__NATS__REPLICAS", "3"),
            ],
            None,
        );
        assert!(config.is_development());
        assert_eq!(config.postgres.url.expose(), "postgres://127.0.0.1:20001/own");
        assert_eq!((config.nats.url.expose(), config.nats.replicas), ("nats://127.0.0.1:20002", 1));
    }

    #[test]
    fn other_settings_of_the_environment_apply() {
        let config = config(
            &[
                ("HOOKYARD_OPERATOR_KEY", "hy_from_the_environment"),
                ("HOOKYARD__QUEUE__SHARDS", "2"),
                ("HOOKYARD__LOG__FILTER", "debug"),
                ("HOOKYARD__SERVER__LISTEN", "127.0.0.1:9001"),
            ],
            None,
        );
        assert_eq!(operator_key(&config), "hy_from_the_environment");
        assert_eq!((config.queue.shards, config.log.filter.as_str()), (2, "debug"));
        assert_eq!(config.server.listen.port(), 9001);
    }

    #[test]
    fn the_option_wins_over_the_environment() {
        let config = config(
            &[
                ("PORT", "9002"),
                ("HOOKYARD__Server__LISTEN", "127.0.0.1:9001"),
                ("HOOKYARD_OPERATOR_KEY", ""),
            ],
            Some("127.0.0.1:9000"),
        );
        assert_eq!(config.server.listen.port(), 9000);
        assert_eq!(operator_key(&config), "hy_kept_in_the_folder");
    }
}
