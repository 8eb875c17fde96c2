//! In which way a CloudEvent is written into a request or a message, if one is: HTTP binding, §3; NATS binding, §3.

/// What the headers of its attributes begin with, in lower case.
pub const PREFIX: &str = "ce-";
/// The header that makes a message a CloudEvent in binary mode.
pub const VERSION_HEADER: &str = "ce-specversion";

const ESSENCE: &str = "application/cloudevents";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All of it is in the body.
    Structured,
    /// The body is a list of them.
    Batch,
    /// Its attributes are in headers, and the body is its data.
    Binary,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "CloudEvents are read as application/cloudevents+json, application/cloudevents-batch+json, or with ce- headers"
)]
pub struct UnknownFormat;

impl Mode {
    /// `None`: it is no CloudEvent.
    pub fn of(content_type: Option<&str>, has_version: bool) -> Result<Option<Self>, UnknownFormat> {
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        match essence.strip_prefix(ESSENCE) {
            Some("+json" | "") => Ok(Some(Self::Structured)),
            Some("-batch+json" | "-batch") => Ok(Some(Self::Batch)),
            Some(other) if other.starts_with('+') || other.starts_with("-batch+") => Err(UnknownFormat),
            Some(_) | None => Ok(has_version.then_some(Self::Binary)),
        }
    }
}
