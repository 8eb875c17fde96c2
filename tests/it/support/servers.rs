//! Real servers for one test: in a folder of its own, started in a moment, stopped and removed when dropped.
//!
//! `initdb` takes longer than most tests, so it runs once: the first test that needs a cluster makes a template under
//! a lock that all test processes share, and each test copies it.

use std::fs::{self, DirBuilder, File};
use std::io::Write as _;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use hookyard::servers::{Account, Durability, Folder, Nats, NatsOptions, Postgres, PostgresOptions};

/// A folder for one test, removed when dropped. Its servers must go first: keep it behind them.
#[derive(Debug)]
pub struct Home(PathBuf, Vec<Disk>);

/// A small disk of its own, in memory. Only root has one made.
#[derive(Debug)]
pub struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, bytes: usize) -> Self {
        make(&at);
        let size = format!("size={bytes},mode=0711");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "hookyard-test"]).arg(&at).status();
        assert!(mounted.expect("mount runs").success(), "no disk at {}", at.display());
        Self(at)
    }

    fn filling(&self) -> PathBuf {
        self.0.join("filling")
    }

    /// Leaves no room.
    pub fn fill(&self) {
        let mut file = File::create(self.filling()).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            let piece = vec![7; size];
            while file.write_all(&piece).is_ok() {}
        }
    }

    /// Makes room again.
    pub fn clear(&self) {
        fs::remove_file(self.filling()).expect("what fills it");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever works in it is about to be gone.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

impl Home {
    pub fn new() -> Self {
        let base = base();
        let home = tempfile::Builder::new()
            .prefix("home-")
            // The user that Postgres runs as under root must pass, which tempfile's own mode does not allow.
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o711))
            .tempdir_in(base)
            .expect("a folder for this test");
        Self(home.keep(), Vec::new())
    }

    /// A disk in this folder.
    pub fn mount(&mut self, name: &str, bytes: usize) -> &Disk {
        self.1.push(Disk::mount(self.0.join(name), bytes));
        self.disk()
    }

    /// The last that was mounted.
    pub fn disk(&self) -> &Disk {
        self.1.last().expect("a disk")
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn lock(&self) -> Folder {
        Folder::open(&self.0).expect("a folder that no other process holds")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.1.clear();
        if std::thread::panicking() {
            // The logs say what the server thought of it.
            eprintln!("kept for a look: {}", self.0.display());
        } else if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("could not remove {}: {error}", self.0.display());
        }
    }
}

/// A server and the folder it lives in; dropped in this order.
#[derive(Debug)]
pub struct Housed<S> {
    pub(super) server: S,
    pub home: Home,
}

impl<S> Deref for Housed<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.server
    }
}

impl<S> DerefMut for Housed<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.server
    }
}

/// A Postgres of this test's own, with an empty database.
pub async fn postgres() -> Housed<Postgres> {
    postgres_as(Durability::Fast).await
}

/// The same with the settings of one that is to keep what it has.
pub async fn postgres_as(durability: Durability) -> Housed<Postgres> {
    let home = Home::new();
    copy_template(&home).await;
    let server =
        Postgres::start(PostgresOptions::new(home.lock(), durability)).await.expect("postgres starts");
    Housed { server, home }
}

/// The same on a disk of so many bytes.
pub async fn postgres_on_a_disk(bytes: usize) -> Housed<Postgres> {
    let mut home = Home::new();
    copy_template(&home).await;
    let (made, disk) = (home.path().join("postgres"), home.path().join("disk"));
    home.mount("disk", bytes);
    let moved = Command::new("mv").args([&made, &disk]).status().expect("mv runs");
    assert!(moved.success());
    std::os::unix::fs::symlink(disk.join("postgres"), made).expect("a link");
    let server =
        Postgres::start(PostgresOptions::new(home.lock(), Durability::Fast)).await.expect("postgres starts");
    Housed { server, home }
}

/// A nats-server of this test's own, with an empty store.
pub async fn nats() -> Housed<Nats> {
    nats_in(Home::new(), |_| ()).await
}

/// One whose store takes so much.
pub async fn nats_of(file_store_bytes_max: u64) -> Housed<Nats> {
    nats_in(Home::new(), |options| options.file_store_bytes_max = file_store_bytes_max).await
}

/// One whose store is on a disk of so many bytes.
pub async fn nats_on_a_disk(bytes: usize) -> Housed<Nats> {
    let mut home = Home::new();
    home.mount("nats", bytes);
    nats_in(home, |_| ()).await
}

async fn nats_in(home: Home, choose: impl FnOnce(&mut NatsOptions)) -> Housed<Nats> {
    let mut options = NatsOptions::new(home.lock());
    choose(&mut options);
    let server = Nats::start(options).await.expect("nats-server starts");
    Housed { server, home }
}

/// Puts a fresh cluster into this home, as `Postgres::start` would have made it there.
pub async fn copy_template(home: &Home) {
    let template = template().await;
    let copied = Command::new("cp")
        .args(["-a", "--reflink=auto"])
        .args([&template, &home.path().join("postgres")])
        .status()
        .expect("cp runs");
    assert!(copied.success(), "the template could not be copied");
}

async fn template() -> PathBuf {
    let base = base();
    let folder = base.join("template");
    let cluster = folder.join("postgres");
    let whole = base.join("template.whole");
    // Waiting for the lock stops this thread for the time of one initdb; the other tests are other processes.
    let lock =
        File::options().create(true).truncate(false).write(true).open(base.join("template.lock")).unwrap();
    lock.lock().expect("the template's lock");
    let wanted = fs::read_to_string(cluster.join("PG_VERSION")).unwrap_or_default();
    if fs::read_to_string(&whole).is_ok_and(|made_by| made_by == wanted && !wanted.is_empty()) {
        return cluster;
    }
    let _ = fs::remove_file(&whole);
    let _ = fs::remove_dir_all(&folder);
    let options = PostgresOptions::new(Folder::open(&folder).unwrap(), Durability::Fast);
    // Started and stopped once: what only a first start writes is in the template then.
    let mut postgres = Postgres::start(options).await.expect("a template cluster");
    postgres.stop().await.expect("the template stops");
    fs::write(&whole, fs::read_to_string(cluster.join("PG_VERSION")).unwrap()).unwrap();
    cluster
}

/// Where homes and template are: cargo's folder for tests, or the system's, where root's Postgres cannot pass it.
fn base() -> PathBuf {
    let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers");
    make(&here);
    let account = Account::unprivileged().expect("who we are");
    if account.is_none_or(|account| account.blocked(&here).expect("folders above").is_none()) {
        return here;
    }
    let there = std::env::temp_dir().join("hookyard-servers-of-root");
    make(&there);
    let owner = fs::symlink_metadata(&there).unwrap();
    assert!(owner.is_dir() && owner.uid() == 0, "{} belongs to somebody else", there.display());
    there
}

fn make(folder: &Path) {
    DirBuilder::new().recursive(true).mode(0o711).create(folder).expect("a folder for test servers");
}
