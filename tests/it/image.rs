//! The image: what the Dockerfile says of it, and its last stage, done in a plain root directory where a node then runs as in a
//! container: as the image's user, without capabilities, on a root that is read only. What an engine does is not done here: base
//! images are not fetched (the libraries and authorities are this machine's), and the first stage is an ordinary build.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use hookyard::config::{Config, Sources};
use rustix::process::Signal;
use serde_json::json;
use tokio::process::Command;

use crate::support::node::Node;
use crate::support::servers;

const PROGRAM: &str = "/usr/local/bin/hookyard";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions of each stage, without comments, each in one line.
fn stages() -> Vec<Vec<(String, String)>> {
    let file = read("Dockerfile");
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    let whole = lines.join("\n").replace("\\\n", " ");
    let mut stages: Vec<Vec<(String, String)>> = Vec::new();
    for line in whole.lines().filter(|line| !line.trim().is_empty()) {
        let (name, rest) = line.split_once(' ').unwrap();
        if name == "FROM" {
            stages.push(Vec::new());
        }
        stages.last_mut().expect("FROM is first").push((name.to_owned(), rest.trim().to_owned()));
    }
    stages
}

/// The one instruction of this name in the last stage.
fn said(name: &str) -> String {
    let stage = stages().pop().unwrap();
    let mut found = stage.into_iter().filter(|(instruction, _)| instruction == name);
    let (_, rest) = found.next().unwrap_or_else(|| panic!("no {name}"));
    assert!(found.next().is_none(), "{name} is there twice");
    rest
}

/// A command in the form that needs no shell.
fn command(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn health_check() -> Vec<String> {
    command(said("HEALTHCHECK").split_once("CMD ").unwrap().1)
}

#[test]
fn the_image_holds_the_program_and_runs_nothing_else() {
    let stages = stages();
    let [dashboard, build, last] = &stages[..] else { panic!("{} stages", stages.len()) };
    assert!(last.iter().all(|(name, _)| name != "RUN"), "there is no shell to run it");
    assert_eq!(said("FROM"), "gcr.io/distroless/cc-debian13:nonroot");
    assert_eq!(said("COPY"), format!("--from=build {PROGRAM} {PROGRAM}"));
    assert!(dashboard.iter().any(|(name, rest)| name == "RUN" && rest == "npm run build"));
    let taken = "--from=dashboard /src/dashboard/dist dashboard/dist";
    assert!(build.iter().any(|(name, rest)| name == "COPY" && rest == taken), "without the dashboard");
    assert!(
        build.iter().any(|(name, rest)| name == "RUN" && rest.ends_with(PROGRAM)),
        "nothing is copied from there"
    );
    assert_eq!(
        (command(&said("ENTRYPOINT")), command(&said("CMD"))),
        (vec![PROGRAM.to_owned()], vec!["serve".to_owned()])
    );
    assert_eq!(health_check(), [PROGRAM, "health"]);
    let user = said("USER");
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id != 0)), "{user}");
    let env =
        [("HOOKYARD_ENV", "production"), ("DATABASE_URL", "postgres://h@h/h"), ("NATS_URL", "nats://h")];
    let key = ("HOOKYARD__VAULT__KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let env: Vec<_> =
        env.iter().chain([&key]).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let config = Config::load(Sources { file: None, env }).unwrap();
    assert_eq!(said("EXPOSE"), config.server.listen.port().to_string());
}

#[test]
fn it_is_built_by_a_compiler_that_is_new_enough_on_the_system_it_runs_on() {
    let (_, base) = &stages()[1][0];
    let (version, system) = base.strip_prefix("rust:").unwrap().split_once("-slim-").unwrap();
    let number = |text: &str| -> (u32, u32) {
        let (major, minor) = text.split_once('.').unwrap();
        (major.parse().unwrap(), minor.parse().unwrap())
    };
    let manifest = read("Cargo.toml");
    let needed = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")).unwrap();
    assert!(number(version) >= number(needed.trim_end_matches('"')), "{version} for {needed}");
    // The same C library: trixie is Debian 13.
    assert!(system == "trixie AS build" && said("FROM").contains("debian13"), "{system}");
}

/// What the program is compiled from besides sources.
#[test]
fn nothing_that_the_build_needs_is_kept_from_it() {
    let ignored = read(".dockerignore");
    let ignored: Vec<&str> = ignored.lines().filter(|line| !line.starts_with('#')).collect();
    let needed = [
        ".cargo",
        ".sqlx",
        "migrations",
        "src",
        "actors",
        "domain",
        "bench",
        "benches",
        "Cargo.lock",
        "Cargo.toml",
        "build.rs",
        "dashboard",
        "docs/problems",
        "config/default.toml",
    ];
    for path in needed {
        assert!(root().join(path).exists(), "{path} is not there");
        let mut of_it = ignored.iter().filter(|one| path == **one || path.starts_with(&format!("{one}/")));
        assert_eq!(of_it.next(), None, "{path} is ignored");
    }
    assert!(ignored.contains(&".git") && ignored.contains(&"target") && ignored.contains(&".env"));
}

/// The last stage's steps: its base, as far as a node sees it, and the copy.
async fn build(image: &Path) {
    let copy = |from: &Path, to: &str| {
        let to = image.join(to.trim_start_matches('/'));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, &to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    };
    let program = env!("CARGO_BIN_EXE_hookyard");
    let output = Command::new("ldd").arg(program).output().await.expect("ldd");
    let libraries = String::from_utf8(output.stdout).unwrap();
    let paths = libraries.split_whitespace().filter(|word| word.starts_with('/'));
    let mut names = Vec::new();
    for path in paths {
        copy(Path::new(path), path);
        names.push(path.rsplit('/').next().unwrap().split('.').next().unwrap());
    }
    // All of them are in the base; OpenSSL, which is too, is not asked for.
    names.sort_unstable();
    assert_eq!(
        names,
        ["ld-linux-x86-64", "libc", "libgcc_s", "libm"].map(|name| match std::env::consts::ARCH {
            "aarch64" if name.starts_with("ld-") => "ld-linux-aarch64",
            _ => name,
        })
    );
    let authorities = Path::new("/etc/ssl/certs/ca-certificates.crt");
    if authorities.exists() {
        copy(authorities, "/etc/ssl/certs/ca-certificates.crt");
    }
    fs::create_dir_all(image.join("etc")).unwrap();
    fs::write(image.join("etc/passwd"), "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n")
        .unwrap();
    copy(Path::new(program), PROGRAM);
}

/// A program that runs the image's entry point with its arguments as a container would.
fn container(folder: &Path, image: &Path) -> PathBuf {
    let script = folder.join("container");
    let (image, user, entry) = (image.display(), said("USER"), command(&said("ENTRYPOINT")).remove(0));
    let (id, group) = user.split_once(':').unwrap();
    let inside = format!(
        "mount --bind {image} {image} && mount -o remount,ro,bind {image} && cd {image} && exec setpriv --inh-caps=-all \
         --no-new-privs chroot --userspec={id}:{group} --groups= {image} {entry} \"$@\""
    );
    fs::write(&script, format!("#!/bin/sh\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin\nexec unshare --mount sh -c '{inside}' sh \"$@\"\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

async fn run(program: &Path, arguments: &[String], port: &str) -> (Option<i32>, String) {
    let mut command = Command::new(program);
    let Output { status, stdout, stderr } =
        command.args(arguments).env_clear().env("PORT", port).output().await.expect("it runs");
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[tokio::test]
#[ignore = "needs root, to change it"]
async fn a_node_runs_in_it() {
    let folder = tempfile::tempdir().unwrap();
    // Whoever the image runs as has to get there.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let image = folder.path().join("image");
    build(&image).await;
    let program = container(folder.path(), &image);
    let (postgres, nats) = tokio::join!(servers::postgres(), servers::nats());
    let node = Node::start_of(program.to_str().unwrap(), &[], &postgres.url(), &nats.url()).await;
    let client = node.client();
    assert_eq!(client.get("!/readyz").await.json()["status"], "ok");
    let status = fs::read_to_string(format!("/proc/{}/status", node.process_id())).unwrap();
    let line =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let id = said("USER").split_once(':').unwrap().0.to_owned();
    assert_eq!(line("Uid:"), [id.as_str(); 4].join("\t"));
    assert_eq!((line("CapPrm:"), line("NoNewPrivs:")), ("0".repeat(16), "1".to_owned()));
    assert_eq!(client.get("!/livez").await.json(), json!({"status": "ok"}));
    // Its health check, in another container.
    let port = client.base().rsplit(':').next().unwrap().to_owned();
    let check = &health_check()[1..];
    assert_eq!(run(&program, check, &port).await, (Some(0), "ok\n".to_owned()));
    node.signal(Signal::TERM);
    assert_eq!(node.end().await.code, Some(0));
    assert_eq!(run(&program, check, &port).await.0, Some(1));
}
