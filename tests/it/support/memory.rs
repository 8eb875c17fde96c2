//! What a process holds in memory, as the system counts it.

use std::fs;

/// Of this process, the service's among it.
pub fn resident_bytes() -> usize {
    of("self")
}

/// Of another.
pub fn resident_bytes_of(id: u32) -> usize {
    of(&id.to_string())
}

fn of(process: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}
