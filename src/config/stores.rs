//! The two stores and the vault: how to reach them, and with which secrets.

use std::{path::PathBuf, time::Duration};

use domain::span::Span;

use super::{
    reader::Reader,
    secret::{Secret, VaultKey},
};

#[derive(Clone, Debug)]
pub struct Postgres {
    pub url: Secret,
    pub max_connections: u32,
    pub migrate: bool,
    pub statement_timeout: Span,
}

impl Postgres {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            url: url(from, "postgres.url", &["postgres", "postgresql"], "DATABASE_URL"),
            max_connections: from.count("postgres.max_connections", 2..=1000),
            migrate: from.flag("postgres.migrate"),
            statement_timeout: from
                .span("postgres.statement_timeout", Duration::from_secs(1)..=Duration::from_hours(1)),
        }
    }
}

/// How a node shows NATS who it is.
#[derive(Clone, Debug)]
pub enum NatsLogin {
    /// Not at all, or as the URL says.
    Url,
    Password {
        user: String,
        password: Secret,
    },
    CredsFile(PathBuf),
    NkeySeed(Secret),
}

#[derive(Clone, Debug)]
pub struct Nats {
    /// One URL, or several with commas.
    pub url: Secret,
    pub login: NatsLogin,
    pub tls_ca_file: Option<PathBuf>,
    pub replicas: usize,
}

impl Nats {
    pub(super) fn read(from: &mut Reader) -> Self {
        let url = url(from, "nats.url", &["nats", "tls"], "NATS_URL");
        let login = Self::login(from);
        let replicas = from.count("nats.replicas", 1..=5);
        if !matches!(replicas, 0 | 1 | 3 | 5) {
            from.refuse(
                "nats.replicas",
                format!("{replicas} copies have no clear majority"),
                "give 1, 3 or 5",
            );
        }
        Self { url, login, tls_ca_file: from.path("nats.tls_ca_file"), replicas }
    }

    fn login(from: &mut Reader) -> NatsLogin {
        let user = Some(from.text("nats.user")).filter(|user| !user.is_empty());
        let password = from.secret("nats.password");
        let creds_file = from.path("nats.creds_file");
        let nkey_seed = from.secret("nats.nkey_seed");
        let right = "give user with password, or creds_file, or nkey_seed, or none";
        match (user, password, creds_file, nkey_seed) {
            (None, None, None, None) => NatsLogin::Url,
            (Some(user), Some(password), None, None) => NatsLogin::Password { user, password },
            (None, None, Some(path), None) => NatsLogin::CredsFile(path),
            (None, None, None, Some(seed)) => NatsLogin::NkeySeed(seed),
            (Some(_), None, None, None) => {
                from.refuse("nats.user", "there is no nats.password beside it", right);
                NatsLogin::Url
            }
            (None, Some(_), None, None) => {
                from.refuse("nats.password", "there is no nats.user beside it", right);
                NatsLogin::Url
            }
            (user, _, creds_file, _) => {
                let key = match (user, creds_file) {
                    (_, Some(_)) => "nats.creds_file",
                    (Some(_), None) => "nats.user",
                    (None, None) => "nats.nkey_seed",
                };
                from.refuse(key, "there is more than one way to log in", right);
                NatsLogin::Url
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct Vault {
    /// The first seals, all open. At least one.
    pub keys: Vec<VaultKey>,
}

impl Vault {
    pub(super) fn read(from: &mut Reader) -> Self {
        let right = "give \"id:base64 of 32 bytes\", the id of letters, digits, - and _";
        let keys = from.secrets("vault.keys", right, VaultKey::parse);
        let twice =
            keys.iter().enumerate().find(|(i, key)| keys[..*i].iter().any(|other| other.id == key.id));
        if keys.is_empty() {
            let right = "give a list of \"id:base64 of 32 bytes\"; to make one: \
                export HOOKYARD__VAULT__KEYS=\"k1:$(openssl rand -base64 32)\"";
            from.refuse("vault.keys", "no key, so no secret could be sealed", right);
        }
        if let Some((_, key)) = twice {
            from.refuse(
                "vault.keys",
                format!("the id {:?} is there twice", key.id),
                "give each key its own id",
            );
        }
        Self { keys }
    }
}

/// A required URL, or several with commas; never shown, since it may carry a password.
fn url(from: &mut Reader, key: &str, schemes: &[&str], variable: &str) -> Secret {
    let right = format!("give {}://…, for example in {variable}", schemes[0]);
    let Some(secret) = from.secret(key) else {
        from.refuse(key, "there is no URL", right);
        return Secret::new(String::new());
    };
    let good = |text: &str| url::Url::parse(text.trim()).is_ok_and(|url| schemes.contains(&url.scheme()));
    if !secret.expose().split(',').all(good) {
        from.refuse(key, "the value (not shown) is no such URL", right);
    }
    secret
}
