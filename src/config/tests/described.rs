//! What is written of the settings is what they are: the schema for editors, and the page for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::layers::{DEFAULTS, Raw};
use super::super::schema::{Setting, settings};
use super::*;

const SCHEMA: &str = "config/hookyard.schema.json";
const PAGE: &str = "docs/configuration.md";
/// Of the page, what comes after is made from the settings, but for the last cell of each row.
const MARK: &str = "<!-- From here on only the last cell of a row is written by hand; the others are renewed by a test. -->\n";
const SHOWN_CHARS_MAX: usize = 80;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[track_caller]
fn renewed(name: &str, now: &str) {
    if fs::read_to_string(path(name)).unwrap() != now {
        fs::write(path(name), now).unwrap();
        panic!("{name} was behind the settings and is renewed: look at the difference and commit it");
    }
}

#[test]
fn the_schema_is_written_down() {
    renewed(SCHEMA, &format!("{:#}\n", Config::schema()));
}

/// As the schema of editors sees it.
fn as_json(text: &str) -> Value {
    json!(text.parse::<toml::Table>().unwrap())
}

#[test]
fn the_schema_takes_what_the_service_takes() {
    let schema = jsonschema::validator_for(&Config::schema()).unwrap();
    for name in ["default", "development", "staging", "production"] {
        let text = fs::read_to_string(path(&format!("config/{name}.toml"))).unwrap();
        assert!(text.starts_with("#:schema ./hookyard.schema.json\n"), "{name}");
        schema.validate(&as_json(&text)).unwrap();
    }
    let source = "[[sources]]\nname = \"a\"\nsubject = \"a.>\"\nkind = \"core\"\ntenant = \"token:2\"\ntype = \"token:3\"\n";
    let good = ["[server]\noperator_key_file = \"/run/key\"", "[audit]\ngrace = \"1m30s\"", source];
    for text in good {
        assert!(schema.is_valid(&as_json(text)), "{text}");
    }
    let bad = [
        "[server]\nlistn = \"x\"",
        "[server]\nlisten_file = \"x\"",
        "[queue]\nshards = 257",
        "[queue]\nshards = \"4\"",
        "[audit]\ngrace = \"90\"",
        "[audit]\ngrace = \"\"",
        "[log]\nformat = \"xml\"",
        "[egress]\nports_denied = [0]",
        "[[sources]]\nname = \"a\"",
        "[inbound.github]\nper_minutes = 1",
        "stray = 1",
    ];
    for text in bad {
        assert!(!schema.is_valid(&as_json(text)), "{text}");
    }
}

fn row(setting: &Setting, when: &str) -> String {
    let Setting { key, shape, default, about } = setting;
    let Raw::Toml(default) = default else { panic!("{key} has a default") };
    let default = default.to_string();
    let default = if default.len() > SHOWN_CHARS_MAX {
        "see config/default.toml".to_owned()
    } else {
        format!("`{default}`")
    };
    format!("| `{key}` | {default} | {shape} | {} | {when} |\n", about.replace('|', "\\|").replace('<', "\\<"))
}

/// The last cell of each row, by key.
fn by_hand(page: &str) -> BTreeMap<&str, &str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    rows.filter_map(|row| Some((row.split_once('`')?.0, row.rsplit_once(" | ")?.1))).collect()
}

#[test]
fn the_page_has_every_setting() {
    let page = fs::read_to_string(path(PAGE)).unwrap();
    let (head, rows) = page.split_once(MARK).expect("the page has its mark");
    let by_hand = by_hand(rows);
    let (mut now, mut section) = (format!("{head}{MARK}"), None);
    // In the order of config/default.toml.
    let place = |key: &str| {
        let (of, name) = key.rsplit_once('.').unwrap_or(("", key));
        let of = DEFAULTS.find(&format!("\n[{of}]")).unwrap_or_default();
        of + DEFAULTS[of..].find(&format!("\n{name} = ")).unwrap_or_default()
    };
    let mut settings = settings();
    settings.sort_by_key(|setting| place(&setting.key));
    for setting in &settings {
        let of = setting.key.rsplit_once('.').map(|(of, _)| of);
        if of.is_some() && of != section || now.ends_with(MARK) {
            section = of;
            let title = of.map_or("No section".to_owned(), |of| format!("`[{of}]`"));
            let _ = write!(
                now,
                "\n## {title}\n\n| setting | default | may be | what it is | when to change it |\n"
            );
            now.push_str("| --- | --- | --- | --- | --- |\n");
        }
        now.push_str(&row(setting, by_hand.get(setting.key.as_str()).copied().unwrap_or_default()));
        assert!(!setting.about.is_empty(), "config/default.toml says nothing of {}", setting.key);
    }
    renewed(PAGE, &now);
    let silent: Vec<&str> = settings
        .iter()
        .map(|s| s.key.as_str())
        .filter(|key| by_hand.get(key).is_none_or(|when| when.is_empty()))
        .collect();
    assert_eq!(silent, Vec::<&str>::new(), "the page does not say when to change these");
}

#[test]
fn production_is_safe_by_itself() {
    let config = load(&with_required(&[("HOOKYARD_ENV", "production")])).unwrap();
    assert!(
        !config.chaos.enabled
            && config.egress.allow_cidrs.is_empty()
            && config.server.cors_origins.is_empty()
    );
    assert_eq!(config.egress.ports_denied, domain::address::PORTS_DENIED);
    assert_eq!(config.log.format, LogFormat::Json);
}
