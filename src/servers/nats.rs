//! A nats-server of our own, with JetStream: its store in `DIR/nats`, its settings in `DIR/nats.conf`, loopback only.
//!
//! Promised: a start answers when clients can connect and JetStream is on; a restart keeps port and store.
//! Left out: users and passwords, clustering, and the `sync_interval` (2 minutes by default): a crash of the machine may
//! cost what the ledger then brings again.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::child::{Child, Ending, Plan};
use super::program::{self, Version};
use super::{Error, Folder, port, process};

const SERVER: &str = "nats-server";
const PROGRAM: &str = "HOOKYARD_NATS_SERVER";
/// The first version that publishes at a given time.
const VERSION_MIN: Version = Version { major: 2, minor: 12 };
/// The first version that caps a stream's consumers (at 1,000), and knows the setting that lifts the cap.
const VERSION_CAPPED: Version = Version { major: 2, minor: 15 };
/// An event may have 1 MiB; its headers come on top.
const PAYLOAD_BYTES_MAX: u64 = 2 << 20;
const MEMORY_BYTES_MAX: u64 = 256 << 20;
/// Its greeting's length; a nats-server's is below 1 KiB.
const GREETING_BYTES_MAX: u64 = 16 << 10;
/// How long a listener may take to greet before it is asked again.
const GREETING_TIMEOUT: Duration = Duration::from_secs(1);
/// How often a connection is tried while the server starts.
const LOOK_EVERY: Duration = Duration::from_millis(3);

const ENDING: Ending = Ending {
    gently: Signal::TERM,
    orphaned: "TERM",
    at_once: Signal::KILL,
    patience: Duration::from_secs(20),
};

#[derive(Debug, Clone)]
pub struct Options {
    pub folder: Folder,
    /// JetStream's `max_file_store`: past it, publishes are refused (10023).
    pub file_store_bytes_max: u64,
    /// How long a start may take, the reading of the store included.
    pub start_timeout: Duration,
}

impl Options {
    pub fn new(folder: Folder) -> Self {
        Self { folder, file_store_bytes_max: 8 << 30, start_timeout: Duration::from_mins(1) }
    }
}

/// A nats-server that was started, running or not. Dropped, it is gone, and its store stays.
#[derive(Debug)]
pub struct Nats {
    options: Options,
    program: PathBuf,
    version: Version,
    port: u16,
    child: Option<Child>,
}

impl Nats {
    /// Starts the server of this folder.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let (program, version) = find()?;
        let mut nats = Self { options, program, version, port: 0, child: None };
        nats.end_leftovers().await?;
        let mut tries = 0;
        loop {
            nats.port = port::free()?;
            tries += 1;
            match nats.launch().await {
                Err(error) if error.is_port_taken() && tries < port::TRIES => {}
                done => return done.map(|()| nats),
            }
        }
    }

    /// The nats-server that would be started.
    pub fn program() -> Result<PathBuf, Error> {
        find().map(|(program, _)| program)
    }

    /// The version of it.
    pub fn version() -> Result<String, Error> {
        find().map(|(_, version)| version.to_string())
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().filter(|child| child.status().is_none()).map(Child::pid)
    }

    /// Shuts down cleanly; by force after 20 s.
    pub async fn stop(&mut self) -> Result<(), Error> {
        if let Some(child) = self.child.take() {
            child.stop().await;
        }
        Ok(())
    }

    /// Kills it where it stands, as a crash would.
    pub async fn kill(&mut self) -> Result<(), Error> {
        if let Some(child) = self.child.take() {
            child.kill().await;
        }
        Ok(())
    }

    /// Starts it again on the same port and store, stopping it first where it runs.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await?;
        let deadline = Instant::now() + self.options.start_timeout;
        loop {
            match self.launch().await {
                // A client's own side of a connection can sit on the port for a moment.
                Err(error) if error.is_port_taken() && Instant::now() < deadline => {
                    sleep(Duration::from_millis(50)).await;
                }
                done => return done,
            }
        }
    }

    /// Kills it and loses all that it stored, as a lost disk would. It stays down until `restart`.
    pub async fn wipe(&mut self) -> Result<(), Error> {
        self.kill().await?;
        let store = self.store();
        match fs::remove_dir_all(&store) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", &store)(error)),
            _ => Ok(()),
        }
    }

    async fn launch(&mut self) -> Result<(), Error> {
        let (store, settings) = (self.store(), self.settings());
        DirBuilder::new().recursive(true).mode(0o700).create(&store).map_err(Error::io("create", &store))?;
        // A name of this process and port: a stranger that was faster on the port greets with another.
        let name = format!("hookyard-{}-{}", std::process::id(), self.port);
        let text = configuration(self.version, &name, self.port, &store, self.options.file_store_bytes_max);
        fs::write(&settings, text).map_err(Error::io("write", &settings))?;
        let child = Child::spawn(Plan {
            server: SERVER,
            program: &self.program,
            args: vec!["-c".to_owned(), settings.display().to_string()],
            env: Vec::new(),
            stdin: Stdio::null(),
            log: self.options.folder.path().join("nats.log"),
            account: None,
            ending: ENDING,
        })?;
        child.until(greeting(&name, self.port), self.options.start_timeout).await?;
        self.child = Some(child);
        Ok(())
    }

    fn store(&self) -> PathBuf {
        self.options.folder.path().join("nats")
    }

    fn settings(&self) -> PathBuf {
        self.options.folder.path().join("nats.conf")
    }

    /// Ends a server that an earlier run left on this folder: two on one store would ruin it.
    async fn end_leftovers(&self) -> Result<(), Error> {
        let settings = self.settings();
        let find = || process::started_with(&settings, SERVER);
        process::end(self.options.folder.path(), find, <[u32]>::to_vec, ENDING.gently, ENDING.patience).await
    }
}

fn configuration(version: Version, name: &str, port: u16, store: &Path, file_store_bytes_max: u64) -> String {
    // JSON's quoting is understood by the server's parser.
    let store = serde_json::Value::from(store.display().to_string());
    let mut text = format!(
        "# Written at each start; changes here are lost.\n\
         server_name: {name}\n\
         listen: \"127.0.0.1:{port}\"\n\
         max_payload: {PAYLOAD_BYTES_MAX}\n\
         jetstream {{\n\
         \x20 store_dir: {store}\n\
         \x20 max_memory_store: {MEMORY_BYTES_MAX}\n\
         \x20 max_file_store: {file_store_bytes_max}\n"
    );
    if version >= VERSION_CAPPED {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  limits {{ default_max_consumers: -1 }}");
    }
    text.push_str("}\n");
    text
}

/// What a nats-server says first to whoever connects.
#[derive(Debug, Deserialize)]
struct Greeting {
    server_name: String,
    #[serde(default)]
    jetstream: bool,
}

async fn greeting(name: &str, port: u16) {
    loop {
        if let Ok(Ok(greeting)) = timeout(GREETING_TIMEOUT, greeted(port)).await
            && greeting.jetstream
            && greeting.server_name == name
        {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn greeted(port: u16) -> io::Result<Greeting> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut line = String::new();
    BufReader::new(stream.take(GREETING_BYTES_MAX)).read_line(&mut line).await?;
    let info = line.strip_prefix("INFO ").ok_or(io::ErrorKind::InvalidData)?;
    Ok(serde_json::from_str(info)?)
}

/// The program to run: the one named, else the first that is new enough on `PATH`, else in a `.tools` folder at or
/// above the working folder or our own program.
fn find() -> Result<(PathBuf, Version), Error> {
    let mut unfit = None;
    for path in candidates() {
        let Some(version) = Version::of(&path) else { continue };
        if version >= VERSION_MIN {
            return Ok((path, version));
        }
        unfit.get_or_insert((path, version));
    }
    let needed = format!("{VERSION_MIN} or newer");
    Err(match unfit {
        Some((path, version)) => Error::Unfit { path, found: version.to_string(), needed, variable: PROGRAM },
        None => Error::Missing { program: SERVER, variable: PROGRAM },
    })
}

fn candidates() -> Vec<PathBuf> {
    if let Some(named) = program::variable(PROGRAM) {
        return vec![PathBuf::from(named)];
    }
    let starts = [env::current_dir().ok(), env::current_exe().ok()];
    let tools = starts.into_iter().flatten().flat_map(|start| {
        let above = start.ancestors().map(|folder| folder.join(".tools").join(SERVER));
        above.filter(|path| path.is_file()).collect::<Vec<_>>()
    });
    program::on_path(SERVER).into_iter().chain(tools).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifts_the_cap_only_where_the_setting_is_known() {
        let text =
            |minor| configuration(Version { major: 2, minor }, "name", 4222, Path::new("/data/nats"), 1);
        assert!(text(15).contains("default_max_consumers"));
        assert!(!text(14).contains("default_max_consumers"));
    }

    #[test]
    fn quotes_the_store() {
        let text = configuration(VERSION_MIN, "name", 4222, Path::new("/da ta/\"x\" #"), 1);
        assert!(text.contains(r#"store_dir: "/da ta/\"x\" #""#));
    }
}
