//! Answers that were given once, kept under their request's Idempotency-Key.
//!
//! Promises: of those who act under one key at a time, one goes on, and the others wait for it and see what it answered.
//! Leaves out: what an answer is, which is sealed.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::act::Act;
use crate::ledger::Error;
use crate::vault::Sealed;

/// Advisory locks of keys, `idem` in ASCII: a space of their own beside those of one number.
const LOCK: i32 = 0x6964_656d;

/// An answer, and what it is an answer to.
#[derive(Debug)]
pub struct Kept {
    /// SHA-256 of what was asked.
    pub fingerprint: Vec<u8>,
    pub sealed: Sealed,
}

/// Keeps the key for this act until it ends. What is there already was answered before.
pub async fn claim(act: &mut Act, hash: Uuid) -> Result<Option<Kept>, Error> {
    // Two keys in one lock only wait for each other.
    let lock = hash.as_u128() as i32;
    sqlx::query!("select pg_advisory_xact_lock($1, $2)", LOCK, lock).execute(act.conn()).await?;
    let now = act.at();
    read(act.conn(), hash, now).await
}

pub async fn find(pool: &PgPool, hash: Uuid, now: OffsetDateTime) -> Result<Option<Kept>, Error> {
    read(pool, hash, now).await
}

async fn read(from: impl PgExecutor<'_>, hash: Uuid, now: OffsetDateTime) -> Result<Option<Kept>, Error> {
    let row = sqlx::query!(
        "select fingerprint, sealed, vault_key from idempotency where hash = $1 and expires_at > $2",
        hash,
        now,
    )
    .fetch_optional(from)
    .await?;
    Ok(row.map(|row| Kept {
        fingerprint: row.fingerprint,
        sealed: Sealed { bytes: row.sealed, key_id: row.vault_key },
    }))
}

/// Keeps an answer, in the place of one whose time is over; the first of two stays.
pub async fn keep(
    to: impl PgExecutor<'_>,
    hash: Uuid,
    kept: &Kept,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into idempotency as known (hash, fingerprint, sealed, vault_key, expires_at)
         values ($1, $2, $3, $4, $5)
         on conflict (hash) do update set fingerprint = excluded.fingerprint, sealed = excluded.sealed,
             vault_key = excluded.vault_key, expires_at = excluded.expires_at
         where known.expires_at <= $6",
        hash,
        kept.fingerprint,
        kept.sealed.bytes,
        kept.sealed.key_id,
        expires_at,
        now,
    )
    .execute(to)
    .await?;
    Ok(())
}
