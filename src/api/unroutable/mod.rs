//! What came from a broker and could not be mapped to a tenant's event.

pub mod list;
