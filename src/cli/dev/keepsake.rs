//! What dev makes once and keeps in its folder, readable for its owner alone: keys, and the receiver's port.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::signature::Secret;
use hookyard::chance;
use hookyard::ledger::admin::keys;
use hookyard::servers::Folder;

pub(super) const VAULT_KEY: &str = "vault.key";
pub(super) const OPERATOR_KEY: &str = "operator.key";
const RECEIVER_SECRET: &str = "receiver.secret";
const RECEIVER_PORT: &str = "receiver.port";

/// The ones that dev itself reads; the others are read by the configuration.
pub(in crate::cli) struct Keepsakes {
    pub(super) receiver_secret: Secret,
}

impl Keepsakes {
    /// Those of this folder, made where they are missing.
    pub(in crate::cli) fn of(folder: &Folder) -> anyhow::Result<Self> {
        kept(folder, VAULT_KEY, || format!("dev:{}", STANDARD.encode(chance::bytes::<32>())))?;
        kept(folder, OPERATOR_KEY, || keys::secret(chance::bytes()))?;
        let secret = kept(folder, RECEIVER_SECRET, || Secret::generate(chance::bytes()).expose().to_owned())?;
        let receiver_secret = Secret::parse(&secret).with_context(|| format!("read {RECEIVER_SECRET}"))?;
        Ok(Self { receiver_secret })
    }
}

/// The port that the receiver had last time; 0, which is any, where there was none.
pub(super) fn port(folder: &Folder) -> u16 {
    fs::read_to_string(folder.path().join(RECEIVER_PORT))
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

pub(super) fn keep_port(folder: &Folder, port: u16) -> anyhow::Result<()> {
    keep(&folder.path().join(RECEIVER_PORT), &port.to_string())
}

fn kept(folder: &Folder, name: &str, make: impl FnOnce() -> String) -> anyhow::Result<String> {
    let path = folder.path().join(name);
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    }
    let made = make();
    keep(&path, &made)?;
    Ok(made)
}

/// Written aside and moved into place: what is there is whole.
fn keep(path: &Path, text: &str) -> anyhow::Result<()> {
    let aside = path.with_extension("new");
    let write = || {
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    write().with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn made_once_and_for_the_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        let first = Keepsakes::of(&folder).unwrap();
        let read = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
        let (vault, operator) = (read(VAULT_KEY), read(OPERATOR_KEY));
        let again = Keepsakes::of(&folder).unwrap();
        assert_eq!(first.receiver_secret.expose(), again.receiver_secret.expose());
        assert_eq!((read(VAULT_KEY), read(OPERATOR_KEY)), (vault, operator));
        for name in [VAULT_KEY, OPERATOR_KEY, RECEIVER_SECRET] {
            let mode = fs::metadata(home.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn the_port_is_remembered() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        assert_eq!(port(&folder), 0);
        keep_port(&folder, 20_123).unwrap();
        assert_eq!(port(&folder), 20_123);
    }
}
