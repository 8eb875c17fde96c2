//! A loopback port that nobody listens on.
//!
//! Only a guess that was right a moment ago: the server that cannot bind it says so, and its starter asks again.
//! Ports come from below the range that the kernel gives to outgoing connections (32768 and up on Linux), so that
//! a port is still free when a server is restarted on it while others connect.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

use super::Error;

/// How often a taken port is answered with another guess.
pub(super) const TRIES: u32 = 50;

const LOWEST: u16 = 20_000;
const COUNT: u16 = 12_000;

pub(super) fn free() -> Result<u16, Error> {
    (0..TRIES)
        .map(|_| {
            // Keyed afresh in each process and at each call: no two processes walk the ports in the same order.
            let guess = RandomState::new().build_hasher().finish() % u64::from(COUNT);
            LOWEST + guess as u16
        })
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or(Error::NoPort { tries: TRIES })
}
