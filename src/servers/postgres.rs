//! A Postgres of our own: one cluster in `DIR/postgres`, one database, one superuser, loopback only.
//!
//! Promised: the cluster is made once, aside, and moved into place when whole; a start answers when the server accepts
//! connections; a restart keeps the port. Run by root, the server runs as [`Account`]; where that user cannot pass
//! the folder, the cluster lies in `/var/lib/hookyard` and `DIR/postgres` points there.
//! Left out: passwords. Whoever may open a loopback connection on this machine is superuser of this cluster.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};

use super::child::{Child, Ending, Plan};
use super::program::{self, Version};
use super::{Account, Error, Folder, port, process};

const SERVER: &str = "postgres";
const BIN: &str = "HOOKYARD_POSTGRES_BIN";
/// The oldest major version that the ledger's SQL is written for.
const MAJOR_MIN: u32 = 14;
/// Superuser and database alike.
const NAME: &str = "hookyard";
/// Where clusters lie whose own folder the server's user cannot pass.
const ELSEWHERE: &str = "/var/lib/hookyard";
/// How often the server's own note of its state is read while it starts.
const LOOK_EVERY: Duration = Duration::from_millis(3);

const ENDING: Ending = Ending {
    // "Fast": sessions are broken off, a checkpoint is written.
    gently: Signal::INT,
    orphaned: "INT",
    // "Immediate": no checkpoint, but its processes and its shared memory are given back, unlike after a kill.
    at_once: Signal::QUIT,
    patience: Duration::from_secs(20),
};

/// What a crash of the machine may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing committed.
    Durable,
    /// The whole cluster, in exchange for speed; a crash of the server alone costs nothing. For tests.
    Fast,
}

#[derive(Debug, Clone)]
pub struct Options {
    pub folder: Folder,
    pub durability: Durability,
    /// How long a start may take, recovery after a crash included.
    pub start_timeout: Duration,
}

impl Options {
    pub fn new(folder: Folder, durability: Durability) -> Self {
        Self { folder, durability, start_timeout: Duration::from_mins(1) }
    }
}

/// A Postgres that was started, running or not. Dropped, it is gone, and its data stays.
#[derive(Debug)]
pub struct Postgres {
    options: Options,
    account: Option<Account>,
    programs: PathBuf,
    data: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Postgres {
    /// Starts the server of this folder, making its cluster first where there is none.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let account = Account::unprivileged()?;
        let data = place(&options.folder, account.as_ref())?;
        let programs = programs(&data)?;
        let mut postgres = Self { options, account, programs, data, port: 0, child: None };
        if postgres.data.exists() {
            postgres.end_leftovers().await?;
        } else {
            postgres.create().await?;
        }
        let mut tries = 0;
        loop {
            postgres.port = port::free()?;
            tries += 1;
            match postgres.launch().await {
                Err(error) if error.is_port_taken() && tries < port::TRIES => {}
                done => return done.map(|()| postgres),
            }
        }
    }

    /// The version of the Postgres that a new cluster would be made with.
    pub fn version() -> Result<String, Error> {
        let path = programs(Path::new("/nowhere"))?.join(SERVER);
        let version = Version::of(&path).ok_or(Error::Missing { program: SERVER, variable: BIN })?;
        Ok(version.to_string())
    }

    /// Where clients connect: user, address and database.
    pub fn url(&self) -> String {
        format!("postgres://{NAME}@127.0.0.1:{}/{NAME}?sslmode=disable", self.port)
    }

    /// The server's first process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().filter(|child| child.status().is_none()).map(Child::pid)
    }

    /// Shuts down cleanly: sessions are broken off, a checkpoint is written. By force after 20 s.
    pub async fn stop(&mut self) -> Result<(), Error> {
        if let Some(child) = self.child.take() {
            child.stop().await;
            self.end_leftovers().await?;
        }
        Ok(())
    }

    /// Kills the server and all its processes where they stand, as a crash would.
    pub async fn kill(&mut self) -> Result<(), Error> {
        if let Some(child) = self.child.take() {
            child.kill().await;
            self.end_leftovers().await?;
        }
        Ok(())
    }

    /// Starts it again on the same port, stopping it first where it runs.
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

    async fn launch(&mut self) -> Result<(), Error> {
        let child = Child::spawn(Plan {
            server: SERVER,
            program: &self.programs.join("postgres"),
            args: settings(&self.data, self.port, self.options.durability),
            env: Vec::new(),
            stdin: Stdio::null(),
            log: self.log(),
            account: self.account.as_ref(),
            ending: ENDING,
        })?;
        child.until(accepting(&self.data, child.pid()), self.options.start_timeout).await?;
        self.child = Some(child);
        Ok(())
    }

    /// Makes the cluster aside and moves it into place: one that is there is whole.
    async fn create(&self) -> Result<(), Error> {
        let new = self.data.with_extension("new");
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &new)(error));
            }
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&new).map_err(Error::io("create", &new))?;
        if let Some(Account { uid, gid, .. }) = &self.account {
            chown(&new, Some(*uid), Some(*gid)).map_err(Error::io("give away", &new))?;
        }
        let path = new.display().to_string();
        let mut init: Vec<String> =
            ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username"]
                .map(str::to_owned)
                .into();
        init.extend([NAME.to_owned(), "--pgdata".to_owned(), path.clone()]);
        if self.options.durability == Durability::Fast {
            // Tests copy the cluster: a small first segment of the write-ahead log, and below, no spare database.
            init.push("--wal-segsize=1".to_owned());
        }
        self.run("initdb", init, Stdio::null()).await?;

        let mut statements = format!("ALTER DATABASE postgres RENAME TO {NAME};\n");
        if self.options.durability == Durability::Fast {
            statements
                .push_str("UPDATE pg_database SET datistemplate = false WHERE datname = 'template0';\n");
            statements.push_str("DROP DATABASE template0;\n");
        }
        // Fits into the pipe whole, so that nobody has to be reading yet.
        let (statements_read, mut writer) = io::pipe().map_err(Error::io("open a pipe to", &new))?;
        writer.write_all(statements.as_bytes()).map_err(Error::io("write a pipe to", &new))?;
        drop(writer);
        let single = ["--single", "-F", "-D", &path, "template1"].map(str::to_owned).into();
        self.run("postgres", single, statements_read.into()).await?;
        fs::rename(&new, &self.data).map_err(Error::io("move into place", &new))
    }

    async fn run(&self, name: &'static str, args: Vec<String>, stdin: Stdio) -> Result<(), Error> {
        let program = self.programs.join(name);
        let account = self.account.as_ref();
        let child = Child::spawn(Plan {
            server: name,
            program: &program,
            args,
            env: Vec::new(),
            stdin,
            log: self.log(),
            account,
            ending: ENDING,
        })?;
        let timely = tokio::time::timeout(self.options.start_timeout, child.ended()).await;
        match timely {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Error::Ended { server: name, status, log: child.log().tail() }),
            Err(_) => {
                let after = self.options.start_timeout;
                Err(Error::NotReady { server: name, after, log: child.log().tail() })
            }
        }
    }

    fn log(&self) -> PathBuf {
        self.options.folder.path().join("postgres.log")
    }

    /// Ends every process that still works on this cluster. The folder's lock is ours: none has a right to.
    async fn end_leftovers(&self) -> Result<(), Error> {
        let find = || process::working_in(&self.data, SERVER);
        let noted = note(&self.data).and_then(|note| note.lines().next()?.trim().parse().ok());
        // Only the first process knows what a shutdown is; to the others its signal means something else.
        let first = |found: &[u32]| found.iter().copied().filter(|pid| Some(*pid) == noted).collect();
        process::end(&self.data, find, first, ENDING.gently, ENDING.patience).await?;
        // A stale note whose number a stranger has by now would make Postgres refuse to start.
        let name = self.data.join("postmaster.pid");
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", &name)(error)),
            _ => Ok(()),
        }
    }
}

fn settings(data: &Path, port: u16, durability: Durability) -> Vec<String> {
    let port = format!("port={port}");
    let common = [
        port.as_str(),
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=100",
        "synchronous_commit=on",
        "wal_compression=off",
        "commit_delay=0",
        "logging_collector=off",
        "log_destination=stderr",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    let chosen: &[&str] = match durability {
        Durability::Durable => {
            &["fsync=on", "full_page_writes=on", "shared_buffers=128MB", "max_wal_size=1GB"]
        }
        Durability::Fast => {
            &["fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_wal_size=128MB"]
        }
    };
    let mut args = vec!["-D".to_owned(), data.display().to_string()];
    args.extend(common.iter().chain(chosen).flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
    args
}

/// What the server wrote down about itself: its number on line 1, its state on line 8.
fn note(data: &Path) -> Option<String> {
    fs::read_to_string(data.join("postmaster.pid")).ok()
}

async fn accepting(data: &Path, pid: u32) {
    let ready = |note: String| {
        let mut lines = note.lines().map(str::trim);
        lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
    };
    while !note(data).is_some_and(ready) {
        sleep(LOOK_EVERY).await;
    }
}

/// Where the cluster is, or is to be made.
fn place(folder: &Folder, account: Option<&Account>) -> Result<PathBuf, Error> {
    let here = folder.path().join("postgres");
    let Some(account) = account else { return Ok(fs::canonicalize(&here).unwrap_or(here)) };
    let Some(blocked) = account.blocked(folder.path())? else {
        return Ok(fs::canonicalize(&here).unwrap_or(here));
    };
    if here.is_dir() && !here.is_symlink() {
        // It was made here by another user, or the folder was shut since: never a second cluster beside it.
        return Err(Error::Unreachable { account: account.name.clone(), blocked });
    }
    let digest = Sha256::digest(folder.path().as_os_str().as_encoded_bytes());
    let id = digest.iter().take(8).fold(0_u64, |id, byte| id << 8 | u64::from(*byte));
    let elsewhere = Path::new(ELSEWHERE).join(format!("{id:016x}"));
    DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&elsewhere)
        .map_err(Error::io("create", &elsewhere))?;
    if let Some(blocked) = account.blocked(&elsewhere)? {
        return Err(Error::Unreachable { account: account.name.clone(), blocked });
    }
    let there = elsewhere.join("postgres");
    if fs::read_link(&here).ok().as_ref() != Some(&there) {
        if here.is_symlink() {
            fs::remove_file(&here).map_err(Error::io("remove", &here))?;
        }
        symlink(&there, &here).map_err(Error::io("link", &here))?;
    }
    Ok(there)
}

/// The folder of programs to use: the one named, else on `PATH`, else the newest of the system's packages; where a
/// cluster exists, only programs of its major version can open it.
fn programs(data: &Path) -> Result<PathBuf, Error> {
    let made_by =
        fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let fits = |version: Version| made_by.map_or(version.major >= MAJOR_MIN, |major| version.major == major);
    let mut unfit = None;
    for folder in candidates() {
        let path = folder.join("postgres");
        let Some(version) = Version::of(&path).filter(|_| folder.join("initdb").is_file()) else { continue };
        if fits(version) {
            return Ok(folder);
        }
        unfit.get_or_insert((path, version));
    }
    let needed = made_by.map_or_else(
        || format!("{MAJOR_MIN} or newer"),
        |major| format!("{major} (it made {})", data.display()),
    );
    Err(match unfit {
        Some((path, version)) => Error::Unfit { path, found: version.to_string(), needed, variable: BIN },
        None => Error::Missing { program: SERVER, variable: BIN },
    })
}

fn candidates() -> Vec<PathBuf> {
    if let Some(named) = program::variable(BIN) {
        return vec![PathBuf::from(named)];
    }
    // A link on PATH leads to the folder that has initdb and the libraries too.
    let on_path = program::on_path("postgres").into_iter().filter_map(|path| {
        let real = fs::canonicalize(path).ok()?;
        Some(real.parent()?.to_owned())
    });
    let mut packaged: Vec<(u32, PathBuf)> =
        ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"]
            .iter()
            .filter_map(|root| fs::read_dir(root).ok())
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let name = entry.file_name();
                let name = name.to_str()?;
                let number = name.strip_prefix("postgresql@").or(name.strip_prefix("pgsql-")).unwrap_or(name);
                Some((number.parse().ok()?, entry.path().join("bin")))
            })
            .collect();
    packaged.sort();
    on_path.chain(packaged.into_iter().rev().map(|(_, folder)| folder)).collect()
}
