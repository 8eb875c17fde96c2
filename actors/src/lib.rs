//! Who acts in Hookyard, on ports alone. See README.md beside this crate for the tree and the messages.

pub mod directory;
pub mod intake;
pub mod ports;
