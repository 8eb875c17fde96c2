//! `grafana/`: what can be seen of the dashboards without a Grafana. Their shape is held against Grafana's own schema, and the SQL
//! of their panels runs on a ledger, by the role that may read what they show and nothing else.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::app::TestApp;
use crate::support::dashboards::{asked, dashboards, panels};
use crate::support::{Receiver, app, wait};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn each_panel_says_what_it_shows() {
    for (title, panel) in panels() {
        assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{title}");
        let of_ledger = title.starts_with("endpoints: ");
        let source = if of_ledger { "${ledger}" } else { "${datasource}" };
        assert_eq!(panel["datasource"]["uid"], source, "{title}");
        let unit = panel.pointer("/fieldConfig/defaults/unit").or(panel.pointer("/options/yAxis/unit"));
        assert!(unit.is_some_and(Value::is_string), "{title}");
        assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()), "{title}");
        for target in panel["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"], panel["datasource"], "{title}");
        }
    }
}

#[test]
fn panels_lie_beside_each_other_and_their_links_lead_to_pages() {
    let mut uids = BTreeSet::new();
    for (name, dashboard) in dashboards() {
        assert!(uids.insert(dashboard["uid"].as_str().unwrap().to_owned()), "{name}");
        let mut taken = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for panel in dashboard["panels"].as_array().unwrap() {
            let title = &panel["title"];
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: {title}: its id is there twice");
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
            assert!(x + w <= 24, "{name}: {title}");
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(taken.insert(cell), "{name}: {title} lies on another");
            }
            for link in panel["links"].as_array().into_iter().flatten() {
                let page = link["url"].as_str().unwrap().replace("${docs}", "docs");
                assert!(root().join(&page).exists(), "{name}: {title}: {page}");
            }
        }
    }
}

#[test]
fn dashboards_are_what_grafanas_schema_says() {
    if !Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: no node is on this machine");
        return;
    }
    let folder = root().join("grafana/schema");
    assert!(folder.join("node_modules/installed.json").exists(), "scripts/observing.sh fetches the schema");
    let output = Command::new("node").arg(folder.join("check.mjs")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A word that Grafana puts something else for: as it does, and the choice of `All`.
fn filled_in(statement: &str, tenants: &str) -> String {
    let (from, to) = ("'2000-01-01T00:00:00Z'", "'2100-01-01T00:00:00Z'");
    let mut text = statement.to_owned();
    while let Some((before, rest)) = text.split_once("$__timeFilter(") {
        let (column, after) = rest.split_once(')').unwrap();
        text = format!("{before}{column} BETWEEN {from} AND {to}{after}");
    }
    text.replace("$__timeFrom()", from)
        .replace("$__timeTo()", to)
        .replace("$tenant", tenants)
        .replace("$rows", "10")
}

/// Lets the role of `grafana/reader.sql` in, as its first line says.
async fn reader(app: &TestApp) -> PgPool {
    for _ in 0..2 {
        let mut command = Command::new("psql");
        command.args(["--no-psqlrc", "-q", "-d", &app.postgres.url(), "-v", "password=it's a test"]);
        let output = command.arg("-f").arg(root().join("grafana/reader.sql")).output().expect("psql runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let options: PgConnectOptions = app.postgres.url().parse().unwrap();
    PgPool::connect_with(options.username("hookyard_reader").password("it's a test")).await.unwrap()
}

#[tokio::test]
async fn the_sql_of_the_panels_shows_a_reader_what_there_is() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.*"]).await;
    let settings = json!({"maxRetries": 1, "retrySchedule": ["0s", "1h"]});
    tenant.endpoint_with("http://127.0.0.1:9/", &["order.*"], &settings).await;
    tenant.publish_many("order.paid", 3).await;
    let pool = app.pool().await;
    let counted = "select coalesce(sum(outcomes[1] + outcomes[4]), 0) from endpoint_hours";
    let look = async || sqlx::query_scalar::<_, i64>(counted).fetch_one(&pool).await.unwrap();
    wait::until("attempts to be counted", look, |attempts| *attempts == 6).await;

    let reader = reader(&app).await;
    let statements = asked("rawSql");
    assert!(statements.len() >= 7, "{}", statements.len());
    let variables = dashboards().into_iter().flat_map(|(_, dashboard)| {
        let variables = dashboard["templating"]["list"].as_array().cloned().unwrap_or_default();
        variables.into_iter().filter(|variable| variable["type"] == "query")
    });
    let of_variables = variables
        .map(|variable| (variable["name"].to_string(), variable["query"].as_str().unwrap().to_owned()));
    for (title, statement) in statements.into_iter().chain(of_variables) {
        for tenants in ["'acme','nobody'", "select id from tenants"] {
            let rows = sqlx::query(AssertSqlSafe(filled_in(&statement, tenants))).fetch_all(&reader).await;
            assert!(rows.as_ref().is_ok_and(|rows| !rows.is_empty()), "{title}: {rows:?}\n{statement}");
        }
    }
    for secret in [
        "select url from endpoints",
        "select custom_headers from endpoints",
        "select sealed from endpoint_secrets",
        "select data from events",
        "select first_attempt from deliveries",
        "select hash from keys",
        "update endpoint_hours set duration_ms = 0",
    ] {
        let refused = sqlx::query(secret).execute(&reader).await.unwrap_err();
        let code = refused.as_database_error().and_then(DatabaseError::code).unwrap();
        assert!(["42501", "25006"].contains(&&*code), "{secret}: {refused}");
    }
}
