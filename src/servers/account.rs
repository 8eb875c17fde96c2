//! The user that Postgres runs as when we are root, which it refuses to be.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Error;

/// An unprivileged user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// The account to change to: none unless we are root, else `postgres`, else `nobody`.
    pub fn unprivileged() -> Result<Option<Self>, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let users = Path::new("/etc/passwd");
        let text = fs::read_to_string(users).map_err(Error::io("read", users))?;
        // A machine without either still has the number that stands for nobody.
        let nobody = Self { name: "nobody".to_owned(), uid: 65_534, gid: 65_534 };
        Ok(Some(["postgres", "nobody"].iter().find_map(|name| Self::parse(&text, name)).unwrap_or(nobody)))
    }

    fn parse(users: &str, name: &str) -> Option<Self> {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next().filter(|field| *field == name)?;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            (uid != 0).then(|| Self { name: found.to_owned(), uid, gid })
        })
    }

    /// The topmost folder on the way to `folder`, itself included, that this account may not pass.
    /// Access lists beyond the mode bits are not looked at.
    pub fn blocked(&self, folder: &Path) -> Result<Option<PathBuf>, Error> {
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        for step in way {
            let meta = fs::metadata(step).map_err(Error::io("look at", step))?;
            let search = match (meta.uid() == self.uid, meta.gid() == self.gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            if meta.mode() & search == 0 {
                return Ok(Some(step.to_owned()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const USERS: &str =
        "root:x:0:0:root:/root:/bin/bash\npostgresql:x:5:6::/:\npostgres:x:101:104:PG,,,:/x:/y\n";

    #[test]
    fn finds_the_whole_name_only() {
        let found = Account::parse(USERS, "postgres").unwrap();
        assert_eq!((found.uid, found.gid), (101, 104));
        assert_eq!(Account::parse(USERS, "nobody"), None);
    }

    #[test]
    fn never_is_root() {
        assert_eq!(Account::parse(USERS, "root"), None);
    }

    #[test]
    fn names_the_folder_that_bars_the_way() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = Account { name: "stranger".to_owned(), uid: 4_000_001, gid: 4_000_001 };
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(stranger.blocked(&inner).unwrap().as_deref(), Some(outer.path()));
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(stranger.blocked(&inner).unwrap(), None);
    }
}
