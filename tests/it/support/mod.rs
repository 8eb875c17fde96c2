//! What the journeys share: real servers, the service on them, a receiver, and a client.

pub mod app;
pub mod bus;
pub mod chaos;
pub mod client;
pub mod contract;
pub mod crowd;
pub mod dashboards;
pub mod events;
pub mod fixtures;
pub mod hostile;
pub mod inbound;
pub mod ledger;
pub mod load;
pub mod memory;
pub mod node;
pub mod outage;
pub mod process;
pub mod prometheus;
pub mod provider;
pub mod receiver;
pub mod running;
pub mod secured;
pub mod servers;
pub mod site;
pub mod tenant;
pub mod verify;
pub mod wait;
pub mod window;

pub use app::{app, app_with};
pub use hostile::{Hostile, Nasty};
pub use process::{no_process, process, process_with};
pub use receiver::Receiver;
