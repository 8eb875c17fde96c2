//! What the journeys share.

pub mod ledger;
pub mod servers;
