//! The ledger's secrets under the newest key of the vault: whatever an older one sealed is opened and sealed anew.
//!
//! Promises: each statement re-seals a piece, so that it can be ended anywhere and begun again; what changes meanwhile
//! stays as it was changed; what does not open stays as it is, and is named. Leaves out: taking the old keys away.

use anyhow::Context as _;
use sqlx::PgPool;
use zeroize::Zeroizing;

use crate::chance;
use crate::ledger::sealed::{self, Found, Place};
use crate::vault::{Sealed, Vault};

/// Values of one statement.
const PIECE_ROWS: i64 = 200;
/// Nodes that still seal under an older key are caught up with so often.
const PASSES_MAX: u32 = 5;
/// What does not open is named so often.
const NAMED_MAX: usize = 20;

/// What came of it.
#[derive(Debug, Default)]
pub struct Resealed {
    pub count: u64,
    /// Which did not open, in words; the first few of `failed_count`.
    pub failed: Vec<String>,
    pub failed_count: u64,
}

/// Keys that the ledger's secrets are sealed under, but that the vault has not, or has others under the same id: which,
/// and how many secrets each.
pub async fn unusable_keys(pool: &PgPool, vault: &Vault) -> anyhow::Result<Vec<(String, u64)>> {
    let mut unusable = Vec::new();
    for (key, count) in sealed::by_key(pool).await.context("count what is sealed")? {
        let sample = sealed::sample(pool, &key).await.context("read what is sealed")?;
        let opens = sample.is_none_or(|found| open(vault, Place::Secrets, &found).is_ok());
        if !vault.has(&key) || !opens {
            unusable.push((key, count));
        }
    }
    Ok(unusable)
}

/// Re-seals everything; `progress` hears how many are done.
pub async fn reseal(pool: &PgPool, vault: &Vault, mut progress: impl FnMut(u64)) -> anyhow::Result<Resealed> {
    let mut all = Resealed::default();
    for _ in 0..PASSES_MAX {
        let mut found = 0;
        all.failed.clear();
        all.failed_count = 0;
        for place in Place::ALL {
            found += pass(pool, vault, place, &mut all, &mut progress).await?;
        }
        if found == all.failed_count {
            return Ok(all);
        }
    }
    anyhow::bail!("secrets are still sealed under an older key: does every node have the new one first?")
}

/// Goes once along a place. Answers with how many it found.
async fn pass(
    pool: &PgPool,
    vault: &Vault,
    place: Place,
    all: &mut Resealed,
    progress: &mut impl FnMut(u64),
) -> anyhow::Result<u64> {
    let (mut found, mut after) = (0, None);
    loop {
        let piece = sealed::sealed_otherwise(pool, place, vault.newest(), after, PIECE_ROWS)
            .await
            .context("read what is sealed")?;
        let Some(last) = piece.last() else { return Ok(found) };
        after = Some(last.at);
        found += piece.len() as u64;
        let mut anew = Vec::with_capacity(piece.len());
        for one in piece {
            match again(vault, place, &one) {
                Ok(sealed) => anew.push((one, sealed)),
                Err(error) => {
                    all.failed_count += 1;
                    if all.failed.len() < NAMED_MAX {
                        all.failed.push(format!("{}: {error}", place.describe(one.at.owner)));
                    }
                }
            }
        }
        all.count += sealed::replace(pool, place, &anew).await.context("write what was sealed anew")?;
        progress(all.count);
    }
}

fn again(vault: &Vault, place: Place, found: &Found) -> Result<Sealed, crate::vault::Error> {
    let plain = open(vault, place, found)?;
    vault.seal(&plain, &place.purpose().of(found.at.owner), chance::bytes())
}

fn open(vault: &Vault, place: Place, found: &Found) -> Result<Zeroizing<Vec<u8>>, crate::vault::Error> {
    vault.open(&found.sealed.bytes, &found.sealed.key_id, &place.purpose().of(found.at.owner))
}
