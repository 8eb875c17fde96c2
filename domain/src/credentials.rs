//! What an endpoint wants to see as `Authorization`: a token, or a user name and a password.
//!
//! Never shown by `Debug`, and without a `Display`. Left out: keeping it (the vault).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::headers::holds_our_key;

const TOKEN_CHARS_MAX: usize = 4000;
const BASIC_CHARS_MAX: usize = 1000;

/// What may be told of credentials. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bearer = 0,
    Basic = 1,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Bearer, Self::Basic];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
        }
    }
}

/// Credentials that can stand in a header.
#[derive(Clone)]
pub struct Credentials {
    kind: Kind,
    header: Box<str>,
}

/// Never quotes what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCredentials {
    #[error("a bearer token is 1 to {TOKEN_CHARS_MAX} printable ASCII characters without a space")]
    Token,
    #[error("a user name has no colon and no control characters, and at most {BASIC_CHARS_MAX} characters")]
    Username,
    #[error("a password has no control characters, and at most {BASIC_CHARS_MAX} characters")]
    Password,
    #[error(
        "it holds a key of this service, which whoever receives it could use: give what the endpoint knows"
    )]
    OurKey,
}

impl Credentials {
    pub fn bearer(token: &str) -> Result<Self, NotCredentials> {
        let is_good =
            (1..=TOKEN_CHARS_MAX).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
        if !is_good {
            return Err(NotCredentials::Token);
        }
        if holds_our_key(token) {
            return Err(NotCredentials::OurKey);
        }
        Ok(Self { kind: Kind::Bearer, header: format!("Bearer {token}").into() })
    }

    /// RFC 7617, in UTF-8.
    pub fn basic(username: &str, password: &str) -> Result<Self, NotCredentials> {
        let fits =
            |text: &str| text.chars().count() <= BASIC_CHARS_MAX && !text.chars().any(char::is_control);
        if !fits(username) || username.contains(':') {
            return Err(NotCredentials::Username);
        }
        if !fits(password) {
            return Err(NotCredentials::Password);
        }
        if holds_our_key(username) || holds_our_key(password) {
            return Err(NotCredentials::OurKey);
        }
        let pair = STANDARD.encode(format!("{username}:{password}"));
        Ok(Self { kind: Kind::Basic, header: format!("Basic {pair}").into() })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The value of `Authorization`. For the vault.
    pub fn expose(&self) -> &str {
        &self.header
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, hidden)", self.kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn they_are_what_the_header_wants() {
        let token = Credentials::bearer("abc.DEF~1==").unwrap();
        assert_eq!((token.kind(), token.expose()), (Kind::Bearer, "Bearer abc.DEF~1=="));
        // The examples of RFC 7617, section 2.
        let pair = Credentials::basic("Aladdin", "open sesame").unwrap();
        assert_eq!((pair.kind(), pair.expose()), (Kind::Basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert_eq!(Credentials::basic("test", "123£").unwrap().expose(), "Basic dGVzdDoxMjPCow==");
        assert_eq!(Credentials::basic("", "").unwrap().expose(), "Basic Og==");
        assert_eq!(format!("{pair:?}"), "Credentials(basic, hidden)");
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind as i16), Some(kind));
        }
    }

    #[test]
    fn what_would_break_a_header_or_give_our_key_away_is_refused() {
        let long = "x".repeat(TOKEN_CHARS_MAX + 1);
        for wrong in ["", "a b", "a\r\nHost: x", "tökén", "a\0", "\u{7f}", &long] {
            assert_eq!(Credentials::bearer(wrong).unwrap_err(), NotCredentials::Token, "{wrong:?}");
        }
        assert_eq!(Credentials::basic("a:b", "c").unwrap_err(), NotCredentials::Username);
        assert_eq!(Credentials::basic("a\n", "c").unwrap_err(), NotCredentials::Username);
        assert_eq!(Credentials::basic("a", "c\r").unwrap_err(), NotCredentials::Password);
        assert_eq!(Credentials::basic("a", &long).unwrap_err(), NotCredentials::Password);
        let ours = format!("hy_{}", "k".repeat(43));
        assert_eq!(Credentials::bearer(&ours).unwrap_err(), NotCredentials::OurKey);
        assert_eq!(Credentials::basic("a", &ours).unwrap_err(), NotCredentials::OurKey);
        assert!(Credentials::bearer("hy_short").is_ok());
    }

    proptest! {
        #[test]
        fn what_is_accepted_can_stand_in_a_header(far in any::<String>(), near in "[ -~]{0,20}") {
            for text in [&far, &near] {
                let bearer = Credentials::bearer(text);
                if let Ok(token) = &bearer {
                    prop_assert_eq!(token.expose().strip_prefix("Bearer "), Some(text.as_str()));
                }
                for read in [bearer, Credentials::basic(text, &far), Credentials::basic("", text)] {
                    let Ok(credentials) = read else { continue };
                    let (scheme, value) = credentials.expose().split_once(' ').unwrap();
                    let of_a_header = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
                    prop_assert!(of_a_header(scheme) && of_a_header(value), "{text:?}");
                }
            }
        }
    }
}
