//! Everything in the ledger that is sealed, in one list: what a vault's keys are counted by, and re-sealed along.

use domain::id::{EndpointId, SourceId};
use sqlx::PgPool;
use uuid::Uuid;

use super::Error;
use crate::vault::{Purpose, Sealed};

/// A column that holds something sealed. Whoever adds one names its columns in `at_place` below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `endpoint_secrets.sealed`
    Secrets,
    /// `endpoint_secrets.key_sealed`
    Keys,
    /// `endpoints.auth_sealed`
    Auth,
    /// `endpoints.url_sealed`
    Urls,
    /// `idempotency.sealed`
    Answers,
    /// `source_secrets.sealed`
    Sources,
}

impl Place {
    pub const ALL: [Self; 6] =
        [Self::Secrets, Self::Keys, Self::Auth, Self::Urls, Self::Answers, Self::Sources];

    pub fn purpose(self) -> Purpose {
        match self {
            Self::Secrets => Purpose::Secret,
            Self::Keys => Purpose::Ed25519,
            Self::Auth => Purpose::Auth,
            Self::Urls => Purpose::Url,
            Self::Answers => Purpose::Answer,
            Self::Sources => Purpose::Source,
        }
    }

    /// In words, with whose it is.
    pub fn describe(self, owner: Uuid) -> String {
        let noun = match self {
            Self::Secrets => "signing secret",
            Self::Keys => "ed25519 key",
            Self::Auth => "auth",
            Self::Urls => "url",
            Self::Answers => return format!("answer kept under {owner}"),
            Self::Sources => return format!("signing secret of {}", SourceId(owner)),
        };
        format!("{noun} of {}", EndpointId(owner))
    }
}

/// Where something sealed is within its place; the order that it is gone along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// The endpoint or source; of an answer the hash that it is kept under.
    pub owner: Uuid,
    /// Of the secret; 0 where there is but one.
    pub number: i32,
}

/// Something sealed, where it is.
#[derive(Debug)]
pub struct Found {
    pub at: Position,
    pub sealed: Sealed,
}

struct Row {
    owner: Uuid,
    number: i32,
    sealed: Vec<u8>,
    vault_key: String,
}

impl From<Row> for Found {
    fn from(row: Row) -> Self {
        Self {
            at: Position { owner: row.owner, number: row.number },
            sealed: Sealed { bytes: row.sealed, key_id: row.vault_key },
        }
    }
}

/// How many values that endpoints and sources need each key of the vault sealed, by the key's id. Answers are left out: there may be
/// millions, for a day.
pub async fn by_key(pool: &PgPool) -> Result<Vec<(String, u64)>, Error> {
    let rows = sqlx::query!(
        r#"select vault_key as "vault_key!", count(*) as "count!" from (
               select vault_key from endpoint_secrets
               union all select key_vault_key from endpoint_secrets where key_vault_key is not null
               union all select auth_vault_key from endpoints where auth_vault_key is not null
               union all select url_vault_key from endpoints where url_vault_key is not null
               union all select vault_key from source_secrets
           ) sealed group by vault_key order by vault_key"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.vault_key, row.count as u64)).collect())
}

/// A signing secret that this key sealed.
pub async fn sample(pool: &PgPool, key: &str) -> Result<Option<Found>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select endpoint_id as owner, number, sealed, vault_key from endpoint_secrets where vault_key = $1 limit 1",
        key,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(Found::from))
}

/// Fills one place's columns into a statement: its table, the owner and the number of a value in it, the value, and the id
/// of the value's key.
macro_rules! at_place {
    ($place:expr, $statement:ident($($given:expr),+)) => {
        match $place {
            Place::Secrets => $statement!("endpoint_secrets", "endpoint_id", "number", "sealed", "vault_key", $($given),+),
            Place::Keys => {
                $statement!("endpoint_secrets", "endpoint_id", "number", "key_sealed", "key_vault_key", $($given),+)
            }
            Place::Auth => $statement!("endpoints", "id", "0", "auth_sealed", "auth_vault_key", $($given),+),
            Place::Urls => $statement!("endpoints", "id", "0", "url_sealed", "url_vault_key", $($given),+),
            Place::Answers => $statement!("idempotency", "hash", "0", "sealed", "vault_key", $($given),+),
            Place::Sources => $statement!("source_secrets", "source_id", "number", "sealed", "vault_key", $($given),+),
        }
    };
}

macro_rules! find {
    ($table:literal, $owner:literal, $number:literal, $sealed:literal, $key:literal, $pool:expr, $($given:expr),+) => {
        sqlx::query_as!(
            Row,
            "select " + $owner + " as \"owner!\", " + $number + " as \"number!\", " + $sealed + " as \"sealed!\", "
                + $key + " as \"vault_key!\" from " + $table
                + " where " + $key + " <> $1 and (" + $owner + ", " + $number + ") > ($2, $3)"
                + " order by " + $owner + ", 2 limit $4",
            $($given),+
        )
        .fetch_all($pool)
        .await
    };
}

macro_rules! put {
    ($table:literal, $owner:literal, $number:literal, $sealed:literal, $key:literal, $pool:expr, $($given:expr),+) => {
        sqlx::query!(
            "update " + $table + " set " + $sealed + " = n.after, " + $key + " = n.key"
                + " from unnest($1::uuid[], $2::integer[], $3::bytea[], $4::bytea[], $5::text[])"
                + " as n (of, nth, before, after, key)"
                + " where " + $owner + " = n.of and " + $number + " = n.nth and " + $sealed + " = n.before",
            $($given),+
        )
        .execute($pool)
        .await
    };
}

/// What another key than `key` sealed, past a position, at most `limit`.
pub async fn sealed_otherwise(
    pool: &PgPool,
    place: Place,
    key: &str,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Found>, Error> {
    let Position { owner, number } = after.unwrap_or(Position { owner: Uuid::nil(), number: i32::MIN });
    let rows = at_place!(place, find(pool, key, owner, number, limit))?;
    Ok(rows.into_iter().map(Found::from).collect())
}

/// Puts what was sealed anew where it was found, unless something else is there by now: how many there were.
pub async fn replace(pool: &PgPool, place: Place, anew: &[(Found, Sealed)]) -> Result<u64, Error> {
    let owners: Vec<Uuid> = anew.iter().map(|(found, _)| found.at.owner).collect();
    let numbers: Vec<i32> = anew.iter().map(|(found, _)| found.at.number).collect();
    let before: Vec<Vec<u8>> = anew.iter().map(|(found, _)| found.sealed.bytes.clone()).collect();
    let after: Vec<Vec<u8>> = anew.iter().map(|(_, sealed)| sealed.bytes.clone()).collect();
    let keys: Vec<String> = anew.iter().map(|(_, sealed)| sealed.key_id.clone()).collect();
    let done = at_place!(place, put(pool, &owners, &numbers, &before, &after, &keys))?;
    Ok(done.rows_affected())
}
