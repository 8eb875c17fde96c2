//! The servers that `hookyard dev`, `hookyard bench` and the tests bring along: a nats-server and a Postgres of their
//! own, and for the bench a node.
//!
//! Who acts: [`Folder`] holds a data folder for one process alone; [`Postgres`] and [`Nats`] find their program,
//! prepare their part of the folder, run the server on a loopback port and report where it is; [`child`] runs it.
//! Promised: a start answers only when the server does; stopped, killed or dropped, no process stays behind, nor does
//! one outlive this process when that is killed; what an earlier, killed run left running is ended before the next
//! start; the same folder gives the same data again.
//! Left out: production. Nothing here is tuned, replicated or backed up, and whoever may connect to loopback on this
//! machine may connect to these servers. Neither is a server watched: one that dies stays down until `restart`.

mod account;
mod child;
mod folder;
mod hookyard;
mod nats;
mod port;
mod postgres;
mod process;
mod program;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

pub use account::Account;
pub use folder::Folder;
pub use hookyard::{Hookyard, Options as HookyardOptions};
pub use nats::{Nats, Options as NatsOptions};
pub use postgres::{Durability, Options as PostgresOptions, Postgres};

/// What keeps a server from running. The words are for the person at the terminal: they say what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not {operation} {path}")]
    Io {
        operation: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "another hookyard (process {owner}) is using {folder}: stop it, or choose another folder with --data"
    )]
    Busy { folder: PathBuf, owner: String },
    #[error("no {program} found: run `make tools`, or name one in {variable}")]
    Missing { program: &'static str, variable: &'static str },
    #[error(
        "{path} is version {found}, and {needed} is needed: run `make tools`, or name another in {variable}"
    )]
    Unfit { path: PathBuf, found: String, needed: String, variable: &'static str },
    #[error(
        "postgres does not run as root, and user {account} cannot pass {blocked}: choose a folder with --data that it can reach, or run as another user"
    )]
    Unreachable { account: String, blocked: PathBuf },
    #[error("setpriv is needed to run postgres as {account} instead of root: install util-linux")]
    NoSetpriv { account: String },
    #[error("no free port on 127.0.0.1 found in {tries} tries")]
    NoPort { tries: u32 },
    #[error("{server} ended at start with {status}; its log ends with:\n{log}")]
    Ended { server: &'static str, status: ExitStatus, log: String },
    #[error("{server} was not ready after {after:?}; its log ends with:\n{log}")]
    NotReady { server: &'static str, after: Duration, log: String },
    #[error("process {pid}, left by an earlier run on {folder}, does not end")]
    Leftover { pid: u32, folder: PathBuf },
}

impl Error {
    fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// Somebody else was faster on the port that was free a moment ago.
    fn is_port_taken(&self) -> bool {
        matches!(self, Self::Ended { log, .. } if log.to_lowercase().contains("address already in use"))
    }
}
