//! GitHub's own examples of its webhooks, 329 of 58 kinds: each is taken and mapped, and nothing of it is lost. They come from
//! npm (`scripts/test.sh` fetches them); without Node they are left out, with a word.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::support::inbound::Github;
use crate::support::{app_with, wait};

const SECRET: &str = "It's a Secret to Everybody";

#[derive(Deserialize)]
struct Kind {
    name: String,
    examples: Vec<Value>,
}

/// `None` where this machine cannot fetch them.
fn examples() -> Option<Vec<Kind>> {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/node_modules");
    let file = packages.join("@octokit/webhooks-examples/api.github.com/index.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        let has_npm = std::process::Command::new("npm").arg("--version").output().is_ok();
        assert!(!has_npm, "{} is not there: scripts/test.sh fetches it", file.display());
        eprintln!("skipped: no node with npm is on this machine");
        return None;
    };
    Some(serde_json::from_str(&text).expect("examples"))
}

#[tokio::test]
async fn whatever_github_shows_as_an_example_is_taken() {
    let Some(kinds) = examples() else { return };
    let app = app_with(&[
        ("HOOKYARD__INBOUND__GITHUB__SECRET", SECRET),
        ("HOOKYARD__INBOUND__GITHUB__TENANT", "acme"),
        ("HOOKYARD__INBOUND__GITHUB__PER_MINUTE", "1000"),
    ])
    .await;
    let tenant = app.tenant("acme").await;
    let github =
        Github { client: app.client(), path: "/webhooks/github".to_owned(), secret: SECRET.to_owned() };
    let mut seen = BTreeSet::new();
    for Kind { name, examples } in &kinds {
        for (n, example) in examples.iter().enumerate() {
            let (body, delivery) = (example.to_string(), format!("{name}-{n}"));
            if name == "ping" {
                github.send(name, &delivery, &body).await.expect(200);
                continue;
            }
            let receipt = github.send(name, &delivery, &body).await.expect(202);
            if !seen.insert(body.clone()) {
                assert_eq!(receipt["duplicate"], true, "{delivery} is a copy of another");
                continue;
            }
            let shown = tenant.client.get(&format!("/events/{delivery}")).await.expect(200);
            let action = example["action"].as_str().map(|action| format!(".{action}")).unwrap_or_default();
            // What an app sends to a repository names itself: any text.
            let wanted = if name == "repository_dispatch" { "github.repository_dispatch" } else { "github." };
            let event = shown["event"].as_str().expect("a type");
            let expected = format!("github.{name}{action}");
            assert!(
                event == expected || (name == "repository_dispatch" && event.starts_with(wanted)),
                "{event}"
            );
            assert_eq!(&shown["data"], example, "{delivery}");
        }
    }
    assert!(kinds.len() >= 50 && seen.len() >= 300, "{} kinds, {} bodies", kinds.len(), seen.len());
    let types = wait::until(
        "the catalogue",
        async || tenant.client.get("/event-types").await.expect(200),
        |page| page["items"].as_array().is_some_and(|items| items.len() >= 50),
    );
    types.await;
}
