//! What the API asks of the rest of the running service.

use std::sync::Arc;

use actors::chaos::Chaos;
use actors::ports::{EgressError, Reference};
use async_trait::async_trait;
use bytes::Bytes;
use domain::attempt::AttemptRecord;
use domain::endpoint::{Endpoint, Kind};
use domain::event::Event;
use domain::id::{EndpointId, Shard};
use domain::lease::NodeId;
use domain::template::{Template, Wrong};

/// A request that is not sent, without its secrets.
#[derive(Debug, Clone)]
pub struct Preview {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// A body that is not sent.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub content_type: &'static str,
    pub body: Bytes,
}

/// What a check of the doctor came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: &'static str,
    pub state: &'static str,
    pub found: String,
    pub advice: Option<String>,
}

/// Whether one part of the service works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Ok,
    /// Slower or partly away; publishing works.
    Degraded,
    /// Publishing cannot work.
    Failed,
}

/// The parts of the service by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    pub parts: Vec<(&'static str, Part)>,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Ok, Self::Degraded, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
        }
    }
}

impl Health {
    /// How a part is; one that nobody speaks of works.
    pub fn word(&self, name: &str) -> &'static str {
        let part = self.parts.iter().find(|(part, _)| *part == name);
        part.map_or(Part::Ok, |(_, part)| *part).as_str()
    }
}

/// What became of the configuration's sources, by name, and the settings that are others now and wait for a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
    pub unchanged: usize,
    pub need_restart: Vec<String>,
}

/// A setting that cannot be: its key, and why. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongSetting {
    pub key: String,
    pub detail: String,
}

/// Why the configuration was not put in force. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReloaded {
    Wrong(Vec<WrongSetting>),
    /// The queue is away.
    Away,
}

#[async_trait]
pub trait Control: Send + Sync + 'static {
    /// Tenants, endpoints or keys changed, and it is committed: brings the directory up to it and tells the actors that
    /// run. The answer to the client waits for it.
    async fn changed(&self);
    /// These were made owed again, and it is committed: queues them.
    async fn retry(&self, owed: Vec<Reference>);
    /// Makes one attempt at once, past queue and limits. Nothing of it is kept.
    async fn test(&self, endpoint: Arc<Endpoint>, event: Event) -> Result<AttemptRecord, EgressError>;
    /// What an endpoint would get of an event, or why nothing can be made of it. Nothing is sent.
    async fn preview(&self, endpoint: Arc<Endpoint>, event: Event) -> Result<Preview, Wrong>;
    /// What an endpoint of this kind would get with this template, or without any.
    async fn render(&self, kind: Kind, template: Option<Template>, event: Event) -> Result<Rendered, Wrong>;
    /// Reads the configuration of this node again, and puts its sources in force.
    async fn reload(&self) -> Result<Reloaded, NotReloaded>;
    /// Faults on request; `None` where they are not enabled.
    fn chaos(&self) -> Option<&Chaos>;
    fn health(&self) -> Health;
    /// Looks at the stores and at this machine with the configuration of this node.
    async fn examine(&self) -> Result<Vec<Finding>, Box<dyn std::error::Error + Send + Sync>>;
    /// The shard that an endpoint's deliveries go through.
    fn shard_of(&self, endpoint: EndpointId) -> Shard;
    /// The node that answers.
    fn node(&self) -> NodeId;
}
