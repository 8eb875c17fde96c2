//! Values that are used but never shown: wiped when dropped, `***` in every print.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A master key of the vault: an id that is written beside what it sealed, and 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultKey {
    pub id: String,
    bytes: Zeroizing<[u8; 32]>,
}

/// Ids are written into the ledger beside every sealed value.
const VAULT_KEY_ID_MAX_BYTES: usize = 32;

impl VaultKey {
    /// Reads `id:base64`, the base64 standard and padded; `None` if it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        use base64::Engine as _;

        let (id, key) = text.trim().split_once(':')?;
        let id_chars = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > VAULT_KEY_ID_MAX_BYTES || !id.chars().all(id_chars) {
            return None;
        }
        let decoded = Zeroizing::new(base64::engine::general_purpose::STANDARD.decode(key).ok()?);
        let bytes = <[u8; 32]>::try_from(decoded.as_slice()).ok()?;
        Some(Self { id: id.to_owned(), bytes: Zeroizing::new(bytes) })
    }

    /// The key itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultKey({}:***)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Secret::new("swordfish".into())), "***");
        let key = VaultKey::parse(&format!("k1:{}=", "A".repeat(43))).unwrap();
        assert_eq!(format!("{key:?}"), "VaultKey(k1:***)");
        assert_eq!(key.expose(), &[0; 32]);
    }

    #[test]
    fn refuses_what_is_no_vault_key() {
        let good = format!("{}=", "A".repeat(43));
        for text in [
            String::new(),
            good.clone(),
            format!(":{good}"),
            format!("a b:{good}"),
            format!("{}:{good}", "k".repeat(33)),
            "k1:AAAA".to_owned(),
            "k1:not base64".to_owned(),
            format!("k1:{}", "A".repeat(43)),
        ] {
            assert!(VaultKey::parse(&text).is_none(), "{text}");
        }
    }
}
