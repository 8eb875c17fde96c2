//! Whether the keys of the vault open what is sealed in the ledger.

use super::super::{resealing, wiring};
use super::Finding;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::vault::Vault;

const CHECK: &str = "vault keys";

/// None where there is no ledger to look into: that is said already.
pub(super) async fn examine(config: &Config, ledger: &Ledger) -> Option<Finding> {
    let vault = match Vault::new(&wiring::ring(&config.vault)) {
        Ok(vault) => vault,
        Err(error) => return Some(Finding::fail(CHECK, error.to_string(), "correct vault.keys")),
    };
    let unusable = resealing::unusable_keys(&ledger.pool, &vault).await.ok()?;
    Some(judge(&unusable, vault.newest()))
}

fn judge(unusable: &[(String, u64)], newest: &str) -> Finding {
    if unusable.is_empty() {
        return Finding::ok(CHECK, format!("all that is sealed opens; {newest} seals"));
    }
    let keys: Vec<String> = unusable.iter().map(|(key, count)| format!("{key} ({count} secrets)")).collect();
    let advice =
        "put these keys back into vault.keys, behind the first: what is sealed under them cannot be sent";
    Finding::fail(CHECK, format!("missing, or others of the same id: {}", keys.join(", ")), advice)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_key_that_opens_nothing_is_named() {
        assert_eq!(judge(&[], "k2").state, State::Ok);
        let found = judge(&[("k1".to_owned(), 3)], "k2");
        assert_eq!((found.state, found.found.contains("k1 (3 secrets)")), (State::Fail, true));
    }
}
