//! The configuration, read again while the process runs, and held against the one that it was started with.

use std::fmt;
use std::path::PathBuf;

use super::layers::Layers;
use super::reader::Shown;
use super::secret::Secret;
use super::{Config, ConfigErrors, Sources, sources};

/// Where a configuration came from. The variables of a process stay what they were; its files do not.
#[derive(Clone, Default)]
pub(super) struct Given {
    file: Option<PathBuf>,
    env: Vec<(String, Secret)>,
}

impl Given {
    pub(super) fn new(sources: &Sources<Vec<(String, String)>>) -> Self {
        let ours = sources.env.iter().filter(|(name, _)| Layers::knows(name));
        let env = ours.map(|(name, value)| (name.clone(), Secret::new(value.clone()))).collect();
        Self { file: sources.file.clone(), env }
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Config {
    /// What the same files and variables say now.
    pub fn again(&self) -> Result<Self, ConfigErrors> {
        let Given { file, env } = &self.given;
        let env = env.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
        Self::load(Sources { file: file.clone(), env })
    }

    /// The keys that have another value there, `[[sources]]` aside.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let environment = (self.environment != other.environment).then(|| "environment".to_owned());
        let keys = self.shown.iter().map(|shown| shown.key.as_str());
        let others = keys.filter(|key| *key != sources::KEY && self.said(key) != other.said(key));
        let changed = others.map(str::to_owned);
        environment.into_iter().chain(changed).collect()
    }

    fn said(&self, key: &str) -> Option<&str> {
        self.shown.iter().find(|shown| shown.key == key).map(Shown::said)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_read_again_is_compared_and_secrets_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let (file, password) = (folder.path().join("hookyard.toml"), folder.path().join("password"));
        let write = |grace: &str, secret: &str| {
            let source = "[[sources]]\nname = \"a\"\nsubject = \"a.>\"\nkind = \"core\"\ntenant = \"token:2\"\ntype = \"token:3\"\n";
            fs::write(&file, format!("{source}[audit]\ngrace = \"{grace}\"\n")).unwrap();
            fs::write(&password, secret).unwrap();
        };
        write("31s", "first-secret");
        let password = password.display().to_string();
        let env = [
            ("HOOKYARD_ENV", "development"),
            ("HOOKYARD__VAULT__KEYS", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            ("HOOKYARD__NATS__USER", "u"),
            ("HOOKYARD__NATS__PASSWORD_FILE", &password),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let started = Config::load(Sources { file: Some(file.clone()), env }).unwrap();
        assert_eq!(started.differences(&started.again().unwrap()), Vec::<String>::new());
        write("32s", "second-secret");
        let again = started.again().unwrap();
        assert_eq!(started.differences(&again), ["nats.password", "audit.grace"]);
        assert!(!format!("{started:?}{again:?}").contains("-secret"), "{again:?}");
        fs::write(&file, "").unwrap();
        let again = started.again().unwrap();
        // Its sources come into force.
        assert_eq!((started.differences(&again).len(), again.sources.len()), (2, 0));
        fs::write(&file, "[audit]\ngrace = 1\n").unwrap();
        let ConfigErrors(problems) = started.again().unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(), ["audit.grace"]);
    }
}
