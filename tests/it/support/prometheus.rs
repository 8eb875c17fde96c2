//! A Prometheus of the test's own, which reads one node every second and knows our rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::wait;

/// Under the tools of this work tree, as `scripts/observing.sh` fetches it, or on PATH.
pub fn program(name: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools").join(name);
    if own.exists() { own } else { PathBuf::from(name) }
}

pub struct Prometheus {
    /// Killed when dropped.
    child: Child,
    url: String,
    http: reqwest::Client,
    _home: tempfile::TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prometheus {
    /// Reads the node at this address.
    #[expect(clippy::disallowed_methods, reason = "the tests' own client")]
    pub async fn start(node: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let config = home.path().join("prometheus.yml");
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/alerts.yml");
        let text = format!(
            "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files: [\"{}\"]\nscrape_configs:\n  \
             - job_name: hookyard\n    static_configs:\n      - targets: [{node:?}]\n",
            rules.display(),
        );
        fs::write(&config, text).expect("its configuration");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let address = port.expect("a free port").to_string();
        let mut command = Command::new(program("prometheus"));
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", home.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=warn")
            .current_dir(home.path())
            .stdin(Stdio::null());
        let child = command.spawn().expect("prometheus runs: scripts/observing.sh fetches it");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let started = Self { child, url: format!("http://{address}"), http, _home: home };
        wait::until("prometheus to be ready", async || started.is_ready().await, |ready| *ready).await;
        started
    }

    async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/-/ready", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let url = reqwest::Url::parse_with_params(&format!("{}{path}", self.url), query).expect("a URL");
        let answer = self.http.get(url).send().await.expect("prometheus answers");
        let text = answer.text().await.expect("its answer");
        serde_json::from_str(&text).expect("JSON")
    }

    /// What a query brings now, or what is wrong with it.
    pub async fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let answer = self.ask("/api/v1/query", &[("query", expression)]).await;
        match answer["data"]["result"].as_array() {
            Some(found) => Ok(found.clone()),
            None => Err(answer["error"].to_string()),
        }
    }

    /// Every rule, as it was evaluated last.
    pub async fn rules(&self) -> Vec<Value> {
        let answer = self.ask("/api/v1/rules", &[]).await;
        answer["data"]["groups"][0]["rules"].as_array().cloned().unwrap_or_default()
    }
}
