//! What the journeys share.

pub mod servers;
