//! `hookyard ledger size`: rows and bytes of every table and day, as Postgres' own statistics have them.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::support::ledger::world;

#[tokio::test]
async fn tables_and_days_are_told_with_what_they_take() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let events = world.publish(&["a"; 7], &[endpoint]).await;
    // What is believed of rows is of the last look.
    sqlx::query("analyze").execute(&world.pool).await.unwrap();
    let size = async |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
        command.args(["ledger", "size"]).args(options).env_clear().env("DATABASE_URL", world.server.url());
        let output = command.stdin(Stdio::null()).output().await.expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("words are UTF-8")
    };
    let report: Value = serde_json::from_str(&size(&["--json"]).await).unwrap();
    let table = |name: &str| {
        let tables = report["tables"].as_array().unwrap().iter();
        tables.clone().find(|table| table["table"] == name).unwrap_or_else(|| panic!("{name}: {report}"))
    };
    assert_eq!((&table("events")["rows"], &table("deliveries")["rows"]), (&events.len().into(), &7.into()));
    let on_disk: i64 = sqlx::query_scalar(
        "select sum(pg_total_relation_size(relid))::bigint from pg_partition_tree('deliveries') where isleaf",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(table("deliveries")["bytes"], on_disk);
    let days = report["days"].as_array().unwrap();
    let rows: u64 = days.iter().filter_map(|day| day["rows"]["events"].as_u64()).sum();
    assert_eq!(rows, 7, "{report}");
    let told = size(&[]).await;
    assert!(told.contains("next to go: ") && told.contains("goes on"), "{told}");
}
