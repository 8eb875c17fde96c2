//! GitHub's own examples of its webhooks: a provider would take the default message of each. They come from npm
//! (`scripts/test.sh` fetches them); without Node they are left out, with a word.

use std::path::Path;

use domain::message::{Provider, default};
use serde::Deserialize;
use serde_json::Value;

use super::{checker, with_event};

#[derive(Deserialize)]
struct Kind {
    name: String,
    examples: Vec<Value>,
}

#[test]
fn of_every_example_of_githubs_there_is_a_message() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/packages/node_modules");
    let file = packages.join("@octokit/webhooks-examples/api.github.com/index.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        let has_npm = std::process::Command::new("npm").arg("--version").output().is_ok();
        assert!(!has_npm, "{} is not there: scripts/test.sh fetches it", file.display());
        eprintln!("skipped: no node with npm is on this machine");
        return;
    };
    let mut count = 0;
    for Kind { name, examples } in serde_json::from_str::<Vec<Kind>>(&text).unwrap() {
        for data in examples {
            let action = data["action"].as_str().map(|action| format!(".{action}")).unwrap_or_default();
            with_event(&format!("github.{name}{action}"), &data, |event| {
                checker::discord(&default(Provider::Discord, event)).unwrap();
                checker::slack(&default(Provider::Slack, event)).unwrap();
            });
            count += 1;
        }
    }
    assert!(count >= 300, "{count} examples");
}
