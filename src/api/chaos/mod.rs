//! Faults on request, for operators, where `chaos.enabled` allows them.

pub mod kill;
