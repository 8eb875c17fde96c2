//! What `hookyard dev` says when everything is ready, and for each webhook that its receiver gets.

use std::fmt;
use std::path::Path;

use hookyard::receiver::Webhook;

use super::demo::TENANT;

/// Everything is ready: this is where it is, and how to try it.
pub(super) struct Ready<'a> {
    pub(super) url: &'a str,
    pub(super) nats: &'a str,
    pub(super) postgres: &'a str,
    pub(super) key: &'a str,
    pub(super) data: &'a Path,
}

impl fmt::Display for Ready<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, nats, postgres, key, data } = self;
        writeln!(f, "\nHookyard is ready.\n")?;
        writeln!(f, "  dashboard     {url}/  (sign in with the operator key)")?;
        writeln!(f, "  API           {url}/api/v1")?;
        writeln!(f, "  API docs      {url}/api/v1/docs")?;
        writeln!(f, "  NATS          {nats}  (publish to events.{TENANT}.<event type>)")?;
        writeln!(f, "  operator key  {key}")?;
        writeln!(f, "  data          {}\n", data.display())?;
        writeln!(f, "Publish an event for the tenant {TENANT}, and see its webhook arrive below:\n")?;
        writeln!(f, "{}\n", curl(url, key))?;
        writeln!(f, "Count what became of all that was published:\n")?;
        writeln!(f, "{}\n", audit(postgres))?;
        writeln!(f, "ctrl-C stops everything; the data stays.")
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A line to paste into a shell.
fn curl(url: &str, key: &str) -> String {
    let authorization = quoted(&format!("Authorization: Bearer {key}"));
    let data = quoted(r#"{"event":"order.created","data":{"id":42}}"#);
    format!(
        "curl {url}/api/v1/events -H {authorization} -H 'X-Tenant-Id: {TENANT}' -H 'Content-Type: application/json' \
         -d {data}"
    )
}

/// Another, for this very program.
fn audit(postgres: &str) -> String {
    let program = std::env::current_exe().map_or("hookyard".to_owned(), |path| path.display().to_string());
    format!("DATABASE_URL={} {} audit", quoted(postgres), quoted(&program))
}

/// One webhook, one line.
pub(super) fn received(webhook: &Webhook) -> String {
    format!("received  {}", webhook.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_paste_survives_a_shell() {
        let line = curl("http://127.0.0.1:8013", "it's");
        assert!(line.starts_with("curl http://127.0.0.1:8013/api/v1/events "), "{line}");
        assert!(line.contains(r"'Authorization: Bearer it'\''s'"), "{line}");
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn everything_one_needs_is_said() {
        let ready = Ready {
            url: "http://127.0.0.1:1",
            nats: "nats://127.0.0.1:2",
            postgres: "postgres://hookyard@127.0.0.1:3/hookyard?sslmode=disable",
            key: "hy_key",
            data: Path::new(".hookyard"),
        }
        .to_string();
        for part in [
            "http://127.0.0.1:1/api/v1/docs",
            "nats://127.0.0.1:2",
            "hy_key",
            ".hookyard",
            "DATABASE_URL='postgres://hookyard@127.0.0.1:3/hookyard?sslmode=disable'",
            "X-Tenant-Id: demo",
            "ctrl-C",
        ] {
            assert!(ready.contains(part), "{part} is missing:\n{ready}");
        }
    }
}
