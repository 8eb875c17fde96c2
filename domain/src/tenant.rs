//! Whose things they are, and what a key may do with them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A tenant's name: 1–63 characters of `a-z`, `0-9`, `_` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(Arc<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tenant id is 1 to 63 characters of a-z, 0-9, _ and -")]
pub struct InvalidTenantId;

impl TenantId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = InvalidTenantId;

    fn from_str(text: &str) -> Result<Self, InvalidTenantId> {
        let fits = (1..=63).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        if fits { Ok(Self(text.into())) } else { Err(InvalidTenantId) }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TenantId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TenantId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a key may do. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The whole instance: tenants, any key, everything of any tenant.
    Operator = 0,
    /// One tenant, its keys included.
    Admin = 1,
    /// Endpoints, events, deliveries.
    Editor = 2,
    /// May only publish events.
    Producer = 3,
    /// Reads.
    Viewer = 4,
}

/// What a request wants to do, as far as roles are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    ManageTenants,
    ManageKeys,
    /// To see who did what.
    Audit,
    Write,
    Publish,
    Read,
}

impl Permission {
    pub const ALL: [Self; 6] =
        [Self::ManageTenants, Self::ManageKeys, Self::Audit, Self::Write, Self::Publish, Self::Read];

    /// As the OpenAPI document names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManageTenants => "manage-tenants",
            Self::ManageKeys => "manage-keys",
            Self::Audit => "audit",
            Self::Write => "write",
            Self::Publish => "publish",
            Self::Read => "read",
        }
    }
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Operator, Self::Admin, Self::Editor, Self::Producer, Self::Viewer];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|role| *role as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Producer => "producer",
            Self::Viewer => "viewer",
        }
    }

    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::ManageTenants => self == Self::Operator,
            Permission::ManageKeys | Permission::Audit => matches!(self, Self::Operator | Self::Admin),
            Permission::Write => matches!(self, Self::Operator | Self::Admin | Self::Editor),
            Permission::Publish => self != Self::Viewer,
            Permission::Read => self != Self::Producer,
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("unknown role {text}: use operator, admin, editor, producer or viewer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_contract_says() {
        use Permission::{Audit, ManageKeys, ManageTenants, Publish, Read, Write};
        let may = |role: Role| {
            [ManageTenants, ManageKeys, Audit, Write, Publish, Read]
                .map(|permission| u8::from(role.may(permission)))
        };
        assert_eq!(may(Role::Operator), [1, 1, 1, 1, 1, 1]);
        assert_eq!(may(Role::Admin), [0, 1, 1, 1, 1, 1]);
        assert_eq!(may(Role::Editor), [0, 0, 0, 1, 1, 1]);
        assert_eq!(may(Role::Producer), [0, 0, 0, 0, 1, 0]);
        assert_eq!(may(Role::Viewer), [0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn tenant_ids_keep_to_their_alphabet() {
        for good in ["a", "demo", "acme-eu_1", &"x".repeat(63)] {
            assert!(good.parse::<TenantId>().is_ok(), "{good}");
        }
        for bad in ["", "Demo", "a.b", "a b", "ü", &"x".repeat(64)] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
    }
}
