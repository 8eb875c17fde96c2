//! The dashboards of `grafana/`, read.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Each by the name of its file.
pub fn dashboards() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana/dashboards");
    let mut found: Vec<(String, Value)> = fs::read_dir(folder)
        .expect("dashboards")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_slice(&fs::read(path).expect("its text")).expect("JSON"))
        })
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

/// Every panel that shows something, by dashboard and title.
pub fn panels() -> Vec<(String, Value)> {
    let of = |(name, dashboard): (String, Value)| {
        let panels = dashboard["panels"].as_array().expect("panels").clone();
        let shown = panels.into_iter().filter(|panel| panel["type"] != "row");
        shown.map(move |panel| (format!("{name}: {}", panel["title"].as_str().unwrap_or_default()), panel))
    };
    dashboards().into_iter().flat_map(of).collect()
}

/// What the panels ask, by dashboard and title: `expr` of Prometheus, `rawSql` of the ledger.
pub fn asked(of: &str) -> Vec<(String, String)> {
    let each = |(title, panel): (String, Value)| {
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        let queries = targets.into_iter().filter_map(|target| Some(target[of].as_str()?.to_owned()));
        queries.map(|query| (title.clone(), query)).collect::<Vec<_>>()
    };
    panels().into_iter().flat_map(each).collect()
}
