//! The doctor: what a node would find where it is to run, before it runs there. It asks Postgres, NATS, the resolver and
//! this machine, holds what it learns against the configuration, and says what is wrong and what to do.
//!
//! Promises: nothing is written, made or changed anywhere; whatever does not answer is a finding within seconds, and
//! the other checks go on. Each check is a decision over facts, beside what gathers them.
//! Left out: watching. That is for metrics and alerts.

mod clock;
mod ledger;
mod machine;
mod network;
mod queue;
mod secrets;

use serde::Serialize;
use url::Url;

use crate::config::Config;
use crate::ledger::Ledger;

use super::wiring;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// It runs, but not as it could, or not as safely.
    Warn,
    /// It does not run, or loses what it promises to keep.
    Fail,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Ok, Self::Warn, Self::Fail];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: &'static str,
    pub state: State,
    /// What there is.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), advice: None }
    }

    fn warn(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Fail, found: found.into(), advice: Some(advice.into()) }
    }
}

/// What is looked at besides what the configuration names.
#[derive(Debug, Default)]
pub struct Asked {
    /// Whether a webhook could be sent there; none is.
    pub url: Option<String>,
    /// Of a nats-server, its address for monitoring.
    pub nats_monitor: Option<Url>,
}

/// Looks at everything, one after the other.
pub async fn examine(config: &Config, asked: &Asked) -> anyhow::Result<Vec<Finding>> {
    let ledger = Ledger::open(&wiring::ledger_alone(&config.postgres))?;
    let mut findings = ledger::examine(config, &ledger).await;
    findings.extend(secrets::examine(config, &ledger).await);
    findings.extend(queue::examine(config).await);
    if let Some(monitor) = &asked.nats_monitor {
        findings.extend(queue::examine_monitor(monitor).await);
    }
    findings.extend(network::examine(config, asked.url.as_deref()).await);
    findings.extend(machine::examine(config));
    ledger.disconnect().await;
    Ok(findings)
}
