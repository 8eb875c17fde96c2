//! Measuring: what a delivery costs, and how long it takes, beside the least it could cost.
//!
//! Who acts: a [`Rig`] brings up what is measured, in a [`Home`]; a [`Sink`] takes webhooks in a process of its own and
//! keeps a [`Book`](book) of them; the [`Load`] publishes; [`bare`] sends the same signed bodies to the same sink with
//! nothing between; a [`Meter`] reads what each process spent; a [`Report`] holds what came of it.
//! Promised: each delivery is counted by its `webhook-id`, once; percentiles are those of all deliveries, sorted, none
//! averaged; every wait has a limit.
//! Left out: settings and endpoints of what is measured: `hookyard bench` has one measurement, the crate `bench` a suite.

mod bare;
mod book;
mod home;
mod load;
mod manner;
mod meter;
mod progress;
mod remote;
mod report;
mod rig;
mod sink;
mod stamp;
mod watch;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use bare::{Bare, Sent, bare};
pub use book::{Counts, Histogram, Lag};
pub use home::Home;
pub use load::{Load, Pace, Published, Spread};
pub use manner::Manner;
pub use meter::{Meter, Reading, Watched, peak_bytes, resident_bytes};
pub use progress::Progress;
pub use remote::Remote;
pub use report::{Cost, Full, Limit, Report, Settings, count, seconds};
pub use rig::{LISTENING, Rig};
pub use sink::Sink;
pub use stamp::{DATA_BYTES_MIN, EVENT_TYPE, Stamp, event_type, micros};
pub use watch::{STALLED, Watch};
pub use wire::{Answer, Connection};

/// What keeps a measurement from being one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not connect to {to}")]
    Connect {
        to: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("could not speak HTTP with {to}")]
    Http {
        to: SocketAddr,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("waited {after:?} for an answer from {to}")]
    Silent { to: SocketAddr, after: Duration },
    #[error("the sink answered {status} to {path}")]
    Sink { status: u16, path: String },
    #[error("the sink's answer to {path} is not understood")]
    Unreadable {
        path: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("could not read {path}")]
    Process {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is not empty: a bench begins with nothing")]
    Home { path: PathBuf },
    #[error("nobody was named who publishes")]
    Nobody,
    #[error(transparent)]
    Server(#[from] crate::servers::Error),
    #[error("the {name} {how}")]
    Gone { name: &'static str, how: String },
    #[error("{path} is not what Linux writes there")]
    Unknown { path: PathBuf },
    #[error("a secret for the bare limit could not be sealed")]
    Seal(#[from] crate::vault::Error),
    #[error("a task of the benchmark panicked")]
    Panicked(#[from] tokio::task::JoinError),
}
