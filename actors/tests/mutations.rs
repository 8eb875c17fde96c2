//! The test of the test: each mutation breaks one rule of the protocol, and the simulation must turn red.
//!
//! Promises: a mutation whose text is not in its file exactly once fails, and so does one that does not compile, that
//! stays green, or whose red is not an assertion of the simulation. It all happens in a copy of `domain` and `actors`
//! below `target/`, which is kept, so that only what is mutated is compiled again. Leaves out: finding mutations.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "mutations/table.rs"]
mod table;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use table::ALL;

/// A run that takes longer hangs.
const LONGEST: Duration = Duration::from_mins(4);
/// Enough that each mutation shows, however the seeds fall: most do within the first three.
const SEEDS: u32 = 150;
/// What the unmutated copy has to bear.
const SEEDS_GREEN: u32 = 2;

/// One rule broken in one place.
struct Mutation {
    /// Its number among the rules, or the promise it breaks.
    rule: &'static str,
    name: &'static str,
    file: &'static str,
    /// Exactly once in its file.
    text: &'static str,
    by: &'static str,
    /// Those that must turn red.
    tests: &'static [&'static str],
}

const fn mutation(
    rule: &'static str,
    name: &'static str,
    file: &'static str,
    (text, by): (&'static str, &'static str),
    tests: &'static [&'static str],
) -> Mutation {
    Mutation { rule, name, file, text, by, tests }
}

/// The crates once more, to be mutated.
struct Twin {
    root: PathBuf,
}

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
enum Colour {
    Green,
    /// An assertion of the simulation failed: what it said.
    Red(String),
    Hung,
    /// It failed of something else.
    Broke(String),
}

impl Twin {
    /// Brings the copy up to the sources; what did not change is not touched, so that it is not compiled again.
    fn new() -> Self {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let root = target.join("mutations");
        for package in ["domain", "actors"] {
            let manifest = read(&sources.join(package).join("Cargo.toml"));
            write(&root.join(package).join("Cargo.toml"), &without_benches(&manifest));
            mirror(&sources.join(package).join("src"), &root.join(package).join("src"));
        }
        write(&root.join("Cargo.toml"), &workspace_of(&read(&sources.join("Cargo.toml"))));
        fs::copy(sources.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
        Self { root }
    }

    /// Builds the tests of `actors` into a program of this name; what the compiler said where it could not.
    fn build(&self, name: &str) -> Result<PathBuf, String> {
        let built = Command::new(env!("CARGO"))
            .current_dir(&self.root)
            .args(["test", "--offline", "--quiet", "--package", "actors", "--lib", "--no-run"])
            .args(["--message-format", "json-render-diagnostics", "--target-dir", "target"])
            // What mutations leave unused is not of interest, nor is where in the code it panics.
            .envs([("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_INCREMENTAL", "1")])
            .env("RUSTFLAGS", "--cap-lints=allow")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        let said = String::from_utf8_lossy(&built.stdout);
        let (_, path) = said.rsplit_once(r#""executable":""#).unwrap();
        let program = self.root.join("programs").join(name);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::copy(path.split_once('"').unwrap().0, &program).unwrap();
        Ok(program)
    }

    /// Builds it with the mutation, and leaves the file as it was.
    fn build_mutated(&self, mutation: &Mutation) -> Result<PathBuf, String> {
        let path = self.root.join(mutation.file);
        let text = read(&path);
        let found = text.matches(mutation.text).count();
        if found != 1 {
            return Err(format!("its text is {found} times in {}: it no longer fits", mutation.file));
        }
        write(&path, &text.replace(mutation.text, mutation.by));
        let built = self.build(mutation.name);
        write(&path, &text);
        built.map_err(|said| format!("it does not compile:\n{said}"))
    }
}

/// Their sources are not in the copy.
fn without_benches(manifest: &str) -> String {
    let mut keeps = true;
    let mut is_kept = |line: &str| {
        if line.starts_with('[') {
            keeps = line != "[[bench]]";
        }
        keeps
    };
    manifest.lines().filter(|line| is_kept(line)).flat_map(|line| [line, "\n"]).collect()
}

/// The workspace's tables, for these two members alone.
fn workspace_of(manifest: &str) -> String {
    let mut kept = String::new();
    let mut keeps = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            keeps = line.starts_with("[workspace") || line.starts_with("[profile.dev");
        }
        if line.starts_with("members =") {
            kept.push_str("members = [\"domain\", \"actors\"]\n");
        } else if keeps && !line.starts_with("actors =") {
            kept.extend([line, "\n"]);
        }
    }
    kept
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|known| known == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Makes one folder what the other is.
fn mirror(from: &Path, to: &Path) {
    let mut names = HashSet::new();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let copy = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            mirror(&entry.path(), &copy);
        } else {
            write(&copy, &read(&entry.path()));
        }
        names.insert(entry.file_name());
    }
    for entry in fs::read_dir(to).unwrap() {
        let entry = entry.unwrap();
        if !names.contains(&entry.file_name()) {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        }
    }
}

/// Runs tests of a program, all at once.
fn run(program: &Path, tests: &[&str], seeds: u32) -> Colour {
    let output = program.with_extension("txt");
    let log = fs::File::create(&output).unwrap();
    let mut running = Command::new(program)
        .args(tests)
        .args(["--exact", "--nocapture"])
        .env("SIMULATION_SEEDS", seeds.to_string())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LONGEST {
            running.kill().unwrap();
            running.wait().unwrap();
            return Colour::Hung;
        }
        pause();
    };
    let said = String::from_utf8_lossy(&fs::read(&output).unwrap()).into_owned();
    // A filter that names no test leaves nothing to run, which is green too.
    let ran = said.contains(&format!("running {} test", tests.len()));
    if status.success() && ran {
        return Colour::Green;
    }
    // What panics in an actor is caught: it is red by what follows from it.
    let module: Vec<&str> = tests[0].split("::").take_while(|part| *part != "tests").collect();
    let module = if tests[0].contains("::tests::") { module.join("/") } else { "simulation".to_owned() };
    let places = [format!("{module}.rs"), format!("{module}/tests.rs")];
    let said_at = |place| said.split(&format!("panicked at actors/src/{place}:")).nth(1);
    let assertion = places.iter().find_map(said_at);
    match assertion {
        Some(said) => {
            let lines = said.lines().skip(1).take(2).map(str::trim);
            Colour::Red(lines.collect::<Vec<_>>().join(" ").chars().take(150).collect())
        }
        None => Colour::Broke(said),
    }
}

#[expect(clippy::disallowed_methods, reason = "a process that may hang is looked at now and then")]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

/// What is wrong with a mutation, if anything; said in a line what it came to.
fn judge(mutation: &Mutation, built: Result<PathBuf, String>) -> Option<String> {
    let Mutation { rule, name, tests, .. } = mutation;
    let begun = Instant::now();
    let (colour, verdict) = match built {
        Err(said) => (None, Err(said)),
        Ok(program) => {
            let colour = run(&program, tests, SEEDS);
            let verdict = match &colour {
                Colour::Red(said) => Ok(said.clone()),
                Colour::Hung => Err("it hangs".to_owned()),
                Colour::Green => Err(format!("green over {SEEDS} seeds")),
                Colour::Broke(said) => Err(format!("not red of the simulation:\n{said}")),
            };
            (Some(colour), verdict)
        }
    };
    let took = begun.elapsed().as_secs_f32();
    let word = if verdict.is_ok() { "red" } else { "WRONG" };
    match verdict {
        Ok(said) | Err(said) if colour.is_some() => {
            println!("{word} rule {rule}: {name} ({took:.1} s): {}", said.lines().next().unwrap_or_default());
            (word == "WRONG").then(|| format!("rule {rule}, {name}: {said}"))
        }
        Ok(said) | Err(said) => {
            println!("{word} rule {rule}: {name}: {}", said.lines().next().unwrap_or_default());
            Some(format!("rule {rule}, {name}: {said}"))
        }
    }
}

#[test]
#[ignore = "it compiles the crate once a mutation: scripts/test.sh runs it as a step of its own"]
fn every_mutation_turns_the_simulation_red() {
    let chosen = chosen();
    let twin = Twin::new();
    let program = twin.build("unmutated").unwrap();
    let every: HashSet<&str> = chosen.iter().flat_map(|mutation| mutation.tests.iter().copied()).collect();
    let every: Vec<&str> = every.into_iter().collect();
    assert_eq!(run(&program, &every, SEEDS_GREEN), Colour::Green, "unmutated");
    println!("green: unmutated");
    let wrongs: Vec<String> = std::thread::scope(|scope| {
        // One is compiled while the one before runs.
        let (send, receive) = mpsc::sync_channel(1);
        let judging = scope.spawn(move || {
            let judged = |(mutation, built)| judge(mutation, built);
            receive.into_iter().filter_map(judged).collect()
        });
        for &mutation in &chosen {
            send.send((mutation, twin.build_mutated(mutation))).unwrap();
        }
        drop(send);
        judging.join().unwrap()
    });
    assert!(wrongs.is_empty(), "{} of {}:\n{}", wrongs.len(), chosen.len(), wrongs.join("\n\n"));
}

/// All of them, or by hand those whose name has this in it.
#[expect(clippy::disallowed_methods, reason = "one mutation alone is asked for by hand")]
fn chosen() -> Vec<&'static Mutation> {
    let part = std::env::var("MUTATION").unwrap_or_default();
    let chosen: Vec<_> = ALL.iter().filter(|mutation| mutation.name.contains(&part)).collect();
    assert!(!chosen.is_empty(), "no mutation has {part:?} in its name");
    chosen
}
